"""All tasks made by varying a condition, a unit, a field, a number or a separator, a file for each family."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from code_conditions import number_tasks, word_tasks
from code_records import record_tasks
from code_slots import slot_tasks
from code_tasks import Task
from code_units import unit_tasks


def grammar_tasks() -> Iterator[Task]:
    """Yield the tasks of every grammar."""
    return chain(number_tasks(), word_tasks(), unit_tasks(), record_tasks(), slot_tasks())
