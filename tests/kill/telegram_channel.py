"""The Telegram channel in the process that is killed; imports no more than that, to start fast."""

from __future__ import annotations

from typing import Any

from botframework_telegram import TelegramAdapter, TelegramSettings

__all__ = ["channel"]


def channel(**settings: Any) -> TelegramAdapter:
    """A channel with these settings."""
    return TelegramAdapter(TelegramSettings.model_validate(settings))
