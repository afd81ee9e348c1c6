"""The promise, on a channel without a platform's quirks: killed at any moment, every event is answered once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kill.harness import survive
from tests.kill.loopback_platform import LoopbackPlatform


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [20260101])
async def test_every_event_is_answered_once_and_in_order(tmp_path: Path, seed: int) -> None:
    """200 events over 20 conversations into a bot that is killed ten times: none lost, none answered twice."""
    async with LoopbackPlatform(seed) as platform:
        report = await survive(platform, tmp_path, seed=seed, events=200, conversations=20, kills=10)
    assert len(report.kills) >= 10
