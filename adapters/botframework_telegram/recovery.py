"""Finds the message that an interrupted send left in a chat; knows no queue.

Telegram takes no key with a message and lets a bot read no history, so whether a send that was cut off by a crash
arrived can only be found out by asking for message ids. What helps:

- ids grow: within a supergroup per chat, for private chats and small groups over all of a bot's chats together. The
  lost message is therefore newer than the event and than every receipt of the conversation;
- a conversation has one send in flight, so the bot's newest message there that is in no receipt is the lost one;
- ``editMessageReplyMarkup`` without a keyboard changes nothing on a message that has none and still tells whose it
  is: "message is not modified" for the bot's own, "message to edit not found" for another chat's or none, "message
  can't be edited" for a person's.

Limits: at most ``probes`` ids are asked for, from the lower end; a message beyond them is not found and the part is
sent again. Where a chat has topics, other topics' answers cannot be told apart from this one, so nothing is asked
for there and the part is sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection

from telegram.error import BadRequest

from botframework_telegram.errors import has_text

__all__ = ["newest_own"]

Probe = Callable[[int], Awaitable[object]]
_AT_ONCE = 10


async def newest_own(ids: Collection[int], probe: Probe) -> int | None:
    """The newest of ``ids`` that is a message of the bot, or None.

    Args:
        ids: candidates in this chat.
        probe: asks Telegram for one id by an edit that changes nothing.

    Raises:
        TelegramError: Telegram could not be asked; the answer is not known.
    """
    ordered = sorted(ids)
    found: int | None = None
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        for candidate, own in zip(some, await asyncio.gather(*(_is_own(probe, id_) for id_ in some)), strict=True):
            if own:
                found = candidate
    return found


async def _is_own(probe: Probe, message_id: int) -> bool:
    try:
        await probe(message_id)
    except BadRequest as error:
        return has_text(error, "message is not modified")
    return True
