"""How well vectors find a sentence's translation among others; knows vectors and records, knows no embedder.

The candidates are the translations of the first ``candidates`` records of a file, in both directions. Equal sentences
count as the same candidate. As one sentence is sought, nDCG@10 is 1 / log2(1 + rank) within the first ten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from botframework.evaluation.records import Record, read, title
from botframework.evaluation.result import Answer, Measure, Part, mean, rate
from botframework.evaluation.suite import Suite, evenly

__all__ = ["Embedding", "ranks", "retrievals"]


class Embedding(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """How it is called in tables."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(N, D) vectors of length one."""
        ...


def ranks(queries: NDArray[np.float32], candidates: NDArray[np.float32], texts: Sequence[str]) -> list[int]:
    """The place, from 1, of every query's own candidate among all, best first; a tie counts against it.

    Args:
        queries: (N, D), the i-th belongs to the i-th candidate.
        candidates: (N, D).
        texts: of the candidates, to know the equal ones.
    """
    numbers = {text: number for number, text in reversed(list(enumerate(texts)))}
    single = np.array(sorted(numbers.values()))  # each text once
    scores = queries @ candidates.T  # (N, N)
    own = scores[np.arange(len(texts)), [numbers[text] for text in texts]]
    better: NDArray[np.int64] = (scores[:, single] >= own[:, None] - 1e-7).sum(1)
    return [int(number) for number in better]


def retrievals(suite: Suite, files: Sequence[Path], subject: Embedding, limit: int | None) -> Iterator[Part]:
    """One part for each file, pair of languages and direction."""
    for file in files:
        by_pair: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for record in read(file, "translation"):
            by_pair[record["src_lang"], record["tgt_lang"]].append(record)
        for languages, records in by_pair.items():
            chosen = evenly(records, min(limit or suite.candidates, suite.candidates))
            sides = [r["src"] for r in chosen], [r["tgt"] for r in chosen]
            vectors = [subject.embed(texts) for texts in sides]
            for there, back in ((0, 1), (1, 0)):
                found = ranks(vectors[there], vectors[back], sides[back])
                name = f"{title(file)} {languages[there]}→{languages[back]}"
                yield Part(name, _measures(found, len(set(sides[back]))), _answers(sides[there], sides[back], found))


def _measures(found: list[int], candidates: int) -> tuple[Measure, ...]:
    how = f"among {candidates} candidates"
    recalls = [rate(f"recall@{k}", [float(place <= k) for place in found], how) for k in (1, 5, 10)]
    gains = [1 / np.log2(1 + place) if place <= 10 else 0.0 for place in found]
    return (
        *recalls,
        Measure("MRR", mean([1 / place for place in found]), len(found), "", "higher", how),
        Measure("nDCG@10", float(mean(gains)), len(found), "", "higher", how),
    )


def _answers(queries: list[str], wanted: list[str], found: list[int]) -> tuple[Answer, ...]:
    return tuple(
        Answer(query, f"rank {place}", text, {"recall@1": 100.0 * (place == 1), "MRR": 1 / place})
        for query, text, place in zip(queries, wanted, found, strict=True)
    )
