"""Looks after the running turns: renews leases, shows that answers are on their way, ends those that take too long.

It knows nothing of what a turn does; a turn never waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from botframework.clock import Clock
from botframework.errors import LeaseLost, QueueError
from botframework.limits import Limits
from botframework.queue import ConversationQueue
from botframework.running import Running
from botframework.turn import Turn

__all__ = ["Heartbeat"]

logger = logging.getLogger(__name__)


class Heartbeat:
    """Beats for as long as turns run."""

    def __init__(self, turns: Running, queue: ConversationQueue, limits: Limits, clock: Clock) -> None:
        self._turns = turns
        self._queue = queue
        self._limits = limits
        self._clock = clock
        self.errands: set[asyncio.Task[None]] = set()
        """Calls to the queue and to channels that no beat waits for."""

    async def run(self) -> None:
        """Look after the turns until cancelled."""
        while True:
            await self._turns.wait_for_any()
            await self._clock.sleep(self._limits.heartbeat)
            now = self._clock.now()
            for turn in self._turns:
                self._look_after(turn, now)

    def _look_after(self, turn: Turn, now: float) -> None:
        if now - turn.renewed >= self._limits.lease / 3:
            turn.renewed = now
            self._spawn(self._renew(turn))
        if turn.deadline is not None and now >= turn.deadline:
            turn.end("timeout")
        if turn.pieces is not None:
            turn.pieces.poke()
        if turn.delivery is not None and turn.ended is None and now - turn.refreshed >= self._limits.working:
            turn.refreshed = now
            self._spawn(turn.delivery.show_working())

    async def _renew(self, turn: Turn) -> None:
        try:
            await self._queue.renew(turn.claim, self._limits.lease)
        except LeaseLost:
            turn.lose()
        except QueueError as error:
            logger.warning("the lease of event %d could not be renewed: %s", turn.claim.seq, error)

    def _spawn(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(errand)
        self.errands.add(task)
        task.add_done_callback(self._end_errand)

    def _end_errand(self, task: asyncio.Task[None]) -> None:
        self.errands.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a background errand failed", exc_info=error)
