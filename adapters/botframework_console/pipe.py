"""The console for programs: a line in, an answer out; draws nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

from botframework import Part, TurnRecord
from botframework_console.face import Face, Stop, as_markdown
from botframework_console.settings import ConsoleSettings

__all__ = ["Pipe"]


class Pipe(Face):
    """Every line is a message; an answer is its text and an empty line, or one JSON object.

    Args:
        settings: the channel's settings.
        stdin: read to its end, a line at a time.
        stdout: receives answers and nothing else.
    """

    def __init__(self, settings: ConsoleSettings, stdin: TextIO, stdout: TextIO) -> None:
        self._settings = settings
        self._stdin = stdin
        self._stdout = stdout
        self._parts: dict[str, str] = {}
        self._gone: BrokenPipeError | None = None

    async def read(self) -> str | None:
        """The next line, read by a thread that does not keep the program alive."""
        if self._gone is not None:
            return None
        loop = asyncio.get_running_loop()
        found: asyncio.Future[str] = loop.create_future()

        def read() -> None:
            try:
                line = self._stdin.readline()
            except (OSError, ValueError):  # closed under us
                line = ""
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(lambda: None if found.done() else found.set_result(line))

        threading.Thread(target=read, name="console-stdin", daemon=True).start()
        line = await found
        return line.rstrip("\r\n") if line else None

    @contextlib.contextmanager
    def answering(self, stop: Stop) -> Iterator[None]:
        """Collects parts until the turn is closed."""
        self._parts.clear()
        yield

    async def show(self, message_id: str, part: Part) -> None:
        """Keep a part until the whole answer is there."""
        self._parts[message_id] = as_markdown(part, self._settings.files)

    async def replace(self, message_id: str, part: Part) -> None:
        """Keep the newer version."""
        await self.show(message_id, part)

    def remove(self, message_id: str) -> None:
        """Drop a part."""
        self._parts.pop(message_id, None)

    async def answered(self, turn: TurnRecord) -> None:
        """Print the answer."""
        text = "\n\n".join(part for part in self._parts.values() if part)
        if self._settings.output == "json":
            line = json.dumps(
                {
                    "text": text,
                    "skill": turn.decision.skill,
                    "language": turn.language,
                    "milliseconds": round(turn.took * 1000),
                },
                ensure_ascii=False,
            )
        else:
            line = text.strip("\n") + "\n"
        try:
            print(line, file=self._stdout, flush=True)
        except BrokenPipeError as error:
            self._gone = error  # nobody reads any more: read nothing more either

    async def close(self) -> None:
        """Say on standard error when the reader left early."""
        if self._gone is not None:
            print("the reader of the answers is gone; stopping", file=sys.stderr)
            raise self._gone
