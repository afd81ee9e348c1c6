"""A fake Telegram and an adapter that talks to it, as fast as a test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from botframework_telegram import TelegramAdapter, TelegramSettings
from tests.telegram.driver import fast_settings
from tests.telegram.fake_server import FakeTelegram


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


@pytest.fixture
def settings(telegram: FakeTelegram) -> TelegramSettings:
    return fast_settings(telegram.url)


@pytest.fixture
async def adapter(settings: TelegramSettings) -> AsyncIterator[TelegramAdapter]:
    adapter = TelegramAdapter(settings)
    yield adapter
    await adapter.aclose()
