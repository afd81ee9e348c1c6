"""Translates Telegram's errors into the project's; knows no message and no chat."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from telegram import error as vendor

from botframework.errors import ChannelError, ChannelUnavailable, ContentRefused, ConversationGone, RateLimited

__all__ = ["KINDS", "has_text", "retry_after", "translate", "translated"]

KINDS: dict[type[vendor.TelegramError], type[ChannelError]] = {
    vendor.TelegramError: ChannelUnavailable,
    vendor.NetworkError: ChannelUnavailable,
    vendor.TimedOut: ChannelUnavailable,
    vendor.Conflict: ChannelUnavailable,
    vendor.InvalidToken: ChannelUnavailable,  # the answer waits in the queue until the token is mended
    vendor.ChatMigrated: ConversationGone,
    vendor.Forbidden: ConversationGone,
    vendor.BadRequest: ContentRefused,
    vendor.EndPointNotFound: ContentRefused,
    vendor.PassportDecryptionError: ContentRefused,
    vendor.RetryAfter: RateLimited,
}
"""What each of the vendor's classes means for a caller."""

_GONE = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "group chat was deactivated",
    "peer_id_invalid",
    "chat_write_forbidden",
    "need administrator rights",
    "have no rights",
    "not enough rights",
    "message thread not found",
    "topic_closed",
    "topic_deleted",
)


def has_text(error: vendor.TelegramError, *texts: str) -> bool:
    """Whether Telegram's description holds one of ``texts``, in any case."""
    message = error.message.lower()
    return any(text in message for text in texts)


def retry_after(error: vendor.RetryAfter) -> float:
    """The seconds that Telegram asked us to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def translate(error: vendor.TelegramError) -> ChannelError:
    """The project's error for one of Telegram's."""
    if isinstance(error, vendor.RetryAfter):
        wait = retry_after(error)
        return RateLimited(f"Telegram asks for a pause of {wait:g} s", wait)
    if isinstance(error, vendor.BadRequest) and has_text(error, *_GONE):
        return ConversationGone(f"Telegram: {error.message}")
    if "(413)" in error.message or has_text(error, "request entity too large"):
        return ContentRefused(f"Telegram: {error.message}")
    kind = next(KINDS[cls] for cls in type(error).__mro__ if cls in KINDS)
    return kind(f"Telegram: {error.message}")


@contextmanager
def translated() -> Iterator[None]:
    """Raises the project's errors in place of Telegram's."""
    try:
        yield
    except vendor.TelegramError as error:
        raise translate(error) from error
