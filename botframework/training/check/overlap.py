"""Finds evaluation texts in training records; knows texts, no files and no scores.

A text is compared as its words without case and punctuation; each Chinese character is a word. A record overlaps an
evaluation text when it holds the same text, or at least half of its runs of eight words. A text of fewer than four
words is not compared: everybody says "thank you".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

RUN = 8
SHORTEST = 4
COVERED = 0.5

_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_NOT_TEXT = frozenset(
    ("source", "src_lang", "tgt_lang", "lang", "language", "id", "role", "task_id", "entry_point", "name", "label")
)


@dataclass(frozen=True, slots=True)
class Overlap:
    """An evaluation text that a record holds: `place` and length of the text, and the share of it that was found."""

    place: str
    share: float
    num_words: int


class EvaluationTexts:
    """The texts of evaluation sets, indexed by whole text and by runs of words."""

    def __init__(self) -> None:
        """Start with no texts."""
        self._places: list[str] = []
        self._num_runs: list[int] = []
        self._whole: dict[int, int] = {}
        self._runs: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return len(self._places)

    def add(self, text: str, place: str) -> None:
        """Add one text, found at `place`; a text that is too short or known already is not added."""
        words = _WORD.findall(text.casefold())
        if len(words) < SHORTEST or hash(tuple(words)) in self._whole:
            return
        number = len(self._places)
        runs = set(_runs(words))
        self._places.append(place)
        self._num_runs.append(len(runs))
        self._whole[hash(tuple(words))] = number
        for run in runs:
            self._runs.setdefault(run, []).append(number)

    def find(self, texts: Iterable[str]) -> Overlap | None:
        """The evaluation text that these texts of one record hold most of, or None."""
        best: Overlap | None = None
        for text in texts:
            words = _WORD.findall(text.casefold())
            if len(words) < SHORTEST:
                continue
            same = self._whole.get(hash(tuple(words)))
            if same is not None:
                return Overlap(self._places[same], 1.0, len(words))
            found: Counter[int] = Counter()
            for run in {run for run in _runs(words) if run in self._runs}:
                found.update(self._runs[run])
            for number, count in found.items():
                share = count / self._num_runs[number]
                if share >= COVERED and (best is None or share > best.share):
                    best = Overlap(self._places[number], share, self._num_runs[number] + RUN - 1)
        return best


def _runs(words: list[str]) -> Iterator[int]:
    return map(hash, zip(*(islice(words, start, None) for start in range(RUN)), strict=False))


def strings_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value but system prompts and what is no text of the record (ids, languages, sources)."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)
    elif isinstance(value, dict) and value.get("role") != "system":
        for key, item in value.items():
            if key not in _NOT_TEXT:
                yield from strings_in(item)
