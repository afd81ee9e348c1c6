"""The state of a pretended Slack workspace: people, channels, messages, files. Knows no HTTP."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

__all__ = ["APP_TOKEN", "BOT_TOKEN", "Channel", "Refused", "Shown", "Workspace"]

BOT_TOKEN = "xoxb-fake-bot"
APP_TOKEN = "xapp-fake-app"


class Refused(Exception):
    """The platform says no: ``code`` is its name of the error."""

    def __init__(self, code: str, *messages: str, status: int = 200, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.body: dict[str, Any] = {"ok": False, "error": code, **more}
        if messages:
            self.body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in messages]}


@dataclass(slots=True)
class Channel:
    """A place to talk: ``kind`` is Slack's channel type (channel, group, mpim, im)."""

    id: str
    kind: str
    bot_is_member: bool = True
    archived: bool = False
    messages: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as a person sees it."""

    ts: str
    user: str
    text: str
    thread: str | None
    edits: int
    buttons: tuple[tuple[str, str, str], ...] = ()
    """action id, label, value"""
    files: tuple[str, ...] = ()


class Workspace:
    """One team with one app installed. Everything in it is made by the tests or through the Web API."""

    team = "T0FAKE"
    app = "A0FAKE"
    bot_user = "U0BOT"
    bot_id = "B0BOT"

    def __init__(self) -> None:
        self.scopes = (
            "app_mentions:read,channels:history,chat:write,commands,files:read,files:write,"
            "groups:history,im:history,im:write,mpim:history,reactions:read,users:read"
        )
        self.users: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.statuses: list[tuple[str, str, str]] = []
        self._tick = itertools.count(int(time.time() * 1_000_000))
        self._ids = itertools.count(1)
        self.add_user("U0ANN", "Ann", "en-US")
        self.add_user("U0BOB", "Bob", "zh-CN")
        self.add_user(self.bot_user, "robo", "en-US")
        self.add_channel("C0GEN", "channel")
        self.add_channel("D0ANN", "im")

    def add_user(self, user: str, name: str, locale: str) -> None:
        self.users[user] = {
            "id": user,
            "team_id": self.team,
            "name": name.lower(),
            "real_name": name,
            "locale": locale,
            "profile": {"display_name": name, "real_name": name},
        }

    def add_channel(self, channel: str, kind: str) -> Channel:
        self.channels[channel] = Channel(channel, kind)
        return self.channels[channel]

    def next_ts(self) -> str:
        """Unique and growing, as Slack's are within a channel."""
        tick = next(self._tick)
        return f"{tick // 1_000_000}.{tick % 1_000_000:06d}"

    def next_id(self, prefix: str) -> str:
        return f"{prefix}{next(self._ids):06d}"

    def channel(self, channel: Any, *, writing: bool = False) -> Channel:
        """The channel that a call names, refused as the platform refuses it."""
        if not isinstance(channel, str) or channel not in self.channels:
            raise Refused("channel_not_found")
        found = self.channels[channel]
        if not found.bot_is_member:
            raise Refused("not_in_channel")
        if writing and found.archived:
            raise Refused("is_archived")
        return found

    def message(self, channel: Channel, ts: Any) -> dict[str, Any]:
        for message in channel.messages:
            if message["ts"] == ts:
                return message
        raise Refused("message_not_found")

    def root(self, channel: Channel, thread_ts: Any) -> dict[str, Any]:
        """The message that roots a thread."""
        for message in channel.messages:
            if message["ts"] == thread_ts and message.get("thread_ts", thread_ts) == thread_ts:
                return message
        raise Refused("thread_not_found")

    def post(self, channel: Channel, message: dict[str, Any]) -> dict[str, Any]:
        """Append a message; a reply also marks its root."""
        message = {"type": "message", "ts": self.next_ts(), "team": self.team, **message}
        if thread := message.get("thread_ts"):
            root = self.root(channel, thread)
            root["thread_ts"] = thread
            root["reply_count"] = root.get("reply_count", 0) + 1
            root.setdefault("reply_users", [])
            if message["user"] not in root["reply_users"]:
                root["reply_users"].append(message["user"])
            message.setdefault("parent_user_id", root["user"])
        channel.messages.append(message)
        return message

    def add_file(self, name: str, data: bytes, media_type: str, url: str) -> dict[str, Any]:
        identifier = self.next_id("F")
        self.contents[identifier] = data
        self.files[identifier] = {
            "id": identifier,
            "name": name,
            "title": name,
            "mimetype": media_type,
            "size": len(data),
            "mode": "hosted",
            "url_private": f"{url}/files-pri/{identifier}/{name}",
            "url_private_download": f"{url}/files-pri/{identifier}/download/{name}",
        }
        return self.files[identifier]

    def shown(self, channel: str, thread: str | None = None, *, bot_only: bool = True) -> list[Shown]:
        """What stands in a channel's top level, or in one of its threads (without the root)."""
        return [
            _shown(message)
            for message in self.channels[channel].messages
            if (message["user"] == self.bot_user or not bot_only)
            and (message.get("thread_ts") == thread if thread else message.get("thread_ts") in (None, message["ts"]))
            and not (thread and message["ts"] == thread)
        ]


def _shown(message: dict[str, Any]) -> Shown:
    texts, buttons = [], []
    for block in message.get("blocks") or []:
        if block["type"] == "markdown":
            texts.append(block["text"])
        elif block["type"] == "section":
            texts.append(block["text"]["text"])
        elif block["type"] == "actions":
            buttons += [(e["action_id"], e["text"]["text"], e.get("value", "")) for e in block["elements"]]
    return Shown(
        ts=message["ts"],
        user=message["user"],
        text="".join(texts) if texts else message.get("text", ""),
        thread=message.get("thread_ts"),
        edits=message.get("edits", 0),
        buttons=tuple(buttons),
        files=tuple(file["name"] for file in message.get("files", ())),
    )
