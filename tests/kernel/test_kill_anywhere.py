"""A process that dies at any single step of a reply leaves one whole reply, once the next one has finished it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from botframework import Address, Context, File, Receipt, Text, skill
from botframework.testing import BotTester, FakeChannel, until
from botframework.types import Part


@skill("report", "Text that is split, a file, and a text.")
async def report(ctx: Context, text: str = "") -> AsyncIterator[str | Part]:
    yield "first "
    await asyncio.sleep(0)
    yield "second"
    yield File("report.txt", b"data", "text/plain")
    yield Text("end")


WHOLE = ["first s", "econd", "report.txt", "end"]


class Fuse:
    """Counts the steps of a reply and ends the turn at one of them, before or after it took effect."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.steps = 0
        self.burnt = False
        self.bot: BotTester | None = None

    async def step(self, effect: Callable[[], Awaitable[Any]]) -> Any:
        if self.burnt:
            raise asyncio.CancelledError
        self.steps += 1
        if self.steps == self.at:
            self._die()
        result = await effect()
        self.steps += 1
        if self.steps == self.at:
            self._die()
        return result

    def _die(self) -> None:
        self.burnt = True
        assert self.bot is not None
        for turn in self.bot.manager._turns:
            turn.lose()
        raise asyncio.CancelledError


class Platform(FakeChannel):
    """A channel that survives the bot's deaths."""

    fuse: Fuse

    async def send(self, address: Address, part: Part, key: str) -> Receipt:
        sent: Receipt = await self.fuse.step(lambda: FakeChannel.send(self, address, part, key))
        return sent

    async def edit(self, address: Address, receipt: Receipt, part: Part) -> Receipt:
        edited: Receipt = await self.fuse.step(lambda: FakeChannel.edit(self, address, receipt, part))
        return edited


def wired(bot: BotTester, fuse: Fuse) -> None:
    """Let the outbox burn the fuse as well."""
    fuse.bot = bot
    queue: Any = bot.queue
    for name in ("intend", "deliver", "complete"):
        original = getattr(queue, name)
        setattr(queue, name, lambda *args, original=original: fuse.step(lambda: original(*args)))


@pytest.mark.parametrize("streaming", ["edits", "none"])
async def test_a_kill_at_any_step_leaves_one_whole_reply(streaming: Any, tmp_path: Path) -> None:
    """For every step: killed there, restarted, every part stands exactly once and in order."""
    at = 0
    while True:
        at += 1
        channel, folder = Platform(streaming, limit=7), tmp_path / str(at)
        folder.mkdir()
        channel.fuse = fuse = Fuse(at)
        async with BotTester([report], channel=channel, folder=folder) as bot:
            wired(bot, fuse)
            event = await bot.send("/report")
            await until(lambda bot=bot, fuse=fuse: fuse.burnt or bot.retries or _is_done(bot))  # type: ignore[misc]  # a lambda
            await until(lambda bot=bot: not bot.manager.num_running)  # type: ignore[misc]  # as above
        if not fuse.burnt:
            assert at > 10
            break
        channel.fuse = Fuse(0)
        async with BotTester([report], channel=channel, folder=folder) as bot:
            if (await bot.queue.counts())["done"] == 0:
                await bot.reply(event)
        stands = [shown.text or getattr(shown.part, "name", "") for shown in channel.visible()]
        assert stands == WHOLE, f"killed at step {at}"


def _is_done(bot: BotTester) -> bool:
    return any(future.done() for future in bot._watch.finished.values())
