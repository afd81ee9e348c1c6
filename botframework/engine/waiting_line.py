"""Requests that wait for a row in the batch, in order, and how long that will take; knows no threads."""

from __future__ import annotations

from collections import deque

from botframework.engine.sequence import LinePosition, Sequence

__all__ = ["WaitingLine"]


class WaitingLine:
    """First come, first served."""

    def __init__(self) -> None:
        self._sequences: deque[Sequence] = deque()
        self._mean_seconds: float | None = None

    def __len__(self) -> int:
        return len(self._sequences)

    def __contains__(self, sequence: Sequence) -> bool:
        return sequence in self._sequences

    def append(self, sequence: Sequence) -> None:
        """Put a request at the end."""
        self._sequences.append(sequence)

    def popleft(self) -> Sequence:
        """Take the first request out."""
        return self._sequences.popleft()

    def remove(self, sequence: Sequence) -> None:
        """Take a request out that is wanted no more."""
        self._sequences.remove(sequence)

    def position(self, id_: str) -> int:
        """Where a request stands, from 1; 0 when it does not wait."""
        return next((place for place, each in enumerate(self._sequences, 1) if each.id == id_), 0)

    def timed(self, seconds: float) -> None:
        """Note how long an answer took."""
        mean = self._mean_seconds
        self._mean_seconds = seconds if mean is None else 0.8 * mean + 0.2 * seconds

    def place(self, position: int, max_batch: int) -> LinePosition:
        """What to tell somebody who stands there, when so many are served at a time."""
        if position <= 0:
            return LinePosition(0, 0.0)
        mean = self._mean_seconds
        return LinePosition(position, None if mean is None else round(mean * position / max_batch, 1))
