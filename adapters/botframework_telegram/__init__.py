"""The Telegram channel: a bot's private chats, groups and topics over the Bot API."""

from __future__ import annotations

from botframework_telegram.adapter import TelegramAdapter
from botframework_telegram.settings import TelegramSettings

__all__ = ["TelegramAdapter", "TelegramSettings"]
