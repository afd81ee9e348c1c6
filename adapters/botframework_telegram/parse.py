"""Turns Telegram's updates into events; knows no network and sends nothing.

Every function here is total: an update that means nothing to a bot gives a ``Skipped`` with the reason for the log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from telegram import (
    CallbackQuery,
    Chat,
    MaybeInaccessibleMessage,
    Message,
    MessageEntity,
    MessageReactionUpdated,
    ReactionTypeEmoji,
    Update,
    User,
)

from botframework.types import Attachment, Conversation, Event, EventKind, Person, Quote
from botframework_telegram.utf16 import clean, cut, units

__all__ = ["UPDATE_KINDS", "Skipped", "parse"]

CHANNEL = "telegram"
UPDATE_KINDS = ("message", "edited_message", "callback_query", "message_reaction")
"""The kinds of update that the channel asks Telegram for."""

_ANONYMOUS_ADMIN = 1087968824
_CHANNEL_BOT = 136817688


@dataclass(frozen=True, slots=True)
class Skipped:
    """An update that brings no event, and why."""

    reason: str


def parse(
    update: Update,
    me: User,
    button_value: Callable[[str, str], str],
    thread_of: Callable[[int, int], int | None],
) -> Event | Skipped:
    """The event that ``update`` brings.

    Args:
        me: the bot itself, to tell whom a message in a group is for.
        button_value: gives what a button's data and label mean.
        thread_of: gives the topic of a message of the bot's, by chat and message id; a reaction does not tell it.
    """
    key = str(update.update_id)
    if update.message is not None:
        return _message(key, update.message, me, "message")
    if update.edited_message is not None:
        return _message(key, update.edited_message, me, "edited")
    if update.callback_query is not None:
        return _button(key, update.callback_query, button_value)
    if update.message_reaction is not None:
        return _reaction(key, update.message_reaction, thread_of)
    return Skipped("of a kind that a bot does not answer")


def _message(key: str, message: Message, me: User, kind: EventKind) -> Event | Skipped:
    sender = _sender(message)
    if isinstance(sender, Skipped):
        return sender
    if message.chat.type == Chat.CHANNEL:
        return Skipped("a post in a channel")
    attachments = _attachments(message)
    text, entities = _text(message)
    if not text and not attachments:
        return Skipped("a service message or a kind of content without text")
    spoken = _spoken_to(text, entities, me)
    if isinstance(spoken, Skipped):
        return spoken
    text, addressed = spoken
    reply_to = _quote(message, me)
    private = message.chat.type == Chat.PRIVATE
    if not private and not addressed:
        addressed = reply_to is not None and reply_to.from_bot
    return Event(
        channel=CHANNEL,
        key=key,
        conversation=_conversation(message.chat, message.message_thread_id if message.is_topic_message else None),
        sender=sender,
        text=clean(text),
        kind=kind,
        message_id=str(message.message_id),
        reply_to=reply_to,
        attachments=attachments,
        addressed=private or addressed,
        at=(message.edit_date if kind == "edited" else None) or message.date,
        extra=_extra(message.chat),
    )


def _button(key: str, query: CallbackQuery, button_value: Callable[[str, str], str]) -> Event | Skipped:
    message = query.message
    if message is None or query.data is None:
        return Skipped("a button of an inline message or of a game")
    thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Event(
        channel=CHANNEL,
        key=key,
        conversation=_conversation(message.chat, thread),
        sender=_person(query.from_user),
        text=clean(button_value(query.data, _label(message, query.data))),
        kind="button",
        message_id=str(message.message_id),
        at=datetime.now(UTC),
        extra=_extra(message.chat),
    )


def _reaction(
    key: str, reaction: MessageReactionUpdated, thread_of: Callable[[int, int], int | None]
) -> Event | Skipped:
    """The text is the emoji that was added, empty when one was only taken away."""
    if reaction.user is None or reaction.user.is_bot:
        return Skipped("a reaction without a person")
    before = {emoji.emoji for emoji in reaction.old_reaction if isinstance(emoji, ReactionTypeEmoji)}
    added = [emoji.emoji for emoji in reaction.new_reaction if isinstance(emoji, ReactionTypeEmoji)]
    return Event(
        channel=CHANNEL,
        key=key,
        conversation=_conversation(reaction.chat, thread_of(reaction.chat.id, reaction.message_id)),
        sender=_person(reaction.user),
        text=next((emoji for emoji in added if emoji not in before), ""),
        kind="reaction",
        message_id=str(reaction.message_id),
        at=reaction.date,
        extra=_extra(reaction.chat),
    )


def _conversation(chat: Chat, thread: int | None) -> Conversation:
    kind = "private" if chat.type == Chat.PRIVATE else "group"
    return Conversation(
        CHANNEL, str(chat.id), str(thread) if thread else None, "private" if kind == "private" else "group"
    )


def _extra(chat: Chat) -> dict[str, str]:
    return {"forum": "yes"} if chat.is_forum else {}


def _person(user: User) -> Person:
    language = (user.language_code or "").partition("-")[0].lower()
    return Person(f"{CHANNEL}:{user.id}", clean(user.full_name), language or None)


def _sender(message: Message) -> Person | Skipped:
    user, chat = message.from_user, message.sender_chat
    if message.is_automatic_forward:
        return Skipped("a post copied from the linked channel")
    if chat is not None and (user is None or user.id in (_ANONYMOUS_ADMIN, _CHANNEL_BOT)):
        return Person(f"{CHANNEL}:{chat.id}", clean(chat.title or ""))
    if user is None:
        return Skipped("a message without a sender")
    if user.is_bot:
        return Skipped("a message of a bot")
    return _person(user)


def _text(message: Message) -> tuple[str, Sequence[MessageEntity]]:
    if message.text is not None:
        return message.text, message.entities
    if message.caption is not None:
        return message.caption, message.caption_entities
    return (message.sticker.emoji or "" if message.sticker else ""), ()


def _spoken_to(text: str, entities: Sequence[MessageEntity], me: User) -> tuple[str, bool] | Skipped:
    """The text without the bot's name, and whether it names or commands the bot."""
    name = f"@{me.username or ''}".lower()
    found: list[tuple[int, int, str]] = []  # offset, length (UTF-16), what stands there instead
    addressed = False
    for entity in entities:
        word = cut(text, entity.offset, entity.length)
        if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0:
            command, at, target = word.partition("@")
            if at and f"@{target}".lower() != name:
                return Skipped("a command for another bot")
            addressed = True
            found.append((entity.offset, entity.length, command))
        elif (entity.type == MessageEntity.MENTION and word.lower() == name) or (
            entity.type == MessageEntity.TEXT_MENTION and entity.user is not None and entity.user.id == me.id
        ):
            addressed = True
            found.append((entity.offset, entity.length, ""))
    for offset, length, instead in sorted(found, reverse=True):
        before, after = cut(text, 0, offset), cut(text, offset + length, units(text))
        if instead:
            text = before + instead + after
        elif not before.strip():
            text = after.lstrip(" \t,:;-–—，：")
        elif re.match(r"[\s.,:;!?]|$", after):
            text = before.rstrip(" ") + after
        else:
            text = before + after
    return text.strip() if found else text, addressed


def _quote(message: Message, me: User) -> Quote | None:
    quoted = message.quote.text if message.quote is not None else ""
    reply = message.reply_to_message
    if reply is None or reply.forum_topic_created is not None:
        # Every message of a topic "replies" to the topic's creation; only a quote tells of a real reply elsewhere.
        return Quote("", clean(quoted)) if quoted else None
    text = quoted or reply.text or reply.caption or ""
    from_bot = reply.from_user is not None and reply.from_user.id == me.id
    return Quote(str(reply.message_id), clean(text), from_bot)


def _attachments(message: Message) -> tuple[Attachment, ...]:
    found: list[Attachment] = []
    if message.photo:
        photo = max(message.photo, key=lambda size: size.width * size.height)
        found.append(Attachment(photo.file_id, "photo.jpg", "image/jpeg", photo.file_size))
    if message.voice is not None:
        voice = message.voice
        found.append(Attachment(voice.file_id, "voice.ogg", voice.mime_type or "audio/ogg", voice.file_size))
    if message.video_note is not None:
        found.append(Attachment(message.video_note.file_id, "video.mp4", "video/mp4", message.video_note.file_size))
    named = (
        (message.animation, "animation.mp4", "video/mp4"),
        # An animation stands in ``document`` as well.
        (message.document if message.animation is None else None, "document", "application/octet-stream"),
        (message.audio, "audio.mp3", "audio/mpeg"),
        (message.video, "video.mp4", "video/mp4"),
    )
    for media, name, media_type in named:
        if media is not None:
            found.append(
                Attachment(
                    media.file_id, clean(media.file_name or name), media.mime_type or media_type, media.file_size
                )
            )
    return tuple(found)


def _label(message: MaybeInaccessibleMessage, data: str) -> str:
    keyboard = message.reply_markup.inline_keyboard if isinstance(message, Message) and message.reply_markup else ()
    return next((button.text for row in keyboard for button in row if button.callback_data == data), "")
