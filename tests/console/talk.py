"""A chat in the terminal with a bot of three lines, for tests that look at the terminal."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from botframework import Event, Status, Text, TurnRecord
from botframework.store import Decision
from botframework_console import ConsoleAdapter, ConsoleSettings


async def main(history: Path) -> None:
    adapter = ConsoleAdapter(ConsoleSettings(history=history))
    answers: dict[str, asyncio.Event] = {}

    async def answer(event: Event) -> None:
        stopped = answers[event.conversation.key] = asyncio.Event()
        if event.text == "endless":
            await adapter.working(event.address, "counting sheep")
            await adapter.preview(event.address, "on and on", "k")
            await stopped.wait()
        elif event.text != "silence":
            await adapter.send(event.address, Status("not shown"), "s")
            await adapter.send(event.address, Text(f"**{event.text}**"), "k")
        decision = Decision("bold", "default")
        await adapter.closed(event, TurnRecord(event.key, "c", event.sender, event.text, "", decision))

    async def accept(event: Event) -> bool:
        if event.text == "/stop":
            answers[event.conversation.key].set()
        else:
            tasks.add(asyncio.create_task(answer(event)))
        return True

    tasks: set[asyncio.Task[None]] = set()
    await adapter.run(accept)


asyncio.run(main(Path(sys.argv[1])))
