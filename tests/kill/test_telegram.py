"""The promise, on Telegram: killed at any moment, every event is answered once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.kill.harness import survive
from tests.kill.telegram_platform import TelegramPlatform


@pytest.mark.timeout(900)
async def test_every_event_is_answered_once_and_in_order(tmp_path: Path) -> None:
    """200 events over 20 chats into a bot that is killed ten times: none lost, none answered twice, in order."""
    async with TelegramPlatform(seed=7) as platform:
        report = await survive(platform, tmp_path, seed=7, events=200, conversations=20, kills=10)
        assert len(report.kills) >= 10
        assert not platform.telegram.deleted
        assert Counter(platform.telegram.posted).most_common(1)[0][1] == 1
        assert len(platform.telegram.posted) == 200
