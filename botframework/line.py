"""The line before the skills: so many answers at a time, first come first served. Knows no turn and no model."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from botframework.clock import Clock

__all__ = ["Line"]

_WEIGHT = 0.2
"""Of the latest answer in the average of how long answers take."""


class Line:
    """Lets ``places`` answers run at a time, and can say how long the others will wait.

    Args:
        places: how many run at once.
        clock: times the answers.
    """

    def __init__(self, places: int, clock: Clock) -> None:
        self._places = places
        self._clock = clock
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._average: float | None = None

    @property
    def is_full(self) -> bool:
        """Whether the next one has to wait."""
        return self._running >= self._places

    @property
    def num_waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def seconds(self, position: int) -> float | None:
        """About how long number ``position`` (1 is next) waits; None before any answer was timed."""
        return None if self._average is None else self._average * position / self._places

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place, after waiting for it."""
        if self.is_full:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn in self._waiting:
                    self._waiting.remove(turn)
                elif not turn.cancelled():
                    self._leave()
                raise
        else:
            self._running += 1
        began = self._clock.now()
        try:
            yield
        finally:
            took = self._clock.now() - began
            self._average = took if self._average is None else (1 - _WEIGHT) * self._average + _WEIGHT * took
            self._leave()

    def _leave(self) -> None:
        while self._waiting:
            following = self._waiting.popleft()
            if not following.done():
                following.set_result(None)
                return
        self._running -= 1
