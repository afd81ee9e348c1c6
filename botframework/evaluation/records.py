"""Reads a suite's records, shaped as training's; a bad record stops an evaluation instead of shrinking it."""

from __future__ import annotations

from pathlib import Path

from botframework.errors import DataError
from botframework.evaluation.suite import evenly
from botframework.training.recipe import Kind, Source
from botframework.training.records import ReadReport, Record, read_records

__all__ = ["Record", "read", "title"]


def read(file: Path, kind: Kind, limit: int | None = None) -> list[Record]:
    """The records of a file, at most ``limit``, evenly spaced.

    Raises:
        DataError: a record is wrong, or there is none.
    """
    report = ReadReport()
    records = list(read_records(file, Source(name=file.name, kind=kind, file=file.name, weight=1), report))
    if report.bad:
        raise DataError("\n".join(report.problems or [f"{file}: {report.bad} bad records"]))
    if not records:
        raise DataError(f"{file}: there is no record in it")
    return evenly(records, limit)


def title(file: Path) -> str:
    """A file's name without what says how it is stored."""
    return file.name.split(".jsonl")[0]
