"""What a check found, as values and as tables; knows no terminal."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from botframework.training.runs.report import Cell, Table

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Lengths:
    """Percentiles of lengths in characters or tokens."""

    what: str
    count: int
    mean: float
    p5: int
    p50: int
    p95: int
    p99: int
    longest: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A record, by `file:line`, that holds part of an evaluation text, by its own `file:line`."""

    record: str
    evaluation: str
    share: float
    num_words: int


@dataclass(slots=True)
class CheckReport:
    """Counts, and the first places of what was found; a place is `file:line`, for parquet `file:row`."""

    files: dict[str, int] = field(default_factory=dict)
    records: int = 0
    bad: int = 0
    problems: list[str] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    sources: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of each source: records, characters."""
    declared: dict[str, int] = field(default_factory=dict)
    """Records of each language, or pair of languages, as they say themselves."""
    detected: dict[str, int] = field(default_factory=dict)
    """Texts of each language, among those looked at."""
    disagreements: dict[str, int] = field(default_factory=dict)
    """`declared, detected` → texts, among those looked at."""
    disagreement_places: list[str] = field(default_factory=list)
    lengths: list[Lengths] = field(default_factory=list)
    row_tokens: int | None = None
    longer_than_row: int = 0
    exact_duplicates: int = 0
    near_duplicates: int = 0
    exact_pairs: list[Pair] = field(default_factory=list)
    near_pairs: list[Pair] = field(default_factory=list)
    evaluation_texts: int = 0
    overlaps: int = 0
    short_overlaps: int = 0
    """Of the overlaps, those with an evaluation text of fewer than eight words, which may be chance."""
    hits: list[Hit] = field(default_factory=list)
    personal: dict[str, int] = field(default_factory=dict)
    personal_places: list[Pair] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether nothing has to be mended: no bad record, no overlap with an evaluation set."""
        return not self.bad and not self.overlaps

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {"passed": self.passed, **asdict(self)}

    def tables(self, show: int = 10) -> list[Table]:
        """The report as tables, with at most `show` places of each kind."""
        total = max(1, self.records)
        rows: list[list[Any]]
        tables = [
            Table("Files", ["file", "good records"], [[name, count] for name, count in self.files.items()]),
            Table("Kinds", ["kind", "records", "share"], [[k, n, _share(n, total)] for k, n in _by_size(self.kinds)]),
        ]
        if self.problems:
            rows = [problem.split(": ", 2) for problem in self.problems[:show]]
            tables.insert(0, Table(f"Bad records: {self.bad:,}", ["place", "field", "what is wrong"], _padded(rows, 3)))
        if self.hits:
            longest = sorted(self.hits, key=lambda hit: -hit.num_words * hit.share)
            rows = [[h.record, h.evaluation, h.num_words, f"{h.share:.0%}"] for h in longest[:show]]
            title = f"Records that hold evaluation texts: {self.overlaps:,}"
            tables.insert(1, Table(title, ["record", "evaluation text", "words", "of it"], _padded(rows, 4)))
        characters = max(1, sum(size for _, size in self.sources.values()))
        by_size = sorted(self.sources.items(), key=lambda item: -item[1][1])
        rows = [[name, count, size, _share(size, characters)] for name, (count, size) in by_size[: 3 * show]]
        tables.append(Table("Sources", ["source", "records", "characters", "share"], _padded(rows, 4)))
        names = ["", "count", "mean", "5 %", "50 %", "95 %", "99 %", "longest"]
        rows = [[x.what, x.count, round(x.mean, 1), x.p5, x.p50, x.p95, x.p99, x.longest] for x in self.lengths]
        tables.append(Table("Lengths", names, _padded(rows, 8)))
        if self.declared:
            rows = [[name, count] for name, count in _by_size(self.declared)]
            tables.append(Table("Languages as declared", ["language", "records"], _padded(rows, 2)))
        if self.detected:
            rows = [[name, count] for name, count in _by_size(self.detected)]
            tables.append(Table("Languages as detected, in a sample", ["language", "texts"], _padded(rows[:show], 2)))
        if self.disagreements:
            rows = [[*name.split(", "), count] for name, count in _by_size(self.disagreements)]
            title = "Texts that look like another language than declared, in the same sample"
            tables.append(Table(title, ["declared", "detected", "texts"], _padded(rows[:show], 3)))
        for title, count, pairs in (
            ("Exact duplicates", self.exact_duplicates, self.exact_pairs),
            ("Near duplicates", self.near_duplicates, self.near_pairs),
        ):
            if count:
                rows = [list(pair) for pair in pairs[:show]]
                tables.append(Table(f"{title}: {count:,}", ["first", "again"], _padded(rows, 2)))
        if self.personal:
            rows = [[kind, count, self._place_of(kind)] for kind, count in _by_size(self.personal)]
            tables.append(Table("Likely personal data", ["kind", "found", "for example"], _padded(rows, 3)))
        return tables

    def _place_of(self, kind: str) -> str:
        return next((place for found, place in self.personal_places if found == kind), "")

    def verdict(self) -> str:
        """The outcome in a sentence."""
        told = [f"{self.records:,} good records in {len(self.files)} files"]
        told.append(f"{self.bad:,} bad" if self.bad else "none bad")
        if self.evaluation_texts:
            short = (
                f" ({self.short_overlaps:,} of them with one of fewer than eight words)" if self.short_overlaps else ""
            )
            told.append(f"{self.overlaps:,} overlap with {self.evaluation_texts:,} evaluation texts{short}")
        told.append(f"{self.exact_duplicates:,} exact and {self.near_duplicates:,} near duplicates")
        if self.row_tokens is not None:
            told.append(f"{self.longer_than_row:,} longer than a row of {self.row_tokens} tokens")
        return ", ".join(told) + f" ({self.records / max(self.seconds, 1e-9):,.0f} records/s)"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}"


def _by_size(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _padded(rows: list[list[Any]], width: int) -> list[list[Cell]]:
    return [[*row, *[""] * (width - len(row))] for row in rows]
