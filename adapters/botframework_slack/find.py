"""Finds what an interrupted send left in Slack, by the key in the message's metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from botframework import Address, ContentRefused, ConversationGone, File, Image, Part, Receipt
from botframework_slack.errors import translated
from botframework_slack.parse import Identity, message_id, place_of

__all__ = ["EVENT_TYPE", "find_message"]

EVENT_TYPE = "botframework_reply"
_PAGES = 5


async def find_message(
    client: AsyncWebClient, me: Identity, address: Address, part: Part, *, key: str, known: Sequence[Receipt]
) -> Receipt | None:
    """The receipt of ``part`` if it stands in the conversation already, else None.

    Args:
        known: receipts of the conversation; a file that one of them names is another part's.
    """
    taken = {receipt.message_id for receipt in known}
    cursor: str | None = None
    for _ in range(_PAGES):
        try:
            with translated("conversations.history"):
                messages, cursor = await _page(client, address, cursor)
        except (ConversationGone, ContentRefused):
            return None
        for message in messages:
            if message.get("user") != me.user and message.get("bot_id") != me.bot:
                continue
            if isinstance(part, File | Image):
                receipt = _file(message, address, part, key, taken)
            else:
                receipt = _text(message, address, key)
            if receipt is not None:
                return receipt
        if not cursor:
            break
    return None


async def _page(
    client: AsyncWebClient, address: Address, cursor: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    conversation = address.conversation
    _, asked = place_of(address.message_id)
    more: dict[str, Any] = {"include_all_metadata": True, "limit": 100, "cursor": cursor, "oldest": asked or None}
    if conversation.thread:
        answer = await client.conversations_replies(channel=conversation.chat, ts=conversation.thread, **more)
    else:
        answer = await client.conversations_history(channel=conversation.chat, **more)
    messages = answer.get("messages")
    metadata = answer.get("response_metadata")
    following = metadata.get("next_cursor") if isinstance(metadata, dict) else None
    found = [one for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []
    return found, following or None


def _text(message: dict[str, Any], address: Address, key: str) -> Receipt | None:
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT_TYPE:
        return None
    payload = metadata.get("event_payload")
    if not isinstance(payload, dict) or payload.get("key") != key:
        return None
    return Receipt(message_id(address.conversation.chat, str(message.get("ts"))), {"key": key})


def _file(message: dict[str, Any], address: Address, part: File | Image, key: str, taken: set[str]) -> Receipt | None:
    files = message.get("files")
    for file in files if isinstance(files, list) else ():
        if isinstance(file, dict) and file.get("name") == part.name and file.get("size") == len(part.data):
            identifier = str(file.get("id"))
            name = message_id(address.conversation.chat, f"file:{identifier}")
            if name not in taken:
                return Receipt(name, {"key": key, "file": identifier})
    return None
