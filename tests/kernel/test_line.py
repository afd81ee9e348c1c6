"""The line before the skills."""

from __future__ import annotations

import asyncio

import pytest

from botframework.line import Line
from botframework.testing import FakeClock


async def test_the_line_is_first_come_first_served() -> None:
    """So many run at a time, the others in the order in which they came."""
    line, order, gate = Line(2, FakeClock()), [], asyncio.Event()

    async def answer(name: str) -> None:
        async with line.place():
            order.append(name)
            await gate.wait()

    tasks = [asyncio.create_task(answer(name)) for name in "abcd"]
    await asyncio.sleep(0)
    assert (order, line.is_full, line.num_waiting) == (["a", "b"], True, 2)
    gate.set()
    await asyncio.gather(*tasks)
    assert (order, line.is_full, line.num_waiting) == (list("abcd"), False, 0)


async def test_who_leaves_the_line_holds_nobody_up() -> None:
    """Cancelled while waiting, or just when the place became free, somebody else gets it."""
    line, gate, entered = Line(1, FakeClock()), asyncio.Event(), []

    async def answer(name: str) -> None:
        async with line.place():
            entered.append(name)
            await gate.wait()

    first, second, third = [asyncio.create_task(answer(name)) for name in "abc"]
    await asyncio.sleep(0)
    gate.set()
    await first
    second.cancel()
    await asyncio.wait([second, third])
    assert third.exception() is None
    assert "c" in entered
    waiting = asyncio.create_task(answer("d"))
    await waiting
    assert not line.is_full


async def test_the_wait_is_estimated_from_the_answers_so_far() -> None:
    """Nothing is promised before an answer was timed; a failed answer is timed as well."""
    clock = FakeClock()
    line = Line(2, clock)
    assert line.seconds(1) is None

    async def failing() -> None:
        async with line.place():
            await clock.advance(10)
            raise ValueError("failed")

    with pytest.raises(ValueError, match="failed"):
        await failing()
    assert line.seconds(1) == 5
    async with line.place():
        await clock.advance(20)
    assert line.seconds(2) == pytest.approx(12)
