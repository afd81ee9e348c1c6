"""Every error of the client library means something to the kernel."""

from __future__ import annotations

import inspect

import pytest
from telegram import error as vendor

from botframework import ChannelError, ContentRefused, ConversationGone, RateLimited
from botframework_telegram.errors import KINDS, translate

CLASSES = [cls for _, cls in inspect.getmembers(vendor, inspect.isclass) if issubclass(cls, vendor.TelegramError)]


def test_no_class_of_the_vendor_is_missed() -> None:
    """``telegram.error`` defines no class that has no meaning here."""
    assert set(CLASSES) == set(KINDS)
    assert {cls.__name__ for cls in CLASSES} == set(vendor.__all__)


@pytest.mark.parametrize("cls", CLASSES)
def test_each_becomes_one_of_ours(cls: type[vendor.TelegramError]) -> None:
    """Each class is translated to the kind that the table says, with Telegram's words kept."""
    error: vendor.TelegramError
    if issubclass(cls, vendor.RetryAfter):
        error = cls(7)
    elif issubclass(cls, vendor.ChatMigrated):
        error = cls(-1001)
    else:
        error = cls("the reason")
    translated = translate(error)
    assert type(translated) is KINDS[cls]
    assert isinstance(translated, ChannelError)
    assert ("the reason" in str(translated)) or cls in (vendor.RetryAfter, vendor.ChatMigrated)
    if isinstance(translated, RateLimited):
        assert translated.retry_after == 7


@pytest.mark.parametrize(
    "text", ["Bad Request: chat not found", "Bad Request: not enough rights to send text messages to the chat"]
)
def test_a_chat_that_cannot_be_written_to_is_gone(text: str) -> None:
    """Some bad requests are not about the content."""
    assert isinstance(translate(vendor.BadRequest(text)), ConversationGone)


def test_too_large_an_upload_is_refused_content() -> None:
    """The library calls an HTTP 413 a network error; trying again would not help."""
    assert isinstance(translate(vendor.NetworkError("Request Entity Too Large (413)")), ContentRefused)
