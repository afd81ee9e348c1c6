"""The running sequences and their rows in the cache; knows no scheduling, no model and no threads.

Row ``i`` of the cache belongs to the ``i``-th sequence. Rows stay without holes; a sequence whose prompt is still being
read comes last, so that those which are given tokens are the first rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from botframework.engine.kv_cache import RowCache
from botframework.engine.sequence import Sequence

__all__ = ["Batch"]


class Batch:
    """Sequences that share every step.

    Args:
        cache: where their keys and values are.
    """

    def __init__(self, cache: RowCache) -> None:
        self._cache = cache
        self._rows: list[Sequence] = []

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Sequence]:
        return iter(self._rows)

    @property
    def reading(self) -> Sequence | None:
        """The one whose prompt is still being read; it has the last row."""
        return self._rows[-1] if self._rows and not self._rows[-1].is_prefilled else None

    @property
    def decoding(self) -> list[Sequence]:
        """Those that are given tokens, in the order of their rows."""
        return self._rows[:-1] if self.reading is not None else list(self._rows)

    @property
    def longest(self) -> int:
        """Most tokens that any of them has stored."""
        return max((sequence.num_cached_tokens for sequence in self._rows), default=0)

    def fit(self, length: int = 0) -> None:
        """Make room for all rows with at least ``length`` tokens, or give back what is no longer needed."""
        self._cache.fit(len(self._rows), max(self.longest, length))

    def join(self, sequence: Sequence) -> None:
        """Give a sequence the last row; nobody's prompt is being read."""
        self._rows.append(sequence)

    def leave(self, sequence: Sequence) -> None:
        """Take a sequence out, closing the gap in the cache with the last rows."""
        rows, hole = self._rows, self._rows.index(sequence)
        reading = self.reading
        if reading is not None:
            rows.pop()
        if reading is not sequence:
            last = rows.pop()
            if last is not sequence:
                self._cache.move(len(rows), hole, last.num_cached_tokens)
                rows[hole] = last
            if reading is not None:
                self._cache.move(len(rows) + 1, len(rows), reading.num_cached_tokens)
                rows.append(reading)
        self.fit()

    def clear(self) -> list[Sequence]:
        """Take everybody out and drop the cache, whatever state it is in."""
        ended, self._rows = self._rows, []
        self._cache.fit(0, 0)
        return ended
