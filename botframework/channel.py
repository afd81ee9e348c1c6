"""Keeps one channel alive, and tells how it is. Knows the adapter, and nothing of what becomes of its events.

A channel that fails is started again after a pause and shown as not ready meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass

from botframework.adapter import Accept, Adapter
from botframework.errors import ChannelError
from botframework.store import TurnRecord
from botframework.telemetry import Telemetry
from botframework.types import Event

__all__ = ["Channel"]

logger = logging.getLogger(__name__)
_LONGEST_PAUSE = 60.0
_SETTLED = 60.0
"""Seconds after which a channel that ran counts as well again."""


@dataclass(slots=True, eq=False)
class Channel:
    """One adapter and how it is."""

    name: str
    adapter: Adapter
    problem: str = "not started yet"
    """Why it is not ready; empty while it runs."""
    failures: int = 0

    async def run(self, accept: Accept) -> None:
        """Bring events until the adapter ends or fails."""
        self.problem = ""
        await self.adapter.run(accept)

    async def keep_alive(self, accept: Accept, telemetry: Telemetry, pause: float) -> None:
        """Run until cancelled: whenever the adapter ends or fails, it is started again.

        Args:
            telemetry: counts the starts.
            pause: seconds before the first new start; doubled each time, up to a minute.
        """
        shortest = pause
        while True:
            started = time.monotonic()
            try:
                await self.run(accept)
                self.problem = "ended by itself"
                logger.error("channel %s ended by itself; starting it again in %.0f s", self.name, pause)
            except Exception as error:
                self.problem = f"failed: {error or type(error).__name__}"
                logger.exception("channel %s failed; starting it again in %.0f s", self.name, pause)
            self.failures += 1
            telemetry.restarts.labels(self.name).inc()
            if time.monotonic() - started > _SETTLED:
                pause = shortest
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def tell_to_wait(self, event: Event) -> None:
        """Say that the answer takes a moment longer; only a courtesy."""
        with contextlib.suppress(ChannelError):
            await self.adapter.working(event.address, "loading the model…")

    async def announce(self, event: Event, record: TurnRecord) -> None:
        """Tell the adapter that the turn of its event is closed."""
        try:
            await self.adapter.closed(event, record)
        except Exception:
            logger.exception("channel %s could not note the end of a turn", self.name)

    async def aclose(self) -> None:
        """Let go of the platform."""
        try:
            await self.adapter.aclose()
        except Exception:
            logger.exception("a channel could not be closed in good order")
