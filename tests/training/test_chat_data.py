"""The made training data: what the generators write, and that it is fit for training."""

from __future__ import annotations

import functools
import importlib
import json
import lzma
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from botframework.training.recipe import Kind
from botframework.training.validation import problem_of

DATA = Path(__file__).parents[2] / "config" / "train" / "data"
KINDS: dict[str, Kind] = {
    "memory": "messages",
    "copying": "messages",
    "lookup": "messages",
    "summaries": "summary",
    "chat": "messages",
    "instruct": "messages",
    "spanish": "translation",
}
MOST_BYTES = 6_000_000
CONVERSATIONS = [name for name, kind in KINDS.items() if kind == "messages"]


@pytest.fixture(autouse=True)
def _on_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The generators import what stands beside them, as they do when they are run."""
    monkeypatch.syspath_prepend(str(DATA))
    yield
    for name in ("corpus", *(f"make_{name}" for name in KINDS)):
        sys.modules.pop(name, None)


@functools.cache
def committed(name: str) -> tuple[str, ...]:
    """The lines of a file of records."""
    return tuple(lzma.decompress((DATA / f"{name}.jsonl.xz").read_bytes()).decode().splitlines())


@pytest.mark.parametrize("name", KINDS)
def test_the_committed_records_are_what_the_generator_writes(name: str) -> None:
    """Whoever changes a table or a generator writes the records anew."""
    maker: Any = importlib.import_module(f"make_{name}")
    corpus: Any = importlib.import_module("corpus")
    assert tuple(corpus.lines_of(maker.records())) == committed(name), f"run python {DATA}/make_{name}.py"


@pytest.mark.parametrize("name", KINDS)
def test_every_record_is_good_and_stands_once(name: str) -> None:
    """Training would leave out a bad record, and see a repeated one too often."""
    lines = committed(name)
    problems = [problem for line in lines if (problem := problem_of(json.loads(line), KINDS[name])) is not None]
    assert problems == []
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize("name", KINDS)
def test_no_slot_is_left_open(name: str) -> None:
    """A brace in a text is a slot that nothing filled."""
    texts = [text for line in committed(name) for text in texts_of(json.loads(line))]
    assert [text for text in texts if "{" in text or "}" in text or " | " in text or "\\n" in text] == []


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_roles_alternate(name: str) -> None:
    """After the system message the user and the assistant take turns, and the assistant has the last word."""
    for line in committed(name):
        roles = [message["role"] for message in json.loads(line)["messages"]]
        turns = roles[1:] if roles[0] == "system" else roles
        assert turns == ["user", "assistant"] * (len(turns) // 2)


def test_the_files_stay_small() -> None:
    """A clone of the repository carries them all."""
    assert sum((DATA / f"{name}.jsonl.xz").stat().st_size for name in KINDS) < MOST_BYTES


def texts_of(record: dict[str, Any]) -> list[str]:
    """Every text of a record."""
    return [message["content"] for message in record.get("messages", ())] + [
        value for value in record.values() if isinstance(value, str)
    ]
