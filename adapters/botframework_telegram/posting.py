"""Makes Telegram's calls out of parts: text with entities, keyboards, uploads; knows no limits and no queue."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from telegram import (
    Bot,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest

from botframework.errors import ContentRefused
from botframework.types import Address, Buttons, File, Image, Part, Status, Text
from botframework_telegram.buttons import ButtonValues
from botframework_telegram.errors import has_text
from botframework_telegram.format import render
from botframework_telegram.utf16 import cut, units

__all__ = ["Poster", "thread_of"]

T = TypeVar("T")
_log = logging.getLogger(__name__)
_CAPTION_LIMIT = 1024
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_UNCHANGED = "message is not modified"


class Poster:
    """Posts and replaces messages; raises the client library's own errors."""

    def __init__(self, bot: Bot, buttons: ButtonValues) -> None:
        self._bot = bot
        self._buttons = buttons

    async def post(self, chat: int, address: Address, part: Part) -> Message:
        """A new message in ``chat``; in a group it shows what it answers."""
        where: dict[str, Any] = {"message_thread_id": thread_of(address), "reply_parameters": _reply(address)}
        match part:
            case Text() | Buttons() | Status():
                keyboard = self._keyboard(part)
                return await _with_entities(
                    part,
                    lambda text, entities: self._bot.send_message(
                        chat, text, entities=entities, reply_markup=keyboard, link_preview_options=_NO_PREVIEW, **where
                    ),
                )
            case Image():
                text, entities = _caption(part.alt)
                if part.media_type != "image/svg+xml":
                    try:
                        return await self._bot.send_photo(
                            chat, _upload(part), caption=text, caption_entities=entities, **where
                        )
                    except BadRequest as error:
                        if not has_text(error, "photo_", "image_process", "too big", "wrong file"):
                            raise
                        _log.info("a picture goes as a file: %s", error)
                return await self._bot.send_document(
                    chat, _upload(part), caption=text, caption_entities=entities, **where
                )
            case File():
                text, entities = _caption(part.caption)
                return await self._bot.send_document(
                    chat, _upload(part), caption=text, caption_entities=entities, **where
                )

    async def replace(self, chat: int, message_id: int, part: Part) -> None:
        """Another content for a message; the same again is no error."""
        try:
            match part:
                case Text() | Buttons() | Status():
                    keyboard = self._keyboard(part)
                    await _with_entities(
                        part,
                        lambda text, entities: self._bot.edit_message_text(
                            text,
                            chat,
                            message_id,
                            entities=entities,
                            reply_markup=keyboard,
                            link_preview_options=_NO_PREVIEW,
                        ),
                    )
                case Image():
                    text, entities = _caption(part.alt)
                    photo = InputMediaPhoto(_upload(part), text, caption_entities=entities)
                    await self._bot.edit_message_media(photo, chat, message_id)
                case File():
                    text, entities = _caption(part.caption)
                    document = InputMediaDocument(_upload(part), text, caption_entities=entities)
                    await self._bot.edit_message_media(document, chat, message_id)
        except BadRequest as error:
            if not has_text(error, _UNCHANGED):
                raise

    def _keyboard(self, part: Text | Buttons | Status) -> InlineKeyboardMarkup | None:
        return self._buttons.keyboard(part.buttons) if isinstance(part, Buttons) else None


async def _with_entities(part: Text | Buttons | Status, do: Callable[[str, list[MessageEntity]], Awaitable[T]]) -> T:
    """``do`` with the rendered text; without its entities where Telegram refuses them."""
    text, entities = render(part.text if isinstance(part, Status) else part.markdown)
    if not text:
        raise ContentRefused("Telegram takes no message without text")
    try:
        return await do(text, entities)
    except BadRequest as error:
        if not entities or not has_text(error, "entit"):
            raise
        _log.warning("Telegram refused the formatting (%s); sent as plain text", error)
        return await do(text, [])


def _caption(markdown: str) -> tuple[str | None, list[MessageEntity]]:
    text, entities = render(markdown, _CAPTION_LIMIT)
    if units(text) > _CAPTION_LIMIT:
        return cut(text, 0, _CAPTION_LIMIT - 2).rstrip("\ufffd") + "…", []
    return text or None, entities


def _upload(part: File | Image) -> InputFile:
    return InputFile(part.data, filename=part.name, attach=True)


def thread_of(address: Address) -> int | None:
    """The topic that an address stands in."""
    thread = address.conversation.thread
    return int(thread) if thread else None


def _reply(address: Address) -> ReplyParameters | None:
    """In a group an answer shows what it answers; in a private chat that is plain."""
    if address.conversation.kind != "group" or not address.message_id.isdecimal():
        return None
    return ReplyParameters(int(address.message_id), allow_sending_without_reply=True)
