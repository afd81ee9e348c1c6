"""What an evaluation found: measures and answers per part of a suite; knows no model and prints nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Answer", "Measure", "Part", "SuiteResult", "mean", "rate", "wilson"]

Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure.

    Args:
        name: what is measured.
        value: in ``unit``.
        count: how many items it is taken over.
        unit: ``%``, ``bits``, ``tokens/s`` …; empty for a plain score.
        better: which way is better.
        detail: how it was computed, such as sacrebleu's signature.
        low: lower end of a 95 % interval, where there is one.
        high: upper end.
    """

    name: str
    value: float
    count: int
    unit: str = ""
    better: Better = "higher"
    detail: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One request with what the model made of it.

    ``scores`` holds the item's own figures; a measure of the same name is their mean (in per cent where its unit says
    so), or the sum of ``X`` over the sum of ``X weight`` where there is one.
    """

    request: str
    answer: str
    reference: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One file, direction or slice of a suite.

    ``references`` (those of each sentence) and BLEU's ``tokenize`` are kept where a corpus metric needs them again to
    compare two models.
    """

    name: str
    measures: tuple[Measure, ...]
    answers: tuple[Answer, ...] = ()
    references: tuple[tuple[str, ...], ...] = ()
    tokenize: str = ""


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """What one model did on one suite."""

    suite: str
    kind: str
    model: str
    parts: tuple[Part, ...]
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


def mean(values: Sequence[float]) -> float:
    """The mean; not a number where there is nothing to take it of."""
    return math.fsum(values) / len(values) if values else math.nan


def wilson(successes: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval of a rate, both ends in 0 … 1; 95 % by default.

    Args:
        successes: may be fractional, where a tie counts as half.
    """
    if count == 0:
        return 0.0, 1.0
    share = successes / count
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    middle, scale = share + z * z / (2 * count), 1 + z * z / count
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def rate(name: str, values: Sequence[float], detail: str = "") -> Measure:
    """The share of ones among ``values`` in per cent, with Wilson's interval."""
    low, high = wilson(math.fsum(values), len(values))
    return Measure(name, 100 * mean(values), len(values), "%", "higher", detail, 100 * low, 100 * high)
