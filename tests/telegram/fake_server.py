"""A small, strict Telegram Bot API over loopback HTTP, spoken to by the real client library.

It keeps what Telegram keeps (updates until a higher offset confirms them, messages with growing ids) and refuses what
Telegram refuses, in Telegram's words. Failures are ordered with ``fail``.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from tests.telegram.fake_chats import ANN, BOT, Chat, Chats, found_entities
from tests.telegram.fake_rules import (
    CAPTION_LIMIT,
    TEXT_LIMIT,
    ApiError,
    Json,
    bad,
    formatted,
    keyboard,
    value,
)

TOKEN = "7000000001:AAtest-token_for_the_fake_server_00"
ON_REQUEST = {"message_reaction", "message_reaction_count", "chat_member"}
"""Kinds of update that only a bot that asks for them gets."""
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)


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


@dataclass
class Call:
    """A request as it came."""

    method: str
    params: Json
    files: dict[str, bytes] = field(default_factory=dict)
    at: float = 0.0


class FakeTelegram:
    """The server. ``async with FakeTelegram() as telegram`` listens on a free port; ``telegram.url`` is its address."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.chats = Chats()
        self.calls: list[Call] = []
        self.me = dict(BOT)
        self.webhook = ""
        self.drafts: dict[tuple[int, int], str] = {}
        self.reactions: dict[tuple[int, int], list[Json]] = {}
        self.commands: list[Json] = []
        self.answered_buttons: list[str] = []
        self.files: dict[str, bytes] = {}
        self.deleted: list[tuple[int, int]] = []
        self.posted: list[tuple[int, int]] = []
        """(chat, message id) of everything that the bot ever posted."""
        self.confirmed = 0
        self.per_chat_second: float = 0
        """Messages that one chat takes per second before a 429; 0 for no limit."""
        self.latency: Callable[[], float] | None = None
        """Seconds between what a call did and its answer; getUpdates answers at once."""
        self._sent_at: dict[int, list[float]] = defaultdict(list)
        self._failures: list[Failure] = []
        self._updates: list[Json] = []
        self._next_update = 1000
        self._changed = asyncio.Condition()
        self._poll = 0
        self._runner: web.AppRunner | None = None
        self.url = ""

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

    def file(self, data: bytes, name: str = "note.txt", media_type: str = "text/plain") -> Json:
        """A document that a message can carry."""
        file_id = f"file{len(self.files)}"
        self.files[file_id] = data
        return {
            "file_id": file_id,
            "file_unique_id": f"u{file_id}",
            "file_name": name,
            "mime_type": media_type,
            "file_size": len(data),
        }

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

    async def _api_getme(self, params: Json, call: Call) -> Json:
        return self.me

    async def _api_getupdates(self, params: Json, call: Call) -> list[Json]:
        if self.webhook:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the"
                " webhook first",
            )
        self._poll += 1
        mine = self._poll
        await self._wake()
        offset = int(params.get("offset", 0))
        if offset > 0:
            self._updates = [update for update in self._updates if update["update_id"] >= offset]
            self.confirmed = max(self.confirmed, offset - 1)
        if (allowed := params.get("allowed_updates")) is not None:
            unwanted = ON_REQUEST - set(allowed)
            self._updates = [update for update in self._updates if not unwanted & set(update)]
        deadline = time.monotonic() + min(float(params.get("timeout", 0)), 50.0)
        async with self._changed:
            while not self._updates and self._poll == mine and (left := deadline - time.monotonic()) > 0:
                try:
                    await asyncio.wait_for(self._changed.wait(), left)
                except TimeoutError:
                    break
        if self._poll != mine:
            raise ApiError(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        return self._updates[: int(params.get("limit", 100))]

    async def _api_getwebhookinfo(self, params: Json, call: Call) -> Json:
        return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": len(self._updates)}

    async def _api_deletewebhook(self, params: Json, call: Call) -> bool:
        self.webhook = ""
        if params.get("drop_pending_updates"):
            self._updates.clear()
        return True

    async def _api_sendmessage(self, params: Json, call: Call) -> Json:
        room = self._writable(params)
        text, entities = _message_text(params)
        return self._posted(room, params, text=text, entities=entities)

    async def _api_senddocument(self, params: Json, call: Call) -> Json:
        return self._media(params, call, "document")

    async def _api_sendphoto(self, params: Json, call: Call) -> Json:
        return self._media(params, call, "photo")

    async def _api_editmessagetext(self, params: Json, call: Call) -> Json:
        room, message = self._editable(params)
        if "text" not in message:
            raise bad("there is no text in the message to edit")
        text, entities = _message_text(params)
        markup = keyboard(params.get("reply_markup"))
        if (text, entities, markup) == (message["text"], message.get("entities", []), message.get("reply_markup")):
            raise bad(NOT_MODIFIED)
        self._limit(room)
        return _changed(room, message, text=text, entities=entities, reply_markup=markup)

    async def _api_editmessagereplymarkup(self, params: Json, call: Call) -> Json:
        room, message = self._editable(params)
        markup = keyboard(params.get("reply_markup"))
        if markup == message.get("reply_markup"):
            raise bad(NOT_MODIFIED)
        return _changed(room, message, reply_markup=markup)

    async def _api_editmessagemedia(self, params: Json, call: Call) -> Json:
        room, message = self._editable(params)
        media = params["media"]
        name = str(media["media"]).removeprefix("attach://")
        if name not in call.files:
            raise bad("wrong file identifier/HTTP URL specified")
        kind = str(media["type"])
        caption, entities = _caption_text(media)
        for old in ("text", "entities", "document", "photo"):
            message.pop(old, None)
        content = self._stored(call.files[name], kind)
        return _changed(room, message, caption=caption, caption_entities=entities, **content)

    async def _api_deletemessage(self, params: Json, call: Call) -> bool:
        room = self._room(params)
        message = room.messages.get(int(params["message_id"]))
        if message is None:
            raise bad("message to delete not found")
        if message["from"]["id"] != self.me["id"] and room.kind != "private":
            raise bad("message can't be deleted")
        del room.messages[message["message_id"]]
        self.deleted.append((room.id, message["message_id"]))
        return True

    async def _api_answercallbackquery(self, params: Json, call: Call) -> bool:
        self.answered_buttons.append(str(params["callback_query_id"]))
        return True

    async def _api_sendchataction(self, params: Json, call: Call) -> bool:
        self._writable(params, limited=False)
        if params.get("action") not in ("typing", "upload_document", "upload_photo"):
            raise bad("wrong parameter action in request")
        return True

    async def _api_setmessagereaction(self, params: Json, call: Call) -> bool:
        room = self._writable(params, limited=False)
        if int(params["message_id"]) not in room.messages:
            raise bad("message to react not found")
        self.reactions[room.id, int(params["message_id"])] = params.get("reaction", [])
        return True

    async def _api_sendmessagedraft(self, params: Json, call: Call) -> bool:
        room = self._writable(params, limited=False)
        if room.kind != "private":
            raise bad("PEER_ID_INVALID")
        if int(params["draft_id"]) == 0:
            raise bad("DRAFT_ID_INVALID")
        self.drafts[room.id, int(params["draft_id"])] = _message_text(params)[0]
        return True

    async def _api_setmycommands(self, params: Json, call: Call) -> bool:
        self.commands = params["commands"]
        return True

    async def _api_getfile(self, params: Json, call: Call) -> Json:
        file_id = str(params["file_id"])
        if file_id not in self.files:
            raise bad("invalid file_id")
        size = len(self.files[file_id])
        if size > 20 * 2**20:
            raise bad("file is too big")
        return {
            "file_id": file_id,
            "file_unique_id": f"u{file_id}",
            "file_size": size,
            "file_path": f"documents/{file_id}",
        }

    # Inside

    def _next_failure(self, call: Call) -> Failure | None:
        chat = call.params.get("chat_id")
        for failure in self._failures:
            if failure.method == call.method and failure.chat in (None, chat):
                failure.times -= 1
                if failure.times <= 0:
                    self._failures.remove(failure)
                return failure
        return None

    def _chat(self, chat_id: int) -> Chat:
        room = self.chats.get(chat_id)
        if room is None:
            raise bad("chat not found")
        return room

    def _room(self, params: Json) -> Chat:
        return self._chat(int(params["chat_id"]))

    def _writable(self, params: Json, limited: bool = True) -> Chat:
        room = self._room(params)
        if room.gone:
            raise ApiError(403, f"Forbidden: {room.gone}")
        if room.moved_to:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, text, migrate_to_chat_id=room.moved_to)
        thread = params.get("message_thread_id")
        if thread is not None and not room.forum:
            raise bad("message thread not found")
        if limited:
            self._limit(room)
        return room

    def _limit(self, room: Chat) -> None:
        if self.per_chat_second:
            now = time.monotonic()
            recent = [at for at in self._sent_at[room.id] if now - at < 1.0]
            if len(recent) >= self.per_chat_second:
                raise ApiError(429, "Too Many Requests: retry after 1", retry_after=1)
            self._sent_at[room.id] = [*recent, now]

    def _editable(self, params: Json) -> tuple[Chat, Json]:
        room = self._room(params)
        message = room.messages.get(int(params["message_id"]))
        if message is None:
            raise bad("message to edit not found")
        if message["from"]["id"] != self.me["id"]:
            raise bad("message can't be edited")
        return room, message

    def _posted(self, room: Chat, params: Json, **content: Any) -> Json:
        reply = params.get("reply_parameters")
        reply_to = None
        if reply:
            reply_to = room.messages.get(int(reply["message_id"]))
            if reply_to is None and not reply.get("allow_sending_without_reply"):
                raise bad("message to be replied not found")
        thread = params.get("message_thread_id")
        message = self.chats.add(
            room,
            self.me,
            int(thread) if thread is not None else None,
            reply_to_message={k: v for k, v in reply_to.items() if k != "reply_to_message"} if reply_to else None,
            reply_markup=keyboard(params.get("reply_markup")),
            **content,
        )
        self.posted.append((room.id, message["message_id"]))
        return message

    def _media(self, params: Json, call: Call, kind: str) -> Json:
        room = self._writable(params)
        name = str(params[kind]).removeprefix("attach://")
        if name not in call.files:
            raise bad("wrong file identifier/HTTP URL specified")
        data = call.files[name]
        if kind == "photo" and not data.startswith((b"\x89PNG", b"\xff\xd8")):
            raise bad("IMAGE_PROCESS_FAILED")
        caption, entities = _caption_text(params)
        return self._posted(room, params, caption=caption, caption_entities=entities, **self._stored(data, kind))

    def _stored(self, data: bytes, kind: str) -> Json:
        document = self.file(data)
        return {"photo": [{**document, "width": 1, "height": 1}]} if kind == "photo" else {"document": document}

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def _message_text(params: Json) -> tuple[str, list[Json]]:
    text, entities = formatted(
        str(params.get("text", "")), params.get("entities", []), TEXT_LIMIT, "message is too long"
    )
    if not text:
        raise bad("message text is empty")
    return text, entities


def _caption_text(params: Json) -> tuple[str | None, list[Json]]:
    text, entities = formatted(
        str(params.get("caption", "")), params.get("caption_entities", []), CAPTION_LIMIT, "message caption is too long"
    )
    return text or None, entities


def _changed(room: Chat, message: Json, **content: Any) -> Json:
    changed = {**message, **content, "edit_date": int(time.time())}
    room.messages[message["message_id"]] = {k: v for k, v in changed.items() if v not in (None, [])}
    return room.messages[message["message_id"]]


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
