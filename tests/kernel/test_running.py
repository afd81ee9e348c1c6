"""The books that the manager keeps of its turns: which run, which stops have come, what was there lately."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from botframework.queue import Claim
from botframework.recent import Recent
from botframework.running import Running
from botframework.stops import Stops
from botframework.turn import Turn
from botframework.types import Conversation, Event, Person

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def event(key: str, *, chat: str = "c", person: str = "ann", seconds: float = 0.0) -> Event:
    at = NOON + timedelta(seconds=seconds)
    return Event("fake", key, Conversation("fake", chat, None, "group"), Person(person), key, at=at)


def turn(seq: int, *, chat: str = "c", attempt: int = 1) -> Turn:
    return Turn(Claim(seq, event(str(seq), chat=chat), attempt, "me", 0.0), 0.0, "en")


async def test_a_second_claim_of_an_event_replaces_the_first() -> None:
    """The first claim's turn is lost, and its end leaves the second in place."""
    turns, first, second = Running(), turn(1), turn(1, attempt=2)
    turns.add(first)
    turns.add(second)
    assert (first.lost, second.lost) == (True, False)
    turns.remove(first)
    assert list(turns) == [second]
    assert turns.find(second.event.conversation.key) is second


async def test_room_is_waited_for() -> None:
    """Who waits for room goes on when a turn has ended, not before."""
    turns, first = Running(), turn(1)
    turns.add(first)
    turns.add(turn(2, chat="d"))
    waiting = asyncio.create_task(turns.wait_for_room(2))
    await asyncio.sleep(0)
    assert not waiting.done()
    turns.remove(first)
    await waiting
    assert len(turns) == 1


async def test_nothing_runs_after_the_last_turn() -> None:
    """Who waits for any turn waits again once the last one ended."""
    turns, only = Running(), turn(1)
    turns.add(only)
    await turns.wait_for_any()
    turns.remove(only)
    waiting = asyncio.create_task(turns.wait_for_any())
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


def test_a_stop_covers_what_its_sender_said_before_it() -> None:
    """Neither what came later, nor what others said, nor another conversation."""
    stops, stop = Stops(), event("stop", seconds=5)
    stops.add(stop)
    assert stops.covers(event("before", seconds=4))
    assert not stops.covers(event("after", seconds=6))
    assert not stops.covers(event("other", person="bob", seconds=4))
    assert not stops.covers(event("elsewhere", chat="d", seconds=4))
    stops.remove(event("before", seconds=4))
    assert stops.covers(event("before", seconds=4))
    stops.remove(stop)
    assert not stops.covers(event("before", seconds=4))


def test_the_oldest_entry_goes_first() -> None:
    """An entry that is put again counts as new."""
    recent: Recent[str, int] = Recent(2)
    for key, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        recent.put(key, value)
    assert [recent.get(key, 0) for key in "abc"] == [3, 0, 4]
    assert recent.take("c") == 4
    assert recent.take("c") is None
