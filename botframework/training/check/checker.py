"""Reads a data set once and collects everything that a report tells; knows no terminal and no model."""

from __future__ import annotations

import time
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from botframework.training.check.duplicates import Duplicates
from botframework.training.check.overlap import RUN, EvaluationTexts, strings_in
from botframework.training.check.personal import masked, personal_data
from botframework.training.check.report import CheckReport, Hit
from botframework.training.check.tallies import Detector, LanguageTally, LengthTally
from botframework.training.readers import SUFFIXES, Bad, Record, open_reader
from botframework.training.recipe import Kind, RecipeError
from botframework.training.validation import kind_of, problem_of, texts_of_record

BATCH = 2000
KEPT = 1000
UNKNOWN = "record: none of the known fields: messages, prompt, src and tgt, document, text, chosen and rejected, label"


@dataclass(frozen=True, slots=True)
class Checks:
    """What is looked for.

    Args:
        kind: what every record has to be; None takes what its fields tell.
        against: files or folders of evaluation sets (.jsonl, .parquet, .yaml, .txt).
        detect: tells a text's language; None leaves languages out.
        count_tokens: the numbers of tokens of some texts; None leaves them out.
        row_tokens: tokens of a row, to count what is longer.
        near: look for near duplicates.
        personal: look for likely personal data.
    """

    kind: Kind | None = None
    against: tuple[Path, ...] = ()
    detect: Detector | None = None
    count_tokens: Callable[[list[str]], list[int]] | None = None
    row_tokens: int | None = None
    near: bool = True
    personal: bool = True


def check_files(paths: Sequence[Path], checks: Checks) -> CheckReport:
    """Check files, and all data files of folders, as one set.

    Raises:
        RecipeError: a file is missing or of no known format, or a folder has no data file.
    """
    began = time.perf_counter()
    with (
        TemporaryDirectory(prefix="botframework-check-") as folder,
        closing(Duplicates(Path(folder), near=checks.near)) as duplicates,
    ):
        checker = _Checker(checks, duplicates)
        for path, name in _named(data_files(paths, SUFFIXES)):
            checker.read(path, name)
        report = checker.finish()
    report.seconds = time.perf_counter() - began
    return report


def data_files(paths: Sequence[Path], suffixes: tuple[str, ...]) -> list[Path]:
    """The files among `paths`, and those of the folders among them that have one of the suffixes.

    Raises:
        RecipeError: a path is not there, or a folder has no such file.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.is_file() and file.name.endswith(suffixes))
            if not inside:
                raise RecipeError(f"{path}: no file in it ends with {', '.join(suffixes)}")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise RecipeError(f"{path}: no such file")
    return list(dict.fromkeys(found))


def judge(record: Any, kind: Kind | None = None) -> tuple[Kind | None, str | None]:
    """What a reader's record is, and what is wrong with it; without `kind` it is what it looks like."""
    if isinstance(record, Bad):
        return kind, record.problem
    kind = kind or kind_of(record)
    if kind is None:
        return None, UNKNOWN if isinstance(record, dict) else problem_of(record, "text")
    return kind, problem_of(record, kind)


def _named(paths: list[Path]) -> list[tuple[Path, str]]:
    """Each with its name, or with its whole path where another has the same name."""
    names = Counter(path.name for path in paths)
    return [(path, path.name if names[path.name] == 1 else str(path)) for path in paths]


class _Checker:
    def __init__(self, checks: Checks, duplicates: Duplicates) -> None:
        self._checks = checks
        self._report = CheckReport(row_tokens=checks.row_tokens if checks.count_tokens is not None else None)
        self._duplicates = duplicates
        self._evaluation = read_evaluation_texts(checks.against)
        self._languages = LanguageTally(checks.detect) if checks.detect is not None else None
        self._characters_of: dict[str, LengthTally] = {}
        self._tokens = LengthTally()
        self._kinds: Counter[str] = Counter()
        self._declared: Counter[str] = Counter()
        self._personal: Counter[str] = Counter()
        self._sources: dict[str, list[int]] = {}
        self._numbers = array("I")
        self._first_of_file: list[int] = []
        self._names: list[str] = []

    def read(self, path: Path, name: str) -> None:
        report = self._report
        self._names.append(name)
        self._first_of_file.append(len(self._numbers))
        reader = open_reader(path)
        batch: list[str] = []
        good = 0
        for record in reader:
            kind, problem = judge(record, self._checks.kind)
            number = reader.position.number
            if problem is not None or kind is None:
                report.bad += 1
                if len(report.problems) < KEPT:
                    report.problems.append(f"{name}:{number}: {problem}")
                continue
            good += 1
            self._numbers.append(number)
            batch.append(self._look_at(record, kind, f"{name}:{number}"))
            if len(batch) == BATCH:
                self._look_at_batch(batch)
                batch = []
        self._look_at_batch(batch)
        report.files[name] = good
        report.records += good

    def _look_at(self, record: Record, kind: Kind, place: str) -> str:
        texts = [text for _, text in texts_of_record(record, kind)]
        whole = "\n".join(texts)
        size = len(whole)
        self._kinds[kind] += 1
        source = self._sources.setdefault(str(record.get("source", "")) or "(none)", [0, 0])
        source[0] += 1
        source[1] += size
        if (tally := self._characters_of.get(kind)) is None:
            tally = self._characters_of[kind] = LengthTally()
        tally.add(size)
        if kind == "translation":
            said = [(record["src_lang"], record["src"]), (record["tgt_lang"], record["tgt"])]
            self._declared[f"{record['src_lang']} > {record['tgt_lang']}"] += 1
        else:
            language = record.get("lang")
            said = [(language if isinstance(language, str) else "", texts[-1])]
            if said[0][0]:
                self._declared[said[0][0]] += 1
        if self._languages is not None and kind != "code":
            for language, text in said:
                self._languages.add(text, language, place)
        if len(self._evaluation) and (overlap := self._evaluation.find(strings_in(record))) is not None:
            self._report.overlaps += 1
            self._report.short_overlaps += overlap.num_words < RUN
            if len(self._report.hits) < KEPT:
                self._report.hits.append(Hit(place, overlap.place, overlap.share, overlap.num_words))
        if self._checks.personal:
            for what, found in personal_data(whole):
                self._personal[what] += 1
                if self._personal[what] <= KEPT // 10:
                    self._report.personal_places.append((what, f"{place}: {masked(found)}"))
        return whole

    def _look_at_batch(self, texts: list[str]) -> None:
        if not texts:
            return
        self._duplicates.add(texts)
        if self._checks.count_tokens is not None:
            for count in self._checks.count_tokens(texts):
                self._tokens.add(count)
                self._report.longer_than_row += count > (self._checks.row_tokens or count)

    def finish(self) -> CheckReport:
        report = self._report
        exact, near = self._duplicates.find()
        report.exact_duplicates, report.near_duplicates = len(exact), len(near)
        report.exact_pairs = [(self._place(a), self._place(b)) for a, b in exact[:KEPT]]
        report.near_pairs = [(self._place(a), self._place(b)) for a, b in near[:KEPT]]
        report.kinds, report.declared, report.personal = dict(self._kinds), dict(self._declared), dict(self._personal)
        report.sources = {name: (count, size) for name, (count, size) in self._sources.items()}
        characters = LengthTally()
        for tally in self._characters_of.values():
            characters.merge(tally)
        report.lengths = [characters.lengths("characters")]
        if len(self._characters_of) > 1:
            report.lengths += [t.lengths(f"characters, {kind}") for kind, t in sorted(self._characters_of.items())]
        if self._checks.count_tokens is not None:
            report.lengths.append(self._tokens.lengths("tokens"))
        if self._languages is not None:
            report.detected = dict(self._languages.detected)
            report.disagreements = dict(self._languages.disagreements)
            report.disagreement_places = self._languages.places
        report.evaluation_texts = len(self._evaluation)
        return report

    def _place(self, index: int) -> str:
        return f"{self._names[bisect_right(self._first_of_file, index) - 1]}:{self._numbers[index]}"


def read_evaluation_texts(paths: Sequence[Path]) -> EvaluationTexts:
    """The texts of evaluation sets: of JSON lines, parquet and YAML every text in a record, of .txt every line.

    Raises:
        RecipeError: a path is not there, a folder has no such file, or a file cannot be read.
    """
    texts = EvaluationTexts()
    for path in data_files(paths, (*SUFFIXES, ".yaml", ".yml", ".txt")):
        for place, value in _values(path):
            for text in strings_in(value):
                texts.add(text, place)
    return texts


def _values(path: Path) -> Iterator[tuple[str, Any]]:
    if path.name.endswith(SUFFIXES):
        reader = open_reader(path)
        for record in reader:
            if not isinstance(record, Bad):
                yield f"{path.name}:{reader.position.number}", record
        return
    try:
        text = path.read_text(encoding="utf-8")
        values = yaml.safe_load(text) if path.suffix != ".txt" else text.splitlines()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RecipeError(f"{path}: cannot be read: {error}") from error
    for number, value in enumerate(values if isinstance(values, list) else [values], start=1):
        yield f"{path.name}:{number}", value
