"""Runs an adapter's poll loop inside a test and keeps what it brought."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from botframework import Address, Event
from botframework_telegram import TelegramAdapter, TelegramSettings
from tests.telegram.fake_api import TOKEN


def fast_values(url: str) -> dict[str, Any]:
    """Settings whose limits and pauses do not slow a test, as JSON."""
    return {
        "token": TOKEN,
        "base_url": url,
        "poll_timeout": 5,
        "edit_interval": 0.02,
        "backoff": 0.01,
        "backoff_limit": 0.05,
        "per_chat": 10_000,
        "per_group": 600_000,
        "overall": 10_000,
    }


def fast_settings(url: str, **changes: Any) -> TelegramSettings:
    """The same, validated."""
    return TelegramSettings.model_validate({**fast_values(url), **changes})


class Inbox:
    """An ``accept`` that keeps events, and can refuse to."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.before: Callable[[Event], Awaitable[None]] | None = None
        self._changed = asyncio.Condition()

    async def accept(self, event: Event) -> bool:
        if self.before is not None:
            await self.before(event)
        new = all(known.key != event.key for known in self.events)
        async with self._changed:
            self.events.append(event)
            self._changed.notify_all()
        return new

    async def wait(self, count: int) -> list[Event]:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: len(self.events) >= count)
        return self.events


@asynccontextmanager
async def running(adapter: TelegramAdapter) -> AsyncIterator[Inbox]:
    """The adapter polling; an error of its own ends the test."""
    inbox = Inbox()
    task = asyncio.create_task(adapter.run(inbox.accept))
    try:
        yield inbox
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def private(chat: int = 42, message_id: str = "") -> Address:
    """An address in a private chat."""
    from botframework import Conversation

    return Address(Conversation("telegram", str(chat)), message_id, f"telegram:{chat}")


def group(chat: int = -100123, message_id: str = "", thread: str | None = None, **extra: str) -> Address:
    """An address in a supergroup."""
    from botframework import Conversation

    return Address(Conversation("telegram", str(chat), thread, "group"), message_id, "telegram:42", extra)
