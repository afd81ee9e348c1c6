"""Compares two models on one suite by a paired bootstrap; knows results, runs nothing.

Corpus BLEU and chrF are resampled by sacrebleu (Koehn 2004), everything else that has a score per item by ourselves in
the same way: with 1,000 resamples of the items, and the p-value is how often the resampled difference lies as far from
the observed one as the observed one lies from nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from botframework.evaluation.result import Part, SuiteResult

__all__ = ["Difference", "differences", "paired_bootstrap"]

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of one part under two models.

    Args:
        p: chance of such a difference where the models are equally good; None where it was not computed.
    """

    suite: str
    part: str
    measure: str
    first: float
    second: float
    p: float | None


def paired_bootstrap(
    first: Sequence[float], second: Sequence[float], weights: Sequence[float] | None = None, seed: int = 12345
) -> float:
    """The p-value of the difference between two means over the same items, two-sided.

    Args:
        first: score of each item under one model.
        second: the same under the other.
        weights: of each item, where the figure is a sum over a sum of weights.
    """
    random = np.random.default_rng(seed)
    count = len(first)
    gaps: NDArray[np.float64] = np.asarray(second, float) - np.asarray(first, float)
    divisors = np.ones(count) if weights is None else np.asarray(weights, float)
    observed = gaps.sum() / divisors.sum()
    rows = random.integers(0, count, (RESAMPLES, count))
    drawn = gaps[rows].sum(1) / divisors[rows].sum(1)
    extreme = np.abs(drawn - observed) >= abs(observed) - 1e-12
    return float((extreme.sum() + 1) / (RESAMPLES + 1))


def differences(first: SuiteResult, second: SuiteResult) -> Iterator[Difference]:
    """Every measure that both results have, in the order of the first."""
    others = {part.name: part for part in second.parts}
    for part in first.parts:
        other = others.get(part.name)
        if other is None:
            continue
        values = {measure.name: measure.value for measure in other.measures}
        corpus = dict(_corpus(part, other)) if part.references else {}
        for measure in part.measures:
            if measure.name in values:
                p = corpus.get(measure.name, _items(part, other, measure.name))
                yield Difference(first.suite, part.name, measure.name, measure.value, values[measure.name], p)


def _items(part: Part, other: Part, name: str) -> float | None:
    pairs = [
        (a.scores, b.scores)
        for a, b in zip(part.answers, other.answers, strict=False)
        if name in a.scores and name in b.scores and a.request == b.request
    ]
    if len(pairs) < 2 or len(part.answers) != len(other.answers):
        return None
    weight = f"{name} weight"
    weights = [a[weight] for a, _ in pairs] if weight in pairs[0][0] else None
    if weights is not None and weights != [b[weight] for _, b in pairs]:
        return None  # a window left something out: the two were not measured on the same texts
    return paired_bootstrap([a[name] for a, _ in pairs], [b[name] for _, b in pairs], weights)


def _corpus(part: Part, other: Part) -> Iterator[tuple[str, float]]:
    """(metric, p) of BLEU and chrF by sacrebleu's paired bootstrap."""
    from sacrebleu.significance import PairedTest, Result

    from botframework.evaluation.translation import columns, metrics_for

    bleu, chrf = metrics_for(part.tokenize)
    named: list[tuple[str, Sequence[str]]] = [
        ("first", [a.answer for a in part.answers]),
        ("second", [a.answer for a in other.answers]),
    ]
    test = PairedTest(
        named,
        {"BLEU": bleu, "chrF": chrf},
        columns(part.references),  # type: ignore[arg-type]  # None is a missing reference
        test_type="bs",
        n_samples=RESAMPLES,
    )
    _, scores = test()
    for name, results in scores.items():
        result = results[1]
        if isinstance(result, Result) and result.p_value is not None:
            yield str(name).removesuffix("2"), float(result.p_value)
