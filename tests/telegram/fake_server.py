"""A small, strict Telegram Bot API over loopback HTTP, spoken to by the real client library.

It keeps what Telegram keeps (updates until a higher offset confirms them, messages with growing ids) and refuses what
Telegram refuses, in Telegram's words. Failures are ordered with ``fail``.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from tests.telegram.fake_api import TOKEN, Call, FakeApi
from tests.telegram.fake_chats import ANN, found_entities
from tests.telegram.fake_rules import ApiError, Json, value


@dataclass
class Failure:
    """What the next calls of one method meet."""

    method: str
    code: int = 500
    description: str = "Internal Server Error"
    times: int = 1
    chat: int | None = None
    retry_after: int = 0
    when: str = "before"
    """``before``: refused; ``reset``: the connection is cut unheard; ``lost``: done, but the answer is cut off."""


class FakeTelegram(FakeApi):
    """The server. ``async with FakeTelegram() as telegram`` listens on a free port; ``telegram.url`` is its address."""

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__(token)
        self.latency: Callable[[], float] | None = None
        """Seconds between what a call did and its answer; getUpdates answers at once."""
        self.url = ""
        self.num_calls = 0
        """How many calls came, polling not counted."""
        self._failures: list[Failure] = []
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=60 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._poll += 1
        await self._wake()
        if self._runner is not None:
            await self._runner.cleanup()

    # What people do

    async def say(
        self,
        text: str,
        *,
        chat: int = 42,
        sender: Json = ANN,
        kind: str | None = None,
        thread: int | None = None,
        reply_to: Json | None = None,
        entities: list[Json] | None = None,
        forum: bool = False,
        **content: Any,
    ) -> Json:
        """A person writes; returns the message. ``content`` adds other fields, as ``document=…``."""
        room = self.chats.open(chat, kind or ("private" if chat > 0 else "supergroup"), forum=forum)
        message = self.chats.add(
            room,
            sender,
            thread,
            **({"text": text} if text else {}),
            entities=found_entities(text) if entities is None else entities,
            reply_to_message=reply_to,
            **content,
        )
        await self.inject(message=message)
        return message

    async def rewrite(self, message: Json, text: str) -> Json:
        """A person edits a message of theirs."""
        edited = {**message, "text": text, "entities": found_entities(text), "edit_date": int(time.time())}
        room = self._chat(message["chat"]["id"])
        room.messages[message["message_id"]] = edited
        await self.inject(edited_message=edited)
        return edited

    async def press(self, message: Json, label: str, sender: Json = ANN) -> str:
        """A person presses a button under ``message``; returns the query's id."""
        button = next(b for row in message["reply_markup"]["inline_keyboard"] for b in row if b["text"] == label)
        query_id = f"q{self._next_update}"
        await self.inject(
            callback_query={
                "id": query_id,
                "from": sender,
                "chat_instance": "1",
                "message": message,
                "data": button["callback_data"],
            }
        )
        return query_id

    async def react(self, message: Json, emoji: str | None, sender: Json = ANN, before: str | None = None) -> None:
        """A person reacts to ``message``, or takes the reaction back."""
        await self.inject(
            message_reaction={
                "chat": message["chat"],
                "message_id": message["message_id"],
                "date": int(time.time()),
                "user": sender,
                "old_reaction": [{"type": "emoji", "emoji": before}] if before else [],
                "new_reaction": [{"type": "emoji", "emoji": emoji}] if emoji else [],
            }
        )

    async def inject(self, *, update_id: int | None = None, **content: Any) -> int:
        """Any update at all; returns its id. An id that was used before makes it a redelivery."""
        if update_id is None:
            update_id = self._next_update
            self._next_update += 1
        self._updates.append({"update_id": update_id, **content})
        self._updates.sort(key=lambda update: int(update["update_id"]))
        await self._wake()
        return update_id

    # What a test looks at

    def visible(self, chat: int = 42) -> list[Json]:
        """The bot's messages in a chat, oldest first."""
        room = self.chats.get(chat)
        messages = room.messages.values() if room else ()
        return [message for message in messages if message["from"]["id"] == self.me["id"]]

    def texts(self, chat: int = 42) -> list[str]:
        """The texts of ``visible``."""
        return [message.get("text") or message.get("caption", "") for message in self.visible(chat)]

    def called(self, method: str) -> list[Call]:
        """The calls of one method, in order."""
        return [call for call in self.calls if call.method == method]

    @property
    def waiting(self) -> list[int]:
        """The ids of updates that nobody confirmed yet."""
        return [update["update_id"] for update in self._updates]

    async def until(self, condition: Callable[[], bool], timeout: float = 20.0) -> None:
        """Return as soon as ``condition()`` holds; looked at after every request."""
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(condition)

    def fail(self, method: str, **failure: Any) -> None:
        """The next call (``times`` calls) of ``method`` meets this ``Failure``."""
        self._failures.append(Failure(method.lower(), **failure))

    # The Bot API

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"].lower()
        call = await _read(method, request)
        self.calls.append(call)
        self.num_calls += method != "getupdates"
        try:
            if request.match_info["token"] != self.token:
                raise ApiError(401, "Unauthorized")
            failure = self._next_failure(call)
            if failure is not None and failure.when == "reset":
                return _cut(request)
            if failure is not None and failure.when == "before":
                more = {"retry_after": failure.retry_after} if failure.retry_after else {}
                raise ApiError(failure.code, failure.description, **more)
            handler = getattr(self, f"_api_{method}", None)
            if handler is None:
                raise ApiError(404, "Not Found: method not found")
            result = await handler(call.params, call)
            if self.latency is not None and method != "getupdates":
                await asyncio.sleep(self.latency())
            if failure is not None and failure.when == "lost":
                return _cut(request)
            return web.json_response({"ok": True, "result": result})
        except ApiError as error:
            return web.json_response(error.body(), status=error.code)
        finally:
            await self._wake()

    async def _download(self, request: web.Request) -> web.Response:
        name = request.match_info["path"].removeprefix("documents/")
        if request.match_info["token"] != self.token or name not in self.files:
            return web.Response(status=404, text="Not Found")
        return web.Response(body=self.files[name])

    def _next_failure(self, call: Call) -> Failure | None:
        chat = call.params.get("chat_id")
        for failure in self._failures:
            if failure.method == call.method and failure.chat in (None, chat):
                failure.times -= 1
                if failure.times <= 0:
                    self._failures.remove(failure)
                return failure
        return None


async def _read(method: str, request: web.Request) -> Call:
    call = Call(method, {}, at=time.monotonic())
    text_fields = ("text", "caption", "callback_query_id", "file_id", "action")
    for key, item in request.query.items():
        call.params[key] = item if key in text_fields else value(item)
    if request.content_type == "application/json":
        call.params |= json.loads(await request.text())
    elif request.method == "POST":
        for key, posted in (await request.post()).items():
            if isinstance(posted, web.FileField):
                call.files[key] = posted.file.read()
            elif isinstance(posted, str):
                call.params[key] = posted if key in text_fields else value(posted)
    return call


def _cut(request: web.Request) -> web.Response:
    """Reset the connection; what is returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
