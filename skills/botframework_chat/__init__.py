"""The chat skill: answers from the conversation, from what is remembered, and with a persona."""

from __future__ import annotations

from botframework_chat.skill import ChatSettings, chat

__all__ = ["ChatSettings", "chat"]
