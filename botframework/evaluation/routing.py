"""How well requests reach their skill, and what the router's scores are worth; knows labels and decisions, no router.

Whoever has a router hands in its decisions: the skill that a rule chose, if one did, and the likeness of the request to
each skill's examples. A file holds records ``text``, ``skill`` and ``lang``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from botframework.errors import DataError
from botframework.evaluation.result import Answer, Measure, Part, mean, rate
from botframework.evaluation.suite import Suite, evenly
from botframework.training.readers import Bad, open_reader

__all__ = ["Labelled", "Routed", "Routing", "calibration_error", "decide", "read_labelled", "routings"]

_BINS = 10
_THRESHOLDS = tuple(number / 20 for number in range(5, 18))


@dataclass(frozen=True, slots=True)
class Routed:
    """What a router knows of one request.

    Args:
        rule: the skill that a rule chose; None where none did.
        scores: (skill, likeness) of the skills that can be chosen by meaning, best first.
        default: the skill for everything else.
    """

    rule: str | None
    scores: tuple[tuple[str, float], ...]
    default: str


class Routing(Protocol):
    """Knows where requests go."""

    @property
    def name(self) -> str:
        """How it is called in tables."""
        ...

    @property
    def threshold(self) -> float:
        """The least likeness that decides."""
        ...

    def route(self, texts: Sequence[str]) -> list[Routed]:
        """What it knows of each request."""
        ...


@dataclass(frozen=True, slots=True)
class Labelled:
    """A request with the skill that should answer it."""

    text: str
    skill: str
    lang: str


def decide(routed: Routed, threshold: float) -> str:
    """The skill that a router with this threshold chooses."""
    if routed.rule is not None:
        return routed.rule
    if routed.scores and routed.scores[0][1] >= threshold:
        return routed.scores[0][0]
    return routed.default


def calibration_error(scores: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error over ten equal bins of the scores: |share right - mean score|, weighted; 0 … 1."""
    error = 0.0
    for _, chosen in _bins(scores, right):
        error += len(chosen) * abs(mean([float(ok) for _, ok in chosen]) - mean([score for score, _ in chosen]))
    return error / len(scores) if scores else 0.0


def _bins(scores: Sequence[float], right: Sequence[bool]) -> Iterator[tuple[int, list[tuple[float, bool]]]]:
    for number in range(_BINS):
        chosen = [
            (score, ok)
            for score, ok in zip(scores, right, strict=True)
            if min(_BINS - 1, max(0, int(score * _BINS))) == number
        ]
        if chosen:
            yield number, chosen


def read_labelled(file: Path) -> list[Labelled]:
    """The requests of a file, which may be compressed.

    Raises:
        DataError: a line is wrong, or there is none.
    """
    found = []
    reader = open_reader(file)
    for record in reader:
        if isinstance(record, Bad):
            raise DataError(f"{file}:{reader.position.number}: {record.problem}")
        try:
            found.append(Labelled(*(_text(record, field) for field in ("text", "skill", "lang"))))
        except ValueError as error:
            raise DataError(f"{file}:{reader.position.number}: {error}") from error
    if not found:
        raise DataError(f"{file}: there is no request in it")
    return found


def _text(record: Any, field: str) -> str:
    value = record.get(field) if isinstance(record, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{field}: expected text; a request has text, skill and lang")
    return value


def routings(suite: Suite, files: Sequence[Path], subject: Routing, limit: int | None) -> Iterator[Part]:
    """For each file: accuracy by language and skill, reliability of the scores, and a sweep over thresholds."""
    for file in files:
        asked = evenly(read_labelled(file), limit)
        known = subject.route([request.text for request in asked])
        chosen = [decide(routed, subject.threshold) for routed in known]
        right = [got == request.skill for got, request in zip(chosen, asked, strict=True)]
        yield Part(file.stem, _accuracies(asked, right), tuple(_answers(asked, known, chosen)))
        yield _reliability(file.stem, asked, known)
        yield _sweep(file.stem, asked, known, subject.threshold)


def _accuracies(asked: Sequence[Labelled], right: Sequence[bool]) -> tuple[Measure, ...]:
    measures = [rate("accuracy", [float(ok) for ok in right], "rules, likeness and default together")]
    for key, values in (("lang", sorted({r.lang for r in asked})), ("skill", sorted({r.skill for r in asked}))):
        for value in values:
            chosen = [float(ok) for ok, request in zip(right, asked, strict=True) if getattr(request, key) == value]
            measures.append(rate(f"accuracy {value}", chosen))
    return tuple(measures)


def _answers(asked: Sequence[Labelled], known: Sequence[Routed], chosen: Sequence[str]) -> Iterator[Answer]:
    for request, routed, got in zip(asked, known, chosen, strict=True):
        scores = ", ".join(f"{name} {score:.2f}" for name, score in routed.scores[:3])
        how = "rule" if routed.rule is not None else f"likeness: {scores}"
        yield Answer(request.text, got, request.skill, {"accuracy": 100.0 * (got == request.skill)}, how)


def _reliability(name: str, asked: Sequence[Labelled], known: Sequence[Routed]) -> Part:
    """Of the requests that no rule decides: how often the likest skill is the right one, by its score."""
    pairs = [(k.scores[0][1], k.scores[0][0] == r.skill) for k, r in zip(known, asked, strict=True)
             if k.rule is None and k.scores]  # fmt: skip
    scores, right = [score for score, _ in pairs], [ok for _, ok in pairs]
    how = "cosine of the likest skill against the share it is right; requests that no rule decides"
    measures = [Measure("calibration error (ECE)", calibration_error(scores, right), len(pairs), "", "lower", how)]
    for number, chosen in _bins(scores, right):
        label = f"right at {number / _BINS:.1f} – {(number + 1) / _BINS:.1f}"
        measures.append(rate(label, [float(ok) for _, ok in chosen]))
    return Part(f"{name}: reliability", tuple(measures))


def _sweep(name: str, asked: Sequence[Labelled], known: Sequence[Routed], own: float) -> Part:
    """Accuracy at other thresholds than the router's own."""
    measures = []
    for threshold in sorted({*_THRESHOLDS, own}):
        right = [float(decide(k, threshold) == r.skill) for k, r in zip(known, asked, strict=True)]
        label = f"threshold {threshold:.2f}" + (" (its own)" if threshold == own else "")
        measures.append(rate(label, right))
    lost = Counter(
        f"{r.skill} → {got}" for k, r in zip(known, asked, strict=True) if (got := decide(k, own)) != r.skill
    )
    measures += [Measure(f"taken: {pair}", float(count), len(asked), "", "lower") for pair, count in lost.most_common()]
    return Part(f"{name}: thresholds", tuple(measures))
