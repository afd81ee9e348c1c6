"""A pretended platform: keeps events until they are acknowledged, and everything that was posted; knows no bot.

It answers each call a little after it took effect, so that a kill often falls between a send and its receipt.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from botframework import Conversation, Event, Person
from botframework.types import to_json
from tests.kill.harness import Platform

__all__ = ["LoopbackPlatform"]


@dataclass
class Posted:
    """A message of the bot's, as everybody sees it."""

    id: int
    conversation: str
    text: str
    key: str


class LoopbackPlatform(Platform):
    """``async with LoopbackPlatform(seed) as platform`` listens on a free port."""

    adapter = "tests.kill.loopback_channel:LoopbackChannel"

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._events: list[str] = []
        self._posted: dict[int, Posted] = {}
        self._ids = 0
        self._arrived = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._acknowledged = 0
        self._calls = 0
        self._url = ""

    async def __aenter__(self) -> LoopbackPlatform:
        app = web.Application()
        for method in (self.events, self.send, self.edit, self.delete, self.find):
            app.router.add_post(f"/{method.__name__}", method)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def options(self) -> dict[str, Any]:
        return {"url": self._url}

    @property
    def num_calls(self) -> int:
        return self._calls

    async def say(self, conversation: int, text: str) -> None:
        chat = Conversation("loopback", str(conversation))
        event = Event("loopback", str(len(self._events)), chat, Person(f"loopback:{conversation}"), text)
        async with self._arrived:
            self._events.append(to_json(event))
            self._arrived.notify_all()

    def replies(self, conversation: int) -> list[str]:
        return [posted.text for posted in self._posted.values() if posted.conversation == str(conversation)]

    async def events(self, request: web.Request) -> web.Response:
        """The first events that are not acknowledged, and sometimes one or two that are."""
        self._acknowledged = max(self._acknowledged, (await request.json())["after"])
        async with self._arrived:
            try:
                async with asyncio.timeout(5):
                    await self._arrived.wait_for(lambda: len(self._events) > self._acknowledged)
            except TimeoutError:
                return web.json_response({"events": [], "last": self._acknowledged})
        last = min(self._acknowledged + 10, len(self._events))
        first = max(0, self._acknowledged - self._random.randrange(3))
        return web.json_response({"events": self._events[first:last], "last": last})

    async def send(self, request: web.Request) -> web.Response:
        values = await request.json()
        self._ids += 1
        self._posted[self._ids] = Posted(self._ids, values["conversation"], values["text"], values["key"])
        return await self._answer({"id": self._ids})

    async def edit(self, request: web.Request) -> web.Response:
        values = await request.json()
        self._posted[values["id"]].text = values["text"]
        return await self._answer({"id": values["id"]})

    async def delete(self, request: web.Request) -> web.Response:
        self._posted.pop((await request.json())["id"], None)
        return await self._answer({})

    async def find(self, request: web.Request) -> web.Response:
        key = (await request.json())["key"]
        return await self._answer({"id": next((found.id for found in self._posted.values() if found.key == key), None)})

    async def _answer(self, values: dict[str, Any]) -> web.Response:
        self._calls += 1
        await asyncio.sleep(self._random.uniform(0, 0.01))
        return web.json_response(values)
