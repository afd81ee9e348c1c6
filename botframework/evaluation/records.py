"""Reads a suite's records, shaped as training's; a bad record stops an evaluation instead of shrinking it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from botframework.errors import DataError
from botframework.evaluation.subject import Chat
from botframework.evaluation.suite import evenly
from botframework.training.recipe import Kind, Source
from botframework.training.records import ReadReport, Record, read_records
from botframework.training.validation import speech

__all__ = ["Record", "chat_of", "read", "title"]

Wrong = Callable[[Record], str | None]
"""What more is wrong with a record, as ``field: what``; None where nothing is."""


def read(file: Path, kind: Kind, limit: int | None = None, wrong: Wrong | None = None) -> list[Record]:
    """The records of a file, at most ``limit``, evenly spaced.

    Args:
        wrong: what a suite asks of a record beyond its kind.

    Raises:
        DataError: a record is wrong, or there is none.
    """
    report = ReadReport()
    records = list(read_records(file, Source(name=file.name, kind=kind, file=file.name, weight=1), report))
    if report.bad:
        raise DataError("\n".join(report.problems or [f"{file}: {report.bad} bad records"]))
    if not records:
        raise DataError(f"{file}: there is no record in it")
    for number, record in enumerate(records, 1):
        if wrong is not None and (problem := wrong(record)) is not None:
            raise DataError(f"{file.name}: record {number}: {problem}")
    return evenly(records, limit)


def chat_of(record: Record) -> Chat:
    """The messages of a chat's record; a prompt and its completion are a chat, too."""
    if "messages" in record:
        turns = record["messages"]
    else:
        turns = [*speech(record["prompt"], "user"), *speech(record["completion"], "assistant")]
    return [{"role": turn["role"], "content": turn["content"].strip()} for turn in turns]


def title(file: Path) -> str:
    """A file's name without what says how it is stored."""
    return file.name.split(".jsonl")[0]
