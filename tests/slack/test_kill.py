"""What happens to one event when the process dies between hearing of it and committing it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.slack.fake_server import FakeSlack

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def slow_bot(slack: FakeSlack, path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A bot in a process of its own; killed at the end."""
    roots = (".", "adapters", "skills", "models")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.slack.slow_bot", slack.base_url, str(path)),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in roots)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def told(process: asyncio.subprocess.Process) -> str:
    """The next line that the bot prints."""
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def test_killed_before_the_commit(slack: FakeSlack, tmp_path: Path) -> None:
    """An event that was heard of but not committed was never acknowledged: it comes again, and is committed once."""
    slack.socket.ack_timeout = 60
    path = tmp_path / "committed"
    slack.say("D0ANN", "hello")
    [envelope] = slack.socket.unacknowledged
    async with slow_bot(slack, path) as process:
        assert await told(process) == "asked"
        await slack.socket.round_trip()
        assert envelope.acks == 0
        process.kill()
    async with slow_bot(slack, path) as process:
        assert await told(process) == "asked"
        assert process.stdin is not None
        process.stdin.write(b"go on\n")
        assert await told(process) == "committed"
        await slack.socket.acknowledged()
    assert envelope.attempt == 1
    assert len(path.read_text().split()) == 1
