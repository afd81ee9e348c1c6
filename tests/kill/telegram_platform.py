"""Telegram as the kill harness wants a platform: private chats, small groups and supergroups. Knows no bot."""

from __future__ import annotations

import random
from typing import Any

from tests.kill.harness import Platform
from tests.telegram.driver import fast_values
from tests.telegram.fake_server import FakeTelegram

__all__ = ["TelegramPlatform"]


class TelegramPlatform(Platform):
    """``async with TelegramPlatform(seed) as platform``: a fake Telegram that answers a little after it acted.

    Every fourth conversation is a supergroup and every fourth a small group, where the bot is called by its name.
    """

    adapter = "tests.kill.telegram_channel:channel"

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self.telegram = FakeTelegram()
        self.telegram.latency = lambda: self._random.uniform(0, 0.01)

    async def __aenter__(self) -> TelegramPlatform:
        await self.telegram.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.telegram.__aexit__(*exc)

    @property
    def options(self) -> dict[str, Any]:
        return {**fast_values(self.telegram.url), "edit_interval": 0.1}

    @property
    def num_calls(self) -> int:
        return self.telegram.num_calls

    async def say(self, conversation: int, text: str) -> None:
        chat, kind = _chat(conversation)
        sender = {"id": 5000 + conversation, "is_bot": False, "first_name": "P", "language_code": "en"}
        name = "" if kind == "private" else "@house_bot "
        await self.telegram.say(name + text, chat=chat, kind=kind, sender=sender)

    def replies(self, conversation: int) -> list[str]:
        return self.telegram.texts(_chat(conversation)[0])


def _chat(conversation: int) -> tuple[int, str]:
    match conversation % 4:
        case 2:
            return -conversation, "group"
        case 3:
            return -1000000000000 - conversation, "supergroup"
        case _:
            return 5000 + conversation, "private"
