"""The promise over Slack: killed at any moment, every event is answered once, in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kill.harness import survive
from tests.slack.fake_server import FakeSlack
from tests.slack.kill_platform import SlackPlatform


@pytest.mark.timeout(300)  # ten lives on a busy machine
async def test_every_event_is_answered_once_and_in_order(tmp_path: Path) -> None:
    """200 events over 20 conversations into a bot that is killed ten times: none lost, none answered twice."""
    async with FakeSlack(ack_timeout=1.0) as slack:
        platform = SlackPlatform(slack, conversations=20, seed=20260102)
        report = await survive(platform, tmp_path, seed=20260102, events=200, conversations=20, kills=10)
        assert slack.socket.violations == []
    print(report)
    assert len(report.kills) >= 10
