"""How much one person may ask: messages per minute and the model's tokens per day; knows no channel."""

from __future__ import annotations

import math
from dataclasses import dataclass

from botframework.clock import Clock, SystemClock
from botframework.middleware import Next, Refused
from botframework.store import Store
from botframework.turn import Turn

__all__ = ["RateLimit", "TokenBudget"]

_MOST_PEOPLE = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float
    told: bool = False


class RateLimit:
    """A token bucket per person. The first message over the limit is answered with the wait, the next in silence.

    Args:
        per_minute: messages that flow back in a minute.
        burst: messages that may come at once; as many as ``per_minute`` when not given.
    """

    def __init__(self, per_minute: float, burst: int | None = None, clock: Clock | None = None) -> None:
        self._rate = per_minute / 60
        self._burst = float(burst or max(1, math.ceil(per_minute)))
        self._clock = clock or SystemClock()
        self._buckets: dict[str, _Bucket] = {}

    async def __call__(self, turn: Turn, proceed: Next) -> None:
        """Proceed while the person's bucket holds a message."""
        if turn.event.addressed and turn.event.kind != "reaction" and turn.claim.attempt == 1:
            self._take(turn.event.sender.id)
        await proceed(turn)

    def _take(self, person: str) -> None:
        now = self._clock.now()
        bucket = self._buckets.get(person)
        if bucket is None:
            self._forget_the_full(now)
            bucket = self._buckets[person] = _Bucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.tokens < 1:
            told, bucket.told = bucket.told, True
            seconds = math.ceil((1 - bucket.tokens) / self._rate)
            raise Refused(None if told else "refused-rate", seconds=seconds)
        bucket.tokens -= 1
        bucket.told = False

    def _forget_the_full(self, now: float) -> None:
        if len(self._buckets) >= _MOST_PEOPLE:
            full = [p for p, b in self._buckets.items() if b.tokens + (now - b.at) * self._rate >= self._burst]
            for person in full:
                del self._buckets[person]


class TokenBudget:
    """Refuses, until midnight UTC, a person who has used the day's tokens of the model."""

    def __init__(self, store: Store, per_day: int) -> None:
        self._store = store
        self._per_day = per_day

    async def __call__(self, turn: Turn, proceed: Next) -> None:
        """Proceed while the person has tokens left today."""
        if turn.event.addressed and turn.event.kind != "reaction":
            used = await self._store.tokens_today(turn.event.sender.id)
            if used >= self._per_day:
                raise Refused("refused-tokens", limit=self._per_day)
        await proceed(turn)
