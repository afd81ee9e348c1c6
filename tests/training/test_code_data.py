"""The requests for small Python functions: the committed file, the generator, and its check."""

from __future__ import annotations

import ast
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[2] / "config" / "train" / "data"


@pytest.fixture(scope="module")
def make_code() -> Iterator[ModuleType]:
    """The generator, imported as its folder's own programs import it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        import make_code

        yield make_code


def test_committed_file_is_what_the_generator_writes(make_code: ModuleType) -> None:
    """code.jsonl holds exactly the generator's output."""
    written = (FOLDER / "code.jsonl").read_text(encoding="utf-8")
    assert written == make_code.render(make_code.tasks()), "run python config/train/data/make_code.py"


def test_every_record_has_a_prompt_and_one_function_that_parses() -> None:
    """A sample of the records parses, and its code starts with imports, a function or a class with a docstring."""
    lines = (FOLDER / "code.jsonl").read_text(encoding="utf-8").splitlines()
    assert 6_000 <= len(lines) <= 12_000
    for line in lines[::20]:
        record = json.loads(line)
        assert set(record) == {"prompt", "code", "lang"}
        assert record["prompt"]
        assert record["lang"] in ("en", "zh")
        heads = [node for node in ast.parse(record["code"]).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        assert ast.get_docstring(heads[0])


def test_a_sample_of_functions_passes_its_tests(make_code: ModuleType) -> None:
    """Every tenth task's code meets the tests that stand beside it."""
    assert make_code.check(make_code.tasks()[::10]) == []


def test_a_function_that_fails_its_test_is_reported(make_code: ModuleType) -> None:
    """The check names the program whose assertion does not hold."""
    wrong = dataclasses.replace(make_code.tasks()[0], tests=("1 == 2",))
    (problem,) = make_code.check([wrong])
    assert "1 == 2" in problem


def test_one_prompt_for_two_functions_is_refused(make_code: ModuleType) -> None:
    """A prompt that asks for two different functions stops the generator."""
    first = make_code.tasks()[0]
    other = dataclasses.replace(first, code="def other() -> None:\n    pass")
    with pytest.raises(ValueError, match="asks for two functions"):
        make_code.render([first, other])
