"""A clock that stands until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable
from typing import TypeVar

__all__ = ["FakeClock"]

Result = TypeVar("Result")


class FakeClock:
    """Time for tests: ``advance`` wakes the sleepers whose time has come, in order."""

    def __init__(self, start: float = 1000.0) -> None:
        self._now = start
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = itertools.count()

    def now(self) -> float:
        """Seconds."""
        return self._now

    @property
    def num_sleeping(self) -> int:
        """How many wait for the time to pass."""
        return sum(not future.done() for _, _, future in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Return when the test has advanced by ``seconds``."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._count), future))
        await future

    async def advance(self, seconds: float, *, settle: int = 50) -> None:
        """Let ``seconds`` pass, and everybody who wakes run.

        Args:
            settle: rounds of the event loop that are given to what woke.
        """
        end = self._now + seconds
        await self._settle(settle)
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, future = heapq.heappop(self._sleepers)
            self._now = max(self._now, at)
            if not future.done():
                future.set_result(None)
            await self._settle(settle)
        self._now = end
        await self._settle(settle)

    async def until(self, awaitable: Awaitable[Result], step: float = 1.0) -> Result:
        """Let time pass, ``step`` seconds at a time, until ``awaitable`` is done; returns its result."""
        task = asyncio.ensure_future(awaitable)
        while not task.done():
            await self.advance(step)
            await asyncio.wait([task], timeout=0.002)
        return task.result()

    @staticmethod
    async def _settle(rounds: int) -> None:
        for _ in range(rounds):
            await asyncio.sleep(0)
