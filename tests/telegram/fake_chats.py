"""Chats of the fake Telegram: people, messages and their ids; knows no HTTP."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from tests.telegram.fake_rules import utf16

Json = dict[str, Any]

BOT: Json = {
    "id": 7000000001,
    "is_bot": True,
    "first_name": "Bot",
    "username": "house_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}
ANN: Json = {"id": 42, "is_bot": False, "first_name": "Ann", "username": "ann", "language_code": "en"}
BOB: Json = {"id": 43, "is_bot": False, "first_name": "Bob", "last_name": "B", "language_code": "zh-hans"}


@dataclass
class Chat:
    """One chat as everybody in it sees it."""

    id: int
    kind: str
    title: str = ""
    forum: bool = False
    messages: dict[int, Json] = field(default_factory=dict)
    gone: str = ""
    """Why the bot can no longer write here."""
    moved_to: int = 0
    """The supergroup that this group became."""

    def info(self) -> Json:
        info: Json = {"id": self.id, "type": self.kind}
        if self.kind == "private":
            info["first_name"] = self.title or "Ann"
        else:
            info["title"] = self.title or "Group"
        if self.forum:
            info["is_forum"] = True
        return info


class Chats:
    """All chats. Message ids grow per supergroup, and over all other chats together."""

    def __init__(self) -> None:
        self._chats: dict[int, Chat] = {}
        self._last_id: dict[int, int] = {}

    def open(self, chat_id: int, kind: str = "private", title: str = "", forum: bool = False) -> Chat:
        return self._chats.setdefault(chat_id, Chat(chat_id, kind, title, forum))

    def get(self, chat_id: int) -> Chat | None:
        return self._chats.get(chat_id)

    def next_id(self, chat: Chat) -> int:
        box = chat.id if chat.kind == "supergroup" else 0
        self._last_id[box] = self._last_id.get(box, 0) + 1
        return self._last_id[box]

    def add(self, chat: Chat, sender: Json, thread: int | None = None, **content: Any) -> Json:
        message: Json = {
            "message_id": self.next_id(chat),
            "date": int(time.time()),
            "chat": chat.info(),
            "from": sender,
            **{key: item for key, item in content.items() if item not in (None, [])},
        }
        if thread is not None:
            message |= {"message_thread_id": thread, "is_topic_message": True}
        chat.messages[message["message_id"]] = message
        return message


def found_entities(text: str) -> list[Json]:
    """Commands and mentions, as Telegram marks them by itself."""
    entities = []
    for kind, pattern in (
        ("bot_command", r"(?<!\S)/[A-Za-z0-9_]+(?:@[A-Za-z0-9_]+)?"),
        ("mention", r"(?<!\w)@\w{5,32}"),
    ):
        for match in re.finditer(pattern, text):
            if kind == "mention" and text[: match.start()].endswith("/"):
                continue
            entities.append({"type": kind, "offset": utf16(text[: match.start()]), "length": utf16(match.group())})
    return sorted(entities, key=lambda entity: int(entity["offset"]))
