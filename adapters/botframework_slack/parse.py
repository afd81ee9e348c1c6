"""Reads Slack's payloads into events; pure: knows no connection, and no payload makes it fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from botframework import Attachment, Conversation, Event, Person
from botframework_slack.mrkdwn import mentioned_ids, to_plain

__all__ = ["Identity", "Ignored", "Incoming", "message_id", "place_of", "read", "to_event"]

CHANNEL = "slack"
_SPOKEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""The subtypes of ``message`` that a person said."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is in its workspace."""

    team: str
    user: str
    bot: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a payload says, before names are looked up and before it is known whether the bot is meant."""

    kind: Literal["message", "edited", "button", "reaction"]
    key: str
    chat: str
    user: str
    text: str
    """In Slack's escapes; ``plain`` says when it is not."""
    ts: str = ""
    thread: str = ""
    private: bool = False
    mentioned: bool = False
    addressed: bool = False
    """Certainly meant for the bot, whatever the thread."""
    plain: bool = False
    said_at: str = ""
    """When, as a ``ts``; that of the message where nothing else is known."""
    attachments: tuple[Attachment, ...] = ()
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def people(self) -> list[str]:
        """The user ids whose names the event needs: the sender first."""
        return list(dict.fromkeys([self.user, *(() if self.plain else mentioned_ids(self.text))]))


@dataclass(frozen=True, slots=True)
class Ignored:
    """A payload that brings no event, and why."""

    reason: str


def message_id(chat: str, ts: str) -> str:
    """A message's id over all channels of the workspace; Slack's ``ts`` is unique in one channel only."""
    return f"{chat}:{ts}" if ts else ""


def place_of(identifier: str) -> tuple[str, str]:
    """The channel and the ``ts`` of what ``message_id`` made."""
    chat, _, ts = identifier.partition(":")
    return chat, ts


def read(payload: object, me: Identity, commands: Mapping[str, str]) -> Incoming | Ignored:
    """What an envelope's payload brings.

    Args:
        payload: the JSON of an event callback, a slash command or an interaction.
        me: who the bot is.
        commands: slash commands that are read as something else (``SlackSettings.commands``).
    """
    if not isinstance(payload, dict):
        return Ignored(f"a payload that is {type(payload).__name__}")
    kind = _text(payload, "type")
    if kind == "event_callback":
        event = _dict(payload, "event")
        team = _text(payload, "team_id") or me.team
        match _text(event, "type"):
            case "app_mention":
                return _spoken(event, team, me)
            case "message" if _text(event, "subtype") == "message_changed":
                return _changed(event, team, me)
            case "message" if _text(event, "subtype") in _SPOKEN:
                return _spoken(event, team, me)
            case "message":
                return Ignored(f"message of subtype {_text(event, 'subtype')}")
            case "reaction_added":
                return _reacted(event, team, me)
            case other:
                return Ignored(f"event of type {other!r}")
    if kind == "block_actions":
        return _pressed(payload, me)
    if not kind and _text(payload, "command"):
        return _command(payload, me, commands)
    return Ignored(f"payload of type {kind!r}")


def to_event(incoming: Incoming, me: Identity, people: Mapping[str, Person], *, addressed: bool) -> Event:
    """The event, once names are known and it is decided whether the bot is meant."""
    names = {user: person.name for user, person in people.items()}
    thread = incoming.thread
    if not thread and not incoming.private and addressed and incoming.kind in ("message", "edited"):
        thread = incoming.ts  # a mention in a channel opens a thread
    return Event(
        channel=CHANNEL,
        key=incoming.key,
        conversation=Conversation(CHANNEL, incoming.chat, thread or None, "private" if incoming.private else "group"),
        sender=people.get(incoming.user) or Person(f"{CHANNEL}:{incoming.user}"),
        text=incoming.text if incoming.plain else to_plain(incoming.text, me.user, names),
        kind=incoming.kind,
        message_id=message_id(incoming.chat, incoming.ts),
        attachments=incoming.attachments,
        addressed=addressed,
        at=_when(incoming.said_at or incoming.ts),
        extra=incoming.extra,
    )


def _spoken(event: Mapping[str, Any], team: str, me: Identity) -> Incoming | Ignored:
    user, chat, ts = _text(event, "user"), _text(event, "channel"), _text(event, "ts")
    if not (user and chat and ts):
        return Ignored("a message without user, channel or ts")
    if user in (me.user, "USLACKBOT") or _text(event, "bot_id") or event.get("hidden") is True:
        return Ignored("a bot's message")
    edited = _text(_dict(event, "edited"), "ts")
    thread = _text(event, "thread_ts")
    thread = "" if thread == ts else thread  # the root of a thread stands at the top level
    mentioned = _text(event, "type") == "app_mention" or f"<@{me.user}" in _text(event, "text")
    private = _is_private(event, chat)
    return Incoming(
        kind="edited" if edited else "message",
        key=f"{team}:{chat}:{ts}" + (f":{edited}" if edited else ""),
        chat=chat,
        user=user,
        text=_text(event, "text"),
        ts=ts,
        thread=thread,
        private=private,
        mentioned=mentioned,
        said_at=edited,
        addressed=private or mentioned or _text(event, "parent_user_id") == me.user,
        attachments=_attachments(event),
        extra={"team": team},
    )


def _changed(event: Mapping[str, Any], team: str, me: Identity) -> Incoming | Ignored:
    message, before = _dict(event, "message"), _dict(event, "previous_message")
    if not _text(_dict(message, "edited"), "ts"):
        return Ignored("message_changed by Slack itself")
    if _text(message, "subtype") not in _SPOKEN or _text(message, "text") == _text(before, "text"):
        return Ignored("message_changed without a new text")
    return _spoken(
        {**message, "channel": _text(event, "channel"), "channel_type": _text(event, "channel_type")}, team, me
    )


def _command(payload: Mapping[str, Any], me: Identity, commands: Mapping[str, str]) -> Incoming | Ignored:
    user, chat, command = _text(payload, "user_id"), _text(payload, "channel_id"), _text(payload, "command")
    if not (user and chat):
        return Ignored("a slash command without user or channel")
    team = _text(payload, "team_id") or me.team
    said = f"{commands.get(command, command)} {_text(payload, 'text')}".strip()
    return Incoming(
        kind="message",
        key=f"{team}:{chat}:command:{_text(payload, 'trigger_id')}",
        chat=chat,
        user=user,
        text=said,
        private=chat.startswith("D"),
        addressed=True,
        extra={"team": team, "command": command},
    )


def _pressed(payload: Mapping[str, Any], me: Identity) -> Incoming | Ignored:
    actions = payload.get("actions")
    action = next((one for one in actions if isinstance(one, dict)), None) if isinstance(actions, list) else None
    if action is None or _text(action, "type") != "button":
        return Ignored("an interaction that is no button")
    container, message = _dict(payload, "container"), _dict(payload, "message")
    user = _text(_dict(payload, "user"), "id")
    chat = _text(container, "channel_id") or _text(_dict(payload, "channel"), "id")
    ts = _text(container, "message_ts") or _text(message, "ts")
    if not (user and chat and ts):
        return Ignored("a button without user, channel or message")
    team = _text(_dict(payload, "team"), "id") or me.team
    return Incoming(
        kind="button",
        key=f"{team}:{chat}:{ts}:{_text(action, 'action_id')}:{user}:{_text(action, 'action_ts')}",
        chat=chat,
        user=user,
        text=_text(action, "value"),
        ts=ts,
        thread=_text(container, "thread_ts") or _text(message, "thread_ts"),
        private=chat.startswith("D"),
        addressed=True,
        plain=True,
        said_at=_text(action, "action_ts"),
        extra={"team": team},
    )


def _reacted(event: Mapping[str, Any], team: str, me: Identity) -> Incoming | Ignored:
    item, user = _dict(event, "item"), _text(event, "user")
    chat, ts = _text(item, "channel"), _text(item, "ts")
    if _text(item, "type") != "message" or _text(event, "item_user") != me.user or not (user and chat and ts):
        return Ignored("a reaction to something else than an answer")
    name = _text(event, "reaction").partition("::")[0]  # without the skin tone
    said_at = _text(event, "event_ts")
    return Incoming(
        kind="reaction",
        key=f"{team}:{chat}:{ts}:reaction:{name}:{user}:{said_at}",
        chat=chat,
        user=user,
        text={"heart": "❤️"}.get(name, name),
        ts=ts,
        private=chat.startswith("D"),
        addressed=True,
        plain=True,
        said_at=said_at,
        extra={"team": team},
    )


def _attachments(event: Mapping[str, Any]) -> tuple[Attachment, ...]:
    files = event.get("files")
    found = []
    for file in files if isinstance(files, list) else ():
        if isinstance(file, dict) and _text(file, "id") and _text(file, "mode") not in ("tombstone", "hidden_by_limit"):
            size = file.get("size")
            found.append(
                Attachment(
                    id=_text(file, "id"),
                    name=_text(file, "name") or _text(file, "title") or _text(file, "id"),
                    media_type=_text(file, "mimetype") or "application/octet-stream",
                    size=size if isinstance(size, int) and not isinstance(size, bool) else None,
                )
            )
    return tuple(found)


def _is_private(event: Mapping[str, Any], chat: str) -> bool:
    return _text(event, "channel_type") == "im" or chat.startswith("D")


def _when(ts: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC)


def _text(mapping: Mapping[str, Any], name: str) -> str:
    value = mapping.get(name)
    return value if isinstance(value, str) else ""


def _dict(mapping: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = mapping.get(name)
    return value if isinstance(value, dict) else {}
