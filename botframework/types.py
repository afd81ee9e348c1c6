"""The values that cross a boundary: what a channel brought and what is sent back.

All are frozen, compare by value and travel as JSON (``to_json``/``from_json``, versioned). They know no platform,
no database and no model.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import types
import typing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

__all__ = [
    "Address",
    "Attachment",
    "Button",
    "Buttons",
    "Conversation",
    "Event",
    "EventKind",
    "File",
    "Image",
    "Message",
    "Part",
    "Person",
    "Quote",
    "Receipt",
    "Status",
    "Text",
    "from_json",
    "to_json",
]

VERSION = 1
EventKind: TypeAlias = Literal["message", "edited", "button", "reaction"]


@dataclass(frozen=True, slots=True)
class Person:
    """A user as one channel knows them; ``id`` is unique over all channels, as ``telegram:42``."""

    id: str
    name: str = ""
    language: str | None = None
    """The platform's locale of this person, as ``en`` or ``zh``, where it tells one."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a message stands: channel, chat and, where there is one, thread."""

    channel: str
    chat: str
    thread: str | None = None
    kind: Literal["private", "group"] = "private"

    @property
    def key(self) -> str:
        """One string for this conversation; events with the same key are handled in order."""
        return f"{self.channel}/{self.chat}" + (f"/{self.thread}" if self.thread else "")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message; its bytes are fetched through the adapter when a skill wants them."""

    id: str
    name: str
    media_type: str = "application/octet-stream"
    size: int | None = None
    """Bytes, where the platform tells."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The message that an event replies to."""

    message_id: str
    text: str = ""
    from_bot: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something a channel brought. ``key`` is unique per channel: the same key again is a redelivery."""

    channel: str
    key: str
    conversation: Conversation
    sender: Person
    text: str = ""
    kind: EventKind = "message"
    message_id: str = ""
    """The platform's id of the message: replied to, and for ``edited`` the one that was edited."""
    reply_to: Quote | None = None
    attachments: tuple[Attachment, ...] = ()
    addressed: bool = True
    """False for group talk that is not meant for the bot: kept as context, answered only where a mode is on."""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    extra: dict[str, str] = field(default_factory=dict)
    """What only the adapter needs to deliver the answer, as the Slack team."""

    @property
    def address(self) -> Address:
        """Where the answer to this event goes."""
        return Address(self.conversation, self.message_id, self.sender.id, dict(self.extra))


@dataclass(frozen=True, slots=True)
class Address:
    """Where a part is delivered: the conversation and the message it answers."""

    conversation: Conversation
    message_id: str = ""
    person_id: str = ""
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Text:
    """Markdown (CommonMark with tables and fences); each adapter renders it for its platform."""

    markdown: str


@dataclass(frozen=True, slots=True)
class File:
    """A file to deliver."""

    name: str
    data: bytes
    media_type: str = "application/octet-stream"
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture to deliver."""

    name: str
    data: bytes
    media_type: str = "image/png"
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """One choice; pressing it brings an event of kind ``button`` whose text is ``value``."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Buttons:
    """A line of Markdown with choices under it; numbered text where the channel has no buttons."""

    markdown: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """What is being done, shown while it is done ("reading page 3 of 9"); never part of the answer."""

    text: str


Part: TypeAlias = Text | File | Image | Buttons | Status


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a platform returned for a delivered part: the id by which it can be edited."""

    message_id: str
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a conversation's history."""

    role: Literal["user", "assistant", "system"]
    text: str
    name: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


_TYPES = {
    cls.__name__: cls
    for cls in (
        *(Person, Conversation, Attachment, Quote, Event, Address, Receipt, Message),
        *(Text, File, Image, Button, Buttons, Status),
    )
}


def to_json(value: object) -> str:
    """One of this module's values as a JSON object with its type and the format's version."""
    return json.dumps(
        {"v": VERSION, "type": type(value).__name__, **_plain(value)},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def from_json(text: str) -> Any:
    """The value that ``to_json`` wrote.

    Raises:
        ValueError: it was written by a newer version of the format, or is none of this module's types.
    """
    data = json.loads(text)
    version, name = data.pop("v", None), data.pop("type", None)
    if not isinstance(version, int) or version > VERSION or name not in _TYPES:
        raise ValueError(
            f"cannot read a value of type {name!r}, format {version!r} (this program reads up to {VERSION})"
        )
    return _build(_TYPES[name], data)


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def _build(hint: Any, value: Any) -> Any:
    if isinstance(hint, types.UnionType):
        if value is None:
            return None
        hint = next(option for option in typing.get_args(hint) if option is not types.NoneType)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = _hints(hint)
        return hint(**{name: _build(hints[name], item) for name, item in value.items() if name in hints})
    if typing.get_origin(hint) is tuple:
        return tuple(_build(typing.get_args(hint)[0], item) for item in value)
    if hint is bytes:
        return base64.b64decode(value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    return value
