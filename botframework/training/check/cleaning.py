"""Copies a data set without what must not be trained on; knows records and files, no report and no model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botframework.training.check.checker import data_files, judge, read_evaluation_texts
from botframework.training.check.overlap import EvaluationTexts, strings_in
from botframework.training.readers import SUFFIXES, open_reader
from botframework.training.recipe import RecipeError
from botframework.training.writers import write_records


@dataclass(slots=True)
class Cleaned:
    """One file's copy: its place, the records kept, and those left out as bad or because they hold evaluation texts."""

    path: Path
    kept: int = 0
    bad: int = 0
    overlapping: int = 0


def clean_files(paths: Sequence[Path], against: Sequence[Path], out: Path) -> Iterator[Cleaned]:
    """Copy files, and all data files of folders, into the folder `out`, one after another.

    A copy keeps its place below the folder that was named; .parquet becomes .jsonl.xz. A copy is whole or not there.

    Raises:
        RecipeError: a file is missing or of no known format, two copies would have one name, or a copy would be
            written over a file that is read.
    """
    copies = _copies(paths, out)
    evaluation = read_evaluation_texts(against)
    for source, target in copies.items():
        cleaned = Cleaned(target)
        cleaned.kept = write_records(target, _kept(source, evaluation, cleaned))
        yield cleaned


def _kept(path: Path, evaluation: EvaluationTexts, cleaned: Cleaned) -> Iterator[dict[str, Any]]:
    for record in open_reader(path):
        if judge(record)[1] is not None:
            cleaned.bad += 1
        elif evaluation.find(strings_in(record)) is not None:
            cleaned.overlapping += 1
        else:
            yield record


def _copies(paths: Sequence[Path], out: Path) -> dict[Path, Path]:
    copies: dict[Path, Path] = {}
    for path in paths:
        for file in data_files([path], SUFFIXES):
            below = file.relative_to(path) if path.is_dir() else Path(file.name)
            if below.name.endswith(".parquet"):
                below = below.with_suffix(".jsonl.xz")
            target = out / below
            if target in copies.values():
                raise RecipeError(f"{file}: another file is written to {target} already")
            copies[file] = target
    read = {file.resolve() for file in copies}
    for file, target in copies.items():
        if target.resolve() in read:
            raise RecipeError(
                f"{file}: its copy {target} would be written over a file that is read; name another folder"
            )
    return copies
