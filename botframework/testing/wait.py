"""Waiting in a test for something that no event announces."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["until"]


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Let the bot run until ``condition()`` is true.

    Raises:
        TimeoutError: it was not within ``seconds`` of real time.
    """
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # a condition of any kind has no event to wait for
            await asyncio.sleep(0.001)
