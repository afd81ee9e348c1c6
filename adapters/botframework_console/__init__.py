"""The console channel: talk to the bot in a terminal, or pipe lines into it."""

from __future__ import annotations

from botframework_console.adapter import ConsoleAdapter
from botframework_console.settings import ConsoleSettings

__all__ = ["ConsoleAdapter", "ConsoleSettings"]
