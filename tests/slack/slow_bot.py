"""A process that takes events from Slack and commits each only when told; made to be killed in between.

``python -m tests.slack.slow_bot BASE_URL FILE`` prints a line when an event asks to be committed, commits it to FILE
(one key per line) when a line comes on its input, and prints another line then.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from botframework import Event
from tests.slack.kill_platform import make_adapter

__all__: list[str] = []


def commit(path: Path, key: str) -> bool:
    """Write a key down for good; False when it stands there already."""
    known = path.read_text().split() if path.exists() else []
    with path.open("a") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    return key not in known


async def main(base_url: str, path: Path) -> None:
    """Take events until killed."""

    async def accept(event: Event) -> bool:
        print("asked", flush=True)
        if not await asyncio.to_thread(sys.stdin.readline):
            os._exit(0)
        new = await asyncio.to_thread(commit, path, event.key)
        print("committed", flush=True)
        return new

    await make_adapter(base_url).run(accept)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
