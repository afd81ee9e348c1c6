"""What a skill has produced and the delivery has not yet taken; knows no channel.

The skill runs in a task of its own, so that a slow platform never holds up the model and an answer can be ended at
once whatever the delivery is doing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal, TypeAlias

from botframework.types import Part, Status

__all__ = ["Ending", "Notice", "Piece", "Pieces"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A line for the person that the answer will replace, as "you are third"."""

    text: str


logger = logging.getLogger(__name__)
_PATIENCE = 5.0
"""Seconds that a cancelled skill has to clean up."""
Piece: TypeAlias = "str | Part | Notice"

Ending: TypeAlias = Literal["stopped", "interrupted", "superseded", "timeout", "abandoned"]


class Pieces:
    """A running answer, piece by piece. Ending it closes the skill's generator, and with it the model's stream."""

    def __init__(self, stream: AsyncGenerator[Piece, None]) -> None:
        self._items: list[Piece] = []
        self._something = asyncio.Event()
        self.done = False
        self.error: BaseException | None = None
        self.ending: Ending | None = None
        """Why the answer was ended before its end, if it was."""
        self._task = asyncio.create_task(self._collect(stream))
        self._task.add_done_callback(self._finish)

    async def _collect(self, stream: AsyncGenerator[Piece, None]) -> None:
        try:
            async with aclosing(stream):
                async for piece in stream:
                    if self.ending is not None:
                        return
                    self._items.append(piece)
                    self._something.set()
        except Exception as error:
            if self.ending is not None:
                logger.warning("a skill failed while it was being ended", exc_info=error)
                return
            self.error = error
        self._over()

    @property
    def is_closed(self) -> bool:
        """Whether the skill's generator is closed as well."""
        return self._task.done()

    def _over(self) -> None:
        self.done = True
        self._something.set()

    def _finish(self, task: asyncio.Task[None]) -> None:
        if self.ending is None:
            if task.cancelled():
                self.error = RuntimeError("the skill cancelled itself")
            elif (error := task.exception()) is not None:
                self.error = error
        self._over()

    def show(self, text: str) -> None:
        """Slip in what is being done."""
        if not self.done:
            self._items.append(Status(text))
            self._something.set()

    def poke(self) -> None:
        """Wake the reader although nothing new is there: time has passed."""
        self._something.set()

    def end(self, why: Ending) -> bool:
        """End the answer now, whatever the skill does about it; what it has produced remains.

        Returns:
            False when it was over already.
        """
        if self.done:
            return False
        self.ending = why
        self._task.cancel()
        self._over()
        return True

    async def wait(self) -> None:
        """Return when there is something to take, the answer is over, or somebody poked."""
        await self._something.wait()
        self._something.clear()

    def take(self) -> list[Piece]:
        """Everything produced since the last time, in order."""
        items, self._items = self._items, []
        return items

    async def aclose(self) -> None:
        """End the answer and wait until its generator is closed, but not for long."""
        self.end("abandoned")
        _, open_still = await asyncio.wait([self._task], timeout=_PATIENCE)
        if open_still:
            logger.warning("a skill does not end although it was cancelled")
