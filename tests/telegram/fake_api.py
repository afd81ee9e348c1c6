"""The methods of the fake Bot API: what each does, and refuses as Telegram does; knows no HTTP."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.telegram.fake_chats import BOT, Chat, Chats
from tests.telegram.fake_rules import CAPTION_LIMIT, TEXT_LIMIT, ApiError, Json, bad, formatted, keyboard

TOKEN = "7000000001:AAtest-token_for_the_fake_server_00"
ON_REQUEST = {"message_reaction", "message_reaction_count", "chat_member"}
"""Kinds of update that only a bot that asks for them gets."""
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)


@dataclass
class Call:
    """A request as it came."""

    method: str
    params: Json
    files: dict[str, bytes] = field(default_factory=dict)
    at: float = 0.0


class FakeApi:
    """The state of a pretended Telegram and the methods that a bot calls on it."""

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
        self._sent_at: dict[int, list[float]] = defaultdict(list)
        self._updates: list[Json] = []
        self._next_update = 1000
        self._changed = asyncio.Condition()
        self._poll = 0

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
