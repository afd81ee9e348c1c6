"""Finds a source's file and reads its good records, counting the bad ones; knows nothing of tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from botframework.training.readers import PACKINGS, SUFFIXES, Bad, Reader, Record, open_reader
from botframework.training.recipe import RecipeError, Source
from botframework.training.validation import problem_of

__all__ = ["Complain", "ReadReport", "Record", "find_file", "good_records", "read_records", "text_length"]

Complain = Callable[[str], None]


@dataclass(slots=True)
class ReadReport:
    """Counts what was read; `problems` keeps the first few messages about bad records.

    `too_long` counts good records of which nothing to learn fits into a row, `over_max_chars` those that the source's
    `max_chars` leaves out. With `strict`, the first bad record is an error.
    """

    read: int = 0
    bad: int = 0
    too_long: int = 0
    over_max_chars: int = 0
    problems: list[str] = field(default_factory=list)
    keep: int = 20
    strict: bool = False

    def complain(self, problem: str) -> None:
        """Count one bad record and remember its message while there is room.

        Raises:
            RecipeError: the report is strict.
        """
        if self.strict:
            raise RecipeError(f"{problem} (the recipe says `strict: true`; `botframework data check` lists them all)")
        self.bad += 1
        if len(self.problems) < self.keep:
            self.problems.append(problem)

    def add(self, other: ReadReport) -> None:
        """Count what another report counted, too."""
        self.read += other.read
        self.bad += other.bad
        self.too_long += other.too_long
        self.over_max_chars += other.over_max_chars
        self.problems += other.problems[: self.keep - len(self.problems)]

    def state(self) -> dict[str, Any]:
        """The counts as plain values."""
        return {
            "read": self.read,
            "bad": self.bad,
            "too_long": self.too_long,
            "over_max_chars": self.over_max_chars,
            "problems": list(self.problems),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Count on from `state`."""
        self.read, self.bad, self.too_long = state["read"], state["bad"], state["too_long"]
        self.over_max_chars = state.get("over_max_chars", 0)  # which an older cache does not count
        self.problems = list(state["problems"])

    def figures(self) -> dict[str, int]:
        """The counts as a run's metrics name them."""
        too_long = self.too_long + self.over_max_chars
        return {"records": self.read, "bad_records": self.bad, "too_long": too_long}

    def summary(self) -> str:
        """What was left out and why it was, in a sentence; empty when nothing was."""
        told = []
        if self.bad:
            told.append(f"{self.bad:,} bad of {self.read + self.bad:,} records left out ({self.problems[0]}, …)")
        if self.too_long:
            told.append(f"{self.too_long:,} of {self.read:,} records too long for a row")
        if self.over_max_chars:
            told.append(f"{self.over_max_chars:,} of {self.read:,} records longer than their source's max_chars")
        return "; ".join(told)


def find_file(name: str, folders: tuple[Path, ...]) -> Path:
    """The file `name`, plain or packed (.xz, .gz, .zst), in the first folder (or its `train/`) that has it.

    Raises:
        RecipeError: no folder has it; the message names what is there instead.
    """
    bare = name
    for packing in PACKINGS[1:]:
        bare = bare.removesuffix(packing)
    candidates = dict.fromkeys([name, bare, *(bare + packing for packing in PACKINGS[1:])])
    places = [place for folder in folders for place in (folder, folder / "train")]
    for place in places:
        for candidate in candidates:
            if (place / candidate).is_file():
                return place / candidate
    there = {f.name for place in places if place.is_dir() for f in place.iterdir() if f.name.endswith(SUFFIXES)}
    close = get_close_matches(Path(name).name, there, 3, 0.5)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise RecipeError(f"{name}: no such file in {', '.join(map(str, folders))}{hint}")


def read_records(path: Path, source: Source, report: ReadReport, complain: Complain | None = None) -> Iterator[Record]:
    """The good records of `path` that pass the source's filters, in file order.

    Args:
        complain: called with the first problems' messages as they are found, then with how many there were.

    Raises:
        RecipeError: the file cannot be read at all, or a record is bad and the report strict.
    """
    return good_records(open_reader(path), path, source, report, complain)


def good_records(
    reader: Reader, path: Path, source: Source, report: ReadReport, complain: Complain | None = None
) -> Iterator[Record]:
    """As `read_records`, from a reader that may stand in the middle of the file."""
    prefixes, languages = source.source, source.languages
    bad = 0
    for record in reader:
        problem = record.problem if isinstance(record, Bad) else problem_of(record, source.kind)
        if problem is not None:
            message = f"{path.name}:{reader.position.number}: {problem}"
            report.complain(message)
            bad += 1
            if complain is not None and bad <= report.keep:
                complain(message)
            continue
        if prefixes and not str(record.get("source", "")).startswith(prefixes):
            continue
        if languages and _language_of(record) not in languages:
            continue
        report.read += 1
        yield record
    if complain is not None and bad > report.keep:
        complain(f"{path.name}: {bad:,} bad records in all; `botframework data check` lists the others")


def text_length(record: Record) -> int:
    """Characters of a record's fields."""
    return sum(len(value) for value in record.values() if isinstance(value, str))


def _language_of(record: Record) -> str:
    if "src_lang" in record:
        return f"{record['src_lang']}>{record.get('tgt_lang', '')}"
    return str(record.get("lang", ""))
