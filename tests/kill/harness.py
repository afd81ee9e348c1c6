"""Kills a bot again and again while it answers, and judges what people see at the end. Knows no platform.

A channel takes part by describing its pretended platform as a ``Platform`` and calling ``survive`` from a test.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

__all__ = ["Platform", "Report", "answer", "survive"]

ROOT = Path(__file__).parents[2]
ROOTS = (".", "adapters", "skills", "models")


class Platform(ABC):
    """A pretended platform that runs in the test's own process and outlives every bot."""

    adapter: ClassVar[str]
    """What makes the channel in the bot's process: ``module:callable``."""

    @property
    @abstractmethod
    def options(self) -> dict[str, Any]:
        """The callable's keyword arguments, JSON-ready."""

    @property
    @abstractmethod
    def num_calls(self) -> int:
        """How many calls the bot made so far that changed or asked for something; idle polling not counted."""

    @abstractmethod
    async def say(self, conversation: int, text: str) -> None:
        """A person writes to the bot in conversation 0, 1, …; returns without waiting for the bot."""

    @abstractmethod
    def replies(self, conversation: int) -> list[str]:
        """The bot's messages that stand in a conversation now, in the order in which people see them."""


@dataclass(slots=True)
class Report:
    """What was done to the bot."""

    seed: int
    kills: list[str] = field(default_factory=list)


def answer(text: str) -> str:
    """What the bot answers to ``text``."""
    return f"echo: {text}, as you said in words of your own, and that is all there is to it."


async def survive(
    platform: Platform, folder: Path, *, seed: int, events: int = 200, conversations: int = 20, kills: int = 10
) -> Report:
    """Send ``events`` messages into a bot that is killed ``kills`` times; return when all is answered.

    Raises:
        AssertionError: an event was answered not at all, twice, differently or out of order.
    """
    rng = random.Random(seed)
    report = Report(seed)
    said: list[list[str]] = [[] for _ in range(conversations)]
    waiting = [n % conversations for n in range(events)]
    rng.shuffle(waiting)
    shares = [len(waiting) * n // (kills + 1) for n in range(kills + 2)]

    async def people_write(share: list[int]) -> None:
        for conversation in share:
            text = f"message {len(said[conversation])} of {conversation}"
            said[conversation].append(text)
            await platform.say(conversation, text)

    def has_made(calls: int) -> bool:
        return platform.num_calls >= calls or all(
            platform.replies(n) == [answer(text) for text in said[n]] for n in range(conversations)
        )

    async with _Nursery(platform, folder, report) as nursery:
        for n in range(kills):
            await people_write(waiting[shares[n] : shares[n + 1]])
            async with nursery.life() as bot:
                before, more, pause = platform.num_calls, rng.randint(0, 60), rng.uniform(0, 0.03)
                await bot.until(partial(has_made, before + more))
                await asyncio.sleep(pause)
                report.kills.append(f"life {n}: killed after {platform.num_calls - before} calls")
        await people_write(waiting[shares[kills] :])
        async with nursery.life() as bot:
            await bot.until(lambda: _all_done(folder, events))
            await bot.end()
    for n in range(conversations):
        assert platform.replies(n) == [answer(text) for text in said[n]], f"conversation {n}: {report}"
    return report


class _Nursery:
    """The process whose children are the bots."""

    def __init__(self, platform: Platform, folder: Path, report: Report) -> None:
        self.platform = platform
        self._arguments = (str(folder), platform.adapter, json.dumps(platform.options))
        self._path = folder / "bot.log"
        self._report = report

    async def __aenter__(self) -> _Nursery:
        self._log = self._path.open("ab")
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.kill.bot", *self._arguments),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in ROOTS)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._process.communicate(b"")  # an empty input, too, closes it
        self._log.close()

    @asynccontextmanager
    async def life(self) -> AsyncIterator[_Bot]:
        """A running bot; leaving the block kills it, if it is still alive."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        bot = _Bot(await self.told(), asyncio.create_task(self.told()), self)
        try:
            yield bot
        finally:
            if not bot.ended.done():
                os.kill(bot.pid, signal.SIGKILL)
            await bot.ended

    async def told(self) -> int:
        """The next number that the process prints."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, self.story()
        return int(line)

    def story(self) -> str:
        """What was done, and the end of the bots' log."""
        return f"{self._report}\n{self._path.read_text(errors='replace')[-6000:]}"


@dataclass(slots=True)
class _Bot:
    """One life."""

    pid: int
    ended: asyncio.Task[int]
    nursery: _Nursery

    async def until(self, reached: Callable[[], bool], patience: float = 20.0) -> None:
        """Return when ``reached``; until then the bot must live and do something every ``patience`` seconds."""
        loop = asyncio.get_running_loop()
        calls, since = -1, loop.time()
        while not reached():
            if calls != self.nursery.platform.num_calls:
                calls, since = self.nursery.platform.num_calls, loop.time()
            assert not self.ended.done(), f"the bot ended by itself: {self.nursery.story()}"
            assert loop.time() - since < patience, f"it does nothing any more: {self.nursery.story()}"
            await asyncio.sleep(0.005)

    async def end(self) -> None:
        """Stop it in good order."""
        os.kill(self.pid, signal.SIGTERM)
        async with asyncio.timeout(15):
            assert await asyncio.shield(self.ended) == 0, self.nursery.story()


def _all_done(folder: Path, events: int) -> bool:
    with closing(sqlite3.connect(f"file:{folder / 'queue.db'}?mode=ro", uri=True, timeout=5)) as queue:
        states: dict[str, int] = dict(queue.execute("SELECT state, count(*) FROM events GROUP BY state").fetchall())
    assert not states.get("parked"), states
    return states == {"done": events}
