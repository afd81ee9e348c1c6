"""Counts lengths and languages over a stream of texts, in memory that does not grow with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from botframework.training.check.report import Lengths
from botframework.training.languages import primary

Detector = Callable[[str], str | None]
ALWAYS, EVERY, PLACES = 300, 25, 100


class LengthTally:
    """Percentiles of whole numbers; beyond 1,000 they are counted to two places, as 12,300 and 12,400."""

    def __init__(self) -> None:
        """Start with none."""
        self._counts: Counter[int] = Counter()
        self._sum = self._longest = 0

    def add(self, length: int) -> None:
        """Count one length."""
        self._sum += length
        self._longest = max(self._longest, length)
        if length >= 1000:
            step = 10 ** (len(str(length)) - 3)
            length = length // step * step
        self._counts[length] += 1

    def merge(self, other: LengthTally) -> None:
        """Count what another tally has counted, too."""
        self._counts.update(other._counts)
        self._sum += other._sum
        self._longest = max(self._longest, other._longest)

    def lengths(self, what: str) -> Lengths:
        """What was counted."""
        count = self._counts.total()
        wanted = [0.05, 0.5, 0.95, 0.99]
        found: list[int] = []
        below = 0
        for length in sorted(self._counts):
            below += self._counts[length]
            while len(found) < len(wanted) and below >= wanted[len(found)] * count:
                found.append(length)
        p5, p50, p95, p99 = found or [0] * 4
        return Lengths(what, count, self._sum / max(1, count), p5, p50, p95, p99, self._longest)


class LanguageTally:
    """Compares detected languages with declared ones, on the first texts of each language and some of the others.

    Args:
        detect: tells a text's language as a two-letter code, None where it cannot.
    """

    def __init__(self, detect: Detector) -> None:
        self._detect = detect
        self._seen: Counter[str] = Counter()
        self.detected: Counter[str] = Counter()
        self.disagreements: Counter[str] = Counter()
        self.places: list[str] = []

    def add(self, text: str, declared: str, place: str) -> None:
        """Look at a text of the declared language, or of none (empty)."""
        self._seen[declared] += 1
        if self._seen[declared] > ALWAYS and self._seen[declared] % EVERY:
            return
        found = self._detect(text[:1000])
        self.detected[found or "unknown"] += 1
        if found is not None and declared and found != primary(declared):
            self.disagreements[f"{declared}, {found}"] += 1
            if len(self.places) < PLACES:
                self.places.append(f"{place}: {declared}, looks like {found}: {text[:80]}")
