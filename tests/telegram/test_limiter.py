"""The limits of Telegram, on a clock of the test's own."""

from __future__ import annotations

import pytest

from botframework import RateLimited
from botframework_telegram.limiter import Limiter


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limiter(clock: Clock, **limits: float) -> Limiter:
    return Limiter(now=clock.now, sleep=clock.sleep, **limits)


async def test_one_message_a_second_in_a_chat(clock: Clock) -> None:
    """After a burst of three, a chat gets one message each second."""
    limits = limiter(clock)
    times = []
    for _ in range(6):
        await limits.wait("1", group=False)
        times.append(clock.time - 1000)
    assert times == [0, 0, 0, 1, 2, 3]


async def test_twenty_a_minute_in_a_group(clock: Clock) -> None:
    """No minute holds more than twice twenty messages to a group, and from the twenty-first on they are 3 s apart."""
    limits = limiter(clock, per_chat=100)
    for _ in range(20):
        await limits.wait("-1", group=True)
    assert clock.time - 1000 < 1
    before = clock.time
    for _ in range(20):
        await limits.wait("-1", group=True)
    assert clock.time - before == pytest.approx(60, abs=1)


async def test_thirty_a_second_in_all(clock: Clock) -> None:
    """Many chats together stay under the overall limit."""
    limits = limiter(clock)
    for chat in range(90):
        await limits.wait(str(chat), group=False)
    assert clock.time - 1000 == pytest.approx(2, abs=0.1)


async def test_a_pause_is_for_its_chat_alone(clock: Clock) -> None:
    """A short pause is waited for, a long one is told at once, and other chats know nothing of it."""
    limits = limiter(clock)
    limits.pause("1", 3)
    limits.pause("2", 60)
    await limits.wait("3", group=False)
    assert clock.time == 1000
    await limits.wait("1", group=False)
    assert clock.time == 1003
    with pytest.raises(RateLimited) as caught:
        await limits.wait("2", group=False)
    assert caught.value.retry_after == 57
    clock.time += 57
    await limits.wait("2", group=False)
    assert clock.time == 1060


async def test_silent_chats_are_forgotten(clock: Clock) -> None:
    """The limiter's memory does not grow with every chat that ever wrote."""
    limits = limiter(clock, overall=1e9)
    for chat in range(10_001):
        await limits.wait(str(chat), group=False)
        clock.time += 2
    assert len(limits._chats) < 100
