"""Lets go of claimed events: closed with a record, left to another attempt, or given back. Knows no channel.

Every turn ends in exactly one call here, unless its lease was lost: then somebody else ends it.
"""

from __future__ import annotations

import logging

from botframework.clock import Clock
from botframework.errors import ChannelUnavailable, QueueError, RateLimited, StoreError
from botframework.queue import ConversationQueue
from botframework.recent import Recent
from botframework.stops import Stops
from botframework.store import Store
from botframework.turn import Observer, Turn

__all__ = ["PASSING", "Closer"]

logger = logging.getLogger(__name__)

PASSING = (ChannelUnavailable, RateLimited, StoreError, QueueError)
"""Failures that pass: the queue tries the event again."""


class Closer:
    """Ends turns in the store and in the queue."""

    def __init__(
        self, *, queue: ConversationQueue, store: Store, stops: Stops, observers: Observer, clock: Clock
    ) -> None:
        self._queue = queue
        self._store = store
        self._stops = stops
        self._observers = observers
        self._clock = clock
        self._answered: Recent[int, Turn] = Recent()

    async def close(self, turn: Turn) -> None:
        """Write what is kept of the turn, and end its event."""
        if turn.ended is None:
            turn.ended = self._clock.now()
        if turn.keep:
            await self._store.save_turn(turn.record())
        await self._queue.complete(turn.claim)
        self._stops.forget_effect(turn.event)
        logger.info(
            "%s %s by %s (%.2f) in %.0f ms",
            turn.outcome,
            turn.decision.skill or "-",
            turn.decision.by,
            turn.decision.score,
            1000 * (turn.ended - turn.started),
        )
        self._observers.turn_finished(turn)

    async def retry(self, turn: Turn, error: Exception) -> None:
        """Leave the event to the queue for another attempt, and what was generated to that attempt."""
        if turn.ended is not None and turn.parts:
            self._answered.put(turn.claim.seq, turn)
        pause = error.retry_after if isinstance(error, RateLimited) else min(300.0, 2.0**turn.claim.attempt)
        logger.warning("event %d is tried again in %g s: %s", turn.claim.seq, pause, error)
        try:
            await self._queue.fail(turn.claim, f"{type(error).__name__}: {error}", pause)
        except QueueError as lost:
            logger.warning("event %d waits for its lease to end: %s", turn.claim.seq, lost)
        self._observers.turn_retried(turn, str(error))

    def take_answered(self, turn: Turn) -> Turn | None:
        """The earlier attempt of this event that had its whole answer; only its delivery or closing failed."""
        return self._answered.take(turn.claim.seq)

    async def park(self, turn: Turn, reason: str) -> None:
        """Give the event up: trying it again would not help."""
        await self._queue.fail(turn.claim, reason, None)
        self._observers.turn_retried(turn, reason)

    async def give_back(self, turn: Turn) -> None:
        """Shutting down: whoever comes next answers this event."""
        try:
            await self._queue.release(turn.claim)
        except QueueError as error:
            logger.warning("event %d waits for its lease to end: %s", turn.claim.seq, error)
