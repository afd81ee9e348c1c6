"""The console as a channel; knows how a turn is begun and awaited, not how a terminal is drawn.

One person, one conversation, one question at a time: a line becomes an event, and the next is read when its turn is
closed. ``terminal.Terminal`` draws for a person, ``pipe.Pipe`` writes for a program.
"""

from __future__ import annotations

import asyncio
import itertools
import mimetypes
import re
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, TextIO

from pydantic import BaseModel

from botframework import (
    Accept,
    Adapter,
    Address,
    Attachment,
    Capabilities,
    Check,
    ContentRefused,
    Conversation,
    Event,
    Part,
    Person,
    Receipt,
    TurnRecord,
)
from botframework_console.face import Face
from botframework_console.settings import ConsoleSettings

__all__ = ["ConsoleAdapter"]

MOST_BYTES = 50_000_000
_ATTACHED = re.compile(r"(?<!\S)@(\"[^\"]+\"|\S+)")


class ConsoleAdapter(Adapter):
    """Talks to the person at this terminal, or to the program at the other end of the pipe.

    Args:
        settings: the channel's settings.
        stdin: where lines come from.
        stdout: where answers go.
    """

    name: ClassVar[str] = "console"
    Settings: ClassVar[type[BaseModel]] = ConsoleSettings

    def __init__(self, settings: ConsoleSettings, *, stdin: TextIO | None = None, stdout: TextIO | None = None) -> None:
        self.settings = settings
        stdin, stdout = stdin or sys.stdin, stdout or sys.stdout
        self.interactive = stdin.isatty() and stdout.isatty() and settings.output == "text"
        self._face = _face(settings, stdin, stdout, self.interactive)
        self.capabilities = Capabilities(
            streaming="preview" if self.interactive else "none", edit_interval=0.1, files=True
        )
        # What comes through a pipe stands for itself: an earlier run's talk must not colour its answers.
        chat = settings.conversation if self.interactive else f"pipe-{uuid.uuid4().hex[:12]}"
        self._conversation = Conversation(self.name, chat)
        self._person = Person(f"{self.name}:{settings.user}", settings.user)
        self._waiting: dict[str, asyncio.Future[TurnRecord]] = {}
        self._numbers = itertools.count(1)
        self._run = uuid.uuid4().hex[:12]

    async def run(self, accept: Accept) -> None:
        """Ask until the person leaves or the input ends; returns then."""
        await self._face.open()
        try:
            while (text := await self._face.read()) is not None:
                self.last_contact = time.time()
                if text.strip():
                    await self._ask(accept, text)
        finally:
            await self._face.close()

    async def send(self, address: Address, part: Part, key: str) -> Receipt:
        """Show one part."""
        receipt = Receipt(f"{self._run}-{next(self._numbers)}")
        if address.conversation == self._conversation:
            await self._face.show(receipt.message_id, part)
        return receipt

    async def edit(self, address: Address, receipt: Receipt, part: Part) -> Receipt:
        """Show the new version of a part."""
        if address.conversation == self._conversation:
            await self._face.replace(receipt.message_id, part)
        return receipt

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """Take a part back; a terminal's scrolled lines stay."""
        self._face.remove(receipt.message_id)

    async def find(self, address: Address, part: Part, key: str, known: Sequence[Receipt]) -> Receipt | None:
        """Nothing is found: what an earlier process printed is gone."""
        return None

    async def preview(self, address: Address, text: str, key: str) -> None:
        """Draw the unfinished answer."""
        if address.conversation == self._conversation:
            self._face.preview(text)

    async def working(self, address: Address, text: str) -> None:
        """Show what is being done."""
        if address.conversation == self._conversation:
            self._face.working(text)

    async def closed(self, event: Event, turn: TurnRecord) -> None:
        """Let the next question be asked."""
        waiting = self._waiting.pop(event.key, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(turn)

    async def fetch(self, attachment: Attachment) -> bytes:
        """Read the file that was named with ``@path``."""
        if (attachment.size or 0) > MOST_BYTES:
            raise ContentRefused(f"{attachment.name} is larger than {MOST_BYTES // 1_000_000} MB")
        try:
            return await asyncio.to_thread(Path(attachment.id).read_bytes)
        except OSError as error:
            raise ContentRefused(f"{attachment.name} cannot be read: {error.strerror}") from error

    async def check(self) -> list[Check]:
        """Whether this is a terminal."""
        kind = "a terminal: answers are drawn as they are written" if self.interactive else "a pipe: plain answers"
        return [Check("console", True, kind)]

    async def _ask(self, accept: Accept, text: str) -> None:
        event = self._event(text)
        waiting = self._waiting[event.key] = asyncio.get_running_loop().create_future()

        async def stop() -> None:
            await accept(self._event("/stop"))

        with self._face.answering(stop):
            await accept(event)
            turn = await waiting
        await self._face.answered(turn)

    def _event(self, text: str) -> Event:
        number = next(self._numbers)
        text, attachments = attached(text)
        return Event(
            channel=self.name,
            key=f"{self._run}-{number}",
            conversation=self._conversation,
            sender=self._person,
            text=text,
            message_id=f"{self._run}-{number}",
            attachments=attachments,
        )


def attached(text: str) -> tuple[str, tuple[Attachment, ...]]:
    """Take each ``@path`` of an existing file out of a message, as its attachment."""
    found: list[Attachment] = []

    def take(match: re.Match[str]) -> str:
        path = Path(match[1].strip('"')).expanduser()
        try:
            if not path.is_file():
                return match[0]
            size = path.stat().st_size
        except (OSError, ValueError):  # too long for a name, or a NUL in it
            return match[0]
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        found.append(Attachment(str(path.resolve()), path.name, kind, size))
        return ""

    rest = _ATTACHED.sub(take, text)
    return (rest.strip() if found else text), tuple(found)


def _face(settings: ConsoleSettings, stdin: TextIO, stdout: TextIO, interactive: bool) -> Face:
    if interactive:
        from botframework_console.terminal import Terminal

        return Terminal(settings, stdout)
    from botframework_console.pipe import Pipe

    return Pipe(settings, stdin, stdout)
