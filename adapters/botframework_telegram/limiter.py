"""Keeps sends under Telegram's limits: per chat, per group and overall; knows no message.

A virtual schedule per limit (GCRA): every send takes the next free slot, so that waiting senders go in the order in
which they came. A 429 stops its own chat alone; every other chat goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from botframework.errors import RateLimited

__all__ = ["Limiter"]


class _Schedule:
    """Slots ``interval`` seconds apart, ``burst`` of which may be taken at once after a silence."""

    def __init__(self, interval: float, burst: float) -> None:
        self._interval = interval
        self._tolerance = interval * (max(burst, 1.0) - 1.0)
        self.next = 0.0

    def take(self, now: float) -> float:
        """Take a slot; how long it is until then, in seconds."""
        slot = max(self.next, now)
        self.next = slot + self._interval
        return max(0.0, slot - self._tolerance - now)


class Limiter:
    """Waits until a chat may be written to.

    Args:
        per_chat: messages per second in one chat.
        per_group: messages per minute in one group.
        overall: messages per second in all chats together.
        patience: seconds that a paused chat is waited for; above it the caller is told at once.
        now, sleep: the clock, in seconds.
    """

    def __init__(
        self,
        *,
        per_chat: float = 1.0,
        per_group: float = 20.0,
        overall: float = 30.0,
        patience: float = 5.0,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._per_chat = per_chat
        self._per_group = per_group
        self._patience = patience
        self._now = now
        self._sleep = sleep
        self._overall = _Schedule(1 / overall, overall)
        self._chats: dict[str, list[_Schedule]] = {}
        self._paused: dict[str, float] = {}

    def pause(self, chat: str, seconds: float) -> None:
        """Telegram answered 429 for ``chat``: nothing goes there for ``seconds``."""
        self._paused[chat] = max(self._paused.get(chat, 0.0), self._now() + seconds)

    async def wait(self, chat: str, group: bool) -> None:
        """Return when one message may be sent to ``chat``.

        Raises:
            RateLimited: the chat is paused for longer than the limiter waits.
        """
        now = self._now()
        pause = self._paused.get(chat, 0.0) - now
        if pause > self._patience:
            raise RateLimited(f"Telegram asked to leave this chat alone for {pause:.0f} s more", pause)
        if pause <= 0:
            self._paused.pop(chat, None)
        delays = [schedule.take(now) for schedule in (*self._schedules(chat, group), self._overall)]
        delay = max(pause, *delays)
        if delay > 0:
            await self._sleep(delay)

    async def wait_overall(self) -> None:
        """Return when one request that writes nothing new may be sent."""
        delay = self._overall.take(self._now())
        if delay > 0:
            await self._sleep(delay)

    def _schedules(self, chat: str, group: bool) -> list[_Schedule]:
        if chat not in self._chats:
            if len(self._chats) >= 10_000:
                now = self._now()
                self._chats = {key: kept for key, kept in self._chats.items() if any(s.next > now for s in kept)}
            self._chats[chat] = [_Schedule(1 / self._per_chat, 3)]
            if group:
                self._chats[chat].append(_Schedule(60 / self._per_group, self._per_group))
        return self._chats[chat]
