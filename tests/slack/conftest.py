"""Fixtures of the Slack tests: the pretended Slack, and the adapter connected to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from botframework import Event
from botframework_slack import SlackAdapter, SlackSettings
from tests.slack.fake_server import FakeSlack
from tests.slack.fake_workspace import APP_TOKEN, BOT_TOKEN


def settings_for(slack: FakeSlack, **more: object) -> SlackSettings:
    """Settings that speak to ``slack``, impatiently."""
    values: dict[str, object] = {
        "bot_token": SecretStr(BOT_TOKEN),
        "app_token": SecretStr(APP_TOKEN),
        "base_url": slack.base_url,
        "ping_interval": 0.2,
        "posts_per_second": 1000,
        **more,
    }
    return SlackSettings.model_validate(values)


class Inbox:
    """Takes events as the kernel does: it says whether they are new, and can be told to wait or to fail."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.seen: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.asked = asyncio.Event()
        self.failures = 0
        self._changed = asyncio.Condition()

    async def accept(self, event: Event) -> bool:
        self.asked.set()
        await self.open.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is full")
        new = event.key not in self.seen
        self.seen.append(event.key)
        if new:
            self.events.append(event)
        async with self._changed:
            self._changed.notify_all()
        return new

    async def asked_times(self, count: int) -> None:
        """Return when ``count`` events, new or not, have been taken."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.seen) >= count)

    async def first(self, count: int = 1) -> list[Event]:
        """The events, as soon as there are ``count``."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.events) >= count)
        return self.events


@asynccontextmanager
async def running(adapter: SlackAdapter, inbox: Inbox) -> AsyncIterator[asyncio.Task[None]]:
    """The adapter's ``run`` in the background."""
    task = asyncio.create_task(adapter.run(inbox.accept))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await adapter.aclose()


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """A pretended Slack that sends again after 0.3 s instead of 3."""
    async with FakeSlack(ack_timeout=0.3) as server:
        yield server


@pytest.fixture
def inbox() -> Inbox:
    """Where the adapter puts its events."""
    return Inbox()


@pytest.fixture
async def adapter(slack: FakeSlack, inbox: Inbox) -> AsyncIterator[SlackAdapter]:
    """A connected adapter."""
    made = SlackAdapter(settings_for(slack))
    async with running(made, inbox):
        await slack.socket.connected()
        yield made
