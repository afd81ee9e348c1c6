"""Keeps calls of one key (a channel) at least so far apart as the platform allows; knows no platform."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

__all__ = ["Pace"]


class Pace:
    """A bucket per key: ``burst`` calls at once after a silence, then ``rate`` per second, first come first served."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1.0 / rate
        self._slack = (burst - 1) * self._interval
        self._clock = clock
        self._next: dict[str, float] = {}

    def reserve(self, key: str) -> float:
        """Take the next place of ``key``; returns the seconds to wait for it."""
        now = self._clock()
        if len(self._next) > 10_000:
            self._next = {name: at for name, at in self._next.items() if at > now}
        at = max(self._next.get(key, now), now)
        self._next[key] = at + self._interval
        return max(0.0, at - self._slack - now)

    async def wait(self, key: str) -> None:
        """Return when a call for ``key`` may go out."""
        delay = self.reserve(key)
        if delay > 0:
            await asyncio.sleep(delay)
