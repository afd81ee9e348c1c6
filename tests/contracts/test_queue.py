"""What every conversation queue must do, whatever it stands on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from botframework import Conversation, Event, File, Person, Receipt, Text
from botframework.errors import LeaseLost, QueueError
from botframework.queue import Claim, ConversationQueue
from botframework.queue.sqlite import SQLiteQueue


class Clock:
    """Seconds since the epoch that pass when told to."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time


Opener = Callable[[Path, Clock], Awaitable[ConversationQueue]]


async def open_sqlite(folder: Path, clock: Clock) -> ConversationQueue:
    return await SQLiteQueue.open(folder / "queue.db", attempts=3, now=clock)


@pytest.fixture(params=[open_sqlite])
def opener(request: pytest.FixtureRequest) -> Opener:
    found: Opener = request.param
    return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def queue(opener: Opener, tmp_path: Path, clock: Clock) -> AsyncIterator[ConversationQueue]:
    queue = await opener(tmp_path, clock)
    yield queue
    await queue.aclose()


def event(key: str, chat: str = "a", text: str = "hello", channel: str = "test") -> Event:
    conversation = Conversation(channel, chat)
    return Event(channel, key, conversation, Person(f"{channel}:{chat}"), text, message_id=f"m{key}")


async def claimed(queue: ConversationQueue, worker: str = "w", lease: float = 60.0) -> Claim:
    claim = await queue.claim(worker, lease)
    assert claim is not None
    return claim


async def test_an_event_comes_out_as_it_was_put(queue: ConversationQueue, clock: Clock) -> None:
    """What is claimed equals what was put, with the time it waited."""
    put = event("1", text="bon\u00adjour 你好 😀")
    assert await queue.put(put)
    clock.time += 2.5
    claim = await claimed(queue)
    assert (claim.event, claim.attempt, claim.waited) == (put, 1, 2.5)


async def test_a_known_key_is_refused(queue: ConversationQueue) -> None:
    """The same channel and key is put once, in whatever state the first one is; another channel's is its own."""
    assert await queue.put(event("1"))
    assert not await queue.put(event("1", text="again"))
    await queue.complete(await claimed(queue))
    assert not await queue.put(event("1"))
    assert await queue.put(event("1", channel="other"))


async def test_one_conversation_is_handled_in_order(queue: ConversationQueue) -> None:
    """The second event of a conversation is not claimable before the first is done."""
    for key in "123":
        await queue.put(event(key))
    for key in "123":
        claim = await claimed(queue)
        assert claim.event.key == key
        assert await queue.claim("other", 60) is None
        await queue.complete(claim)
    assert await queue.claim("w", 60) is None


async def test_conversations_run_in_parallel(queue: ConversationQueue) -> None:
    """Each conversation has one running event at a time, and all of them run at once, oldest first."""
    for key in range(9):
        await queue.put(event(str(key), chat="abc"[key % 3]))
    claims = [await claimed(queue) for _ in "abc"]
    assert [claim.event.key for claim in claims] == ["0", "1", "2"]
    assert await queue.claim("w", 60) is None


async def test_no_two_workers_get_the_same_event(queue: ConversationQueue) -> None:
    """Claims made at the same moment get different events."""
    for key in range(20):
        await queue.put(event(str(key), chat=str(key)))
    claims = await asyncio.gather(*(queue.claim(f"w{n}", 60) for n in range(30)))
    keys = [claim.event.key for claim in claims if claim]
    assert sorted(keys, key=int) == [str(n) for n in range(20)]


async def test_fifty_concurrent_puts_are_all_kept_once(queue: ConversationQueue) -> None:
    """Fifty puts at once, each key twice: one of each pair is new, and each event is there."""
    news = await asyncio.gather(*(queue.put(event(str(n // 2), chat=str(n // 2))) for n in range(100)))
    assert sum(news) == 50
    assert (await queue.counts())["ready"] == 50


@pytest.mark.parametrize("write", ["renew", "complete", "fail", "release", "intend", "deliver"])
async def test_a_lost_lease_refuses_every_write(queue: ConversationQueue, clock: Clock, write: str) -> None:
    """After its lease ended and another claimed the event, the first worker's writes change nothing."""
    await queue.put(event("1"))
    old = await claimed(queue, "first", lease=10)
    clock.time += 11
    new = await claimed(queue, "second")
    assert (new.seq, new.attempt) == (old.seq, 2)
    writes: dict[str, Callable[[Claim], Awaitable[object]]] = {
        "renew": lambda claim: queue.renew(claim, 60),
        "complete": queue.complete,
        "fail": lambda claim: queue.fail(claim, "x", 1.0),
        "release": queue.release,
        "intend": lambda claim: queue.intend(claim, 0, Text("x")),
        "deliver": lambda claim: queue.deliver(claim, 0, Text("x"), Receipt("1"), True),
    }
    with pytest.raises(LeaseLost, match=str(old.seq)):
        await writes[write](old)
    assert await queue.delivered(old.seq) == []
    await writes[write](new)


async def test_a_finished_claim_refuses_further_writes(queue: ConversationQueue) -> None:
    """A completed claim writes no more."""
    await queue.put(event("1"))
    claim = await claimed(queue)
    await queue.complete(claim)
    with pytest.raises(LeaseLost):
        await queue.complete(claim)


async def test_a_released_claim_is_fenced_from_the_next_of_the_same_worker(queue: ConversationQueue) -> None:
    """The token rises also where the attempt does not."""
    await queue.put(event("1"))
    old = await claimed(queue)
    await queue.release(old)
    new = await claimed(queue)
    assert (new.attempt, new.worker) == (old.attempt, old.worker)
    with pytest.raises(LeaseLost):
        await queue.complete(old)
    await queue.complete(new)


async def test_a_renewed_lease_holds(queue: ConversationQueue, clock: Clock) -> None:
    """Renewing in time keeps others away."""
    await queue.put(event("1"))
    claim = await claimed(queue, lease=10)
    clock.time += 9
    await queue.renew(claim, 10)
    clock.time += 9
    assert await queue.claim("other", 10) is None
    await queue.complete(claim)


async def test_a_failed_event_waits_and_its_conversation_with_it(queue: ConversationQueue, clock: Clock) -> None:
    """Back-off: neither the failed event nor a later one of its conversation is claimable before it is due."""
    await queue.put(event("1"))
    await queue.put(event("2"))
    await queue.put(event("3", chat="b"))
    await queue.fail(await claimed(queue), "no network", retry_in=30)
    assert (await claimed(queue)).event.key == "3"
    assert await queue.claim("w", 60) is None
    clock.time += 31
    claim = await claimed(queue)
    assert (claim.event.key, claim.attempt) == ("1", 2)


async def test_after_the_last_attempt_an_event_is_parked(queue: ConversationQueue, clock: Clock) -> None:
    """The third failure of three parks the event with its reason, and the conversation goes on with the next."""
    await queue.put(event("1"))
    await queue.put(event("2"))
    for attempt in (1, 2, 3):
        claim = await claimed(queue)
        assert (claim.event.key, claim.attempt) == ("1", attempt)
        await queue.fail(claim, f"failure {attempt}", retry_in=1)
        clock.time += 2
    [parked] = await queue.list("parked")
    assert (parked.event.key, parked.attempts, parked.reason) == ("1", 3, "failure 3")
    assert (await claimed(queue)).event.key == "2"


async def test_an_event_that_fails_for_good_is_parked_at_once(queue: ConversationQueue) -> None:
    """No retry means parked."""
    await queue.put(event("1"))
    await queue.fail(await claimed(queue), "the chat is gone", retry_in=None)
    assert (await queue.counts())["parked"] == 1


async def test_an_event_whose_worker_keeps_vanishing_is_parked(queue: ConversationQueue, clock: Clock) -> None:
    """A lease that ended three times of three parks the event, so that it cannot kill for ever."""
    await queue.put(event("1"))
    await queue.put(event("2"))
    for _ in range(3):
        assert (await claimed(queue, lease=10)).event.key == "1"
        clock.time += 11
    assert (await claimed(queue)).event.key == "2"
    [parked] = await queue.list("parked")
    assert "3 times" in parked.reason


async def test_a_release_is_not_counted(queue: ConversationQueue) -> None:
    """An event that was given back ten times is still at its first attempt."""
    await queue.put(event("1"))
    for _ in range(10):
        claim = await claimed(queue)
        assert claim.attempt == 1
        await queue.release(claim)


async def test_a_retried_event_goes_before_later_ones(queue: ConversationQueue) -> None:
    """A parked event that an operator retries is ready with no attempt counted, before what came after it."""
    for key in "123":
        await queue.put(event(key))
    first = await claimed(queue)
    await queue.fail(first, "odd", None)
    second = await claimed(queue)
    assert await queue.retry(first.seq)
    assert await queue.claim("w", 60) is None
    await queue.complete(second)
    again = await claimed(queue)
    assert (again.event.key, again.attempt) == ("1", 1)
    await queue.complete(again)
    assert (await claimed(queue)).event.key == "3"


async def test_a_retried_event_is_the_only_one_of_its_conversation(queue: ConversationQueue) -> None:
    """Retrying while a later event is ready lets one of them run, not both."""
    await queue.put(event("1"))
    await queue.put(event("2"))
    first = await claimed(queue)
    await queue.fail(first, "odd", None)
    assert await queue.retry(first.seq)
    assert (await claimed(queue)).event.key == "1"
    assert await queue.claim("w", 60) is None


async def test_a_dropped_event_is_kept_with_its_reason(queue: ConversationQueue) -> None:
    """Ready and parked events can be dropped, running and done ones not; the conversation goes on."""
    for key in "123":
        await queue.put(event(key))
    [one, two, three] = await queue.list()
    assert await queue.drop(one.seq, "spam")
    claim = await claimed(queue)
    assert claim.seq == two.seq
    assert not await queue.drop(two.seq, "too late")
    await queue.fail(claim, "odd", None)
    assert await queue.drop(two.seq, "hopeless")
    assert [(line.seq, line.reason) for line in await queue.list("dropped")] == [
        (one.seq, "spam"),
        (two.seq, "hopeless"),
    ]
    claim = await claimed(queue)
    await queue.complete(claim)
    assert claim.seq == three.seq
    assert not await queue.drop(three.seq, "done")
    assert not await queue.retry(three.seq)
    assert not await queue.drop(999, "no such event")


async def test_the_outbox_keeps_intents_and_receipts(queue: ConversationQueue) -> None:
    """A part has the same key at every attempt, and the receipt of an earlier attempt is not forgotten."""
    await queue.put(event("1"))
    claim = await claimed(queue)
    first = await queue.intend(claim, 0, Text("hel"))
    assert first.receipt is None
    await queue.deliver(claim, 0, Text("hel"), Receipt("77", {"team": "T"}), final=False)
    second = await queue.intend(claim, 1, File("a.bin", b"\x00\xff"))
    assert second.key != first.key
    await queue.fail(claim, "cut", retry_in=0)
    again = await claimed(queue)
    kept = await queue.delivered(again.seq)
    assert [(part.index, part.part, part.key, part.receipt, part.final) for part in kept] == [
        (0, Text("hel"), first.key, Receipt("77", {"team": "T"}), False),
        (1, File("a.bin", b"\x00\xff"), second.key, None, False),
    ]
    renewed = await queue.intend(again, 0, Text("hello"))
    assert (renewed.key, renewed.receipt) == (first.key, Receipt("77", {"team": "T"}))
    await queue.deliver(again, 0, Text("hello"), Receipt("77"), final=True)
    assert (await queue.delivered(again.seq))[0].final


async def test_receipts_of_a_conversation_come_newest_first(queue: ConversationQueue) -> None:
    """Only its own, only those that a platform gave, at most as many as asked for."""
    for key, chat in (("1", "a"), ("2", "b"), ("3", "a")):
        await queue.put(event(key, chat))
    for _ in range(3):
        claim = await claimed(queue)
        for index in range(2):
            await queue.deliver(claim, index, Text("x"), Receipt(f"{claim.event.key}.{index}"), True)
        await queue.intend(claim, 2, Text("never sent"))
        await queue.complete(claim)
    one, _, three = [line.seq for line in await queue.list()]
    found = [(seq, receipt.message_id) for seq, receipt in await queue.receipts("test/a")]
    assert found == [(three, "3.1"), (three, "3.0"), (one, "1.1"), (one, "1.0")]
    assert len(await queue.receipts("test/a", limit=1)) == 1


async def test_the_event_of_a_message_is_found(queue: ConversationQueue) -> None:
    """An edit of a message does not hide the event that first brought it, nor does another chat's same number."""
    await queue.put(event("0", "b"))
    await queue.put(event("1"))
    await queue.put(replace(event("2"), kind="edited", message_id="m1"))
    [other, first, _] = await queue.list()
    here, thread = first.event.conversation, replace(first.event.conversation, thread="t")
    assert await queue.find(here, "m1") == first.seq
    assert await queue.find(thread, "m1") == first.seq
    assert await queue.event(first.seq) == first.event
    assert await queue.event(999) is None
    assert await queue.find(other.event.conversation, "m1") is None
    assert await queue.find(here, "unknown") is None
    assert await queue.find(replace(here, channel="other"), "m1") is None


async def test_counts_and_place_in_line(queue: ConversationQueue) -> None:
    """The line is what other conversations put before and is not done."""
    for key, chat in (("1", "a"), ("2", "b"), ("3", "a"), ("4", "c")):
        await queue.put(event(key, chat))
    lines = await queue.list()
    assert [await queue.ahead(line.seq) for line in lines] == [0, 1, 1, 3]
    claim = await claimed(queue)
    assert await queue.ahead(lines[3].seq) == 3
    await queue.complete(claim)
    assert await queue.ahead(lines[3].seq) == 2
    assert await queue.counts() == {"ready": 3, "running": 0, "parked": 0, "done": 1, "dropped": 0}
    assert len(await queue.list(limit=2)) == 2


async def test_a_put_wakes_who_waits(queue: ConversationQueue) -> None:
    """Waiting ends as soon as there may be work, not at the timeout."""
    assert await queue.claim("w", 60) is None
    waiting = asyncio.create_task(queue.wait(3600))
    await asyncio.sleep(0)
    await queue.put(event("1"))
    await asyncio.wait_for(waiting, 5)
    claim = await claimed(queue)
    await queue.put(event("2"))
    assert await queue.claim("w", 60) is None
    waiting = asyncio.create_task(queue.wait(3600))
    await asyncio.sleep(0)
    await queue.complete(claim)
    await asyncio.wait_for(waiting, 5)
    assert (await claimed(queue)).event.key == "2"


async def test_what_changed_before_the_wait_is_not_missed(queue: ConversationQueue) -> None:
    """A put between an empty claim and the wait ends the wait at once."""
    assert await queue.claim("w", 60) is None
    await queue.put(event("1"))
    await asyncio.wait_for(queue.wait(3600), 5)


async def test_waiting_ends_when_something_falls_due(queue: ConversationQueue, clock: Clock) -> None:
    """The pause of a failed event bounds the wait."""
    await queue.put(event("1"))
    await queue.fail(await claimed(queue), "x", retry_in=0.05)
    assert await queue.claim("w", 60) is None
    await asyncio.wait_for(queue.wait(3600), 5)
    clock.time += 0.1
    assert await queue.claim("w", 60) is not None


async def test_waiting_ends_at_its_timeout(queue: ConversationQueue) -> None:
    """With nothing in the queue the timeout ends the wait."""
    assert await queue.claim("w", 60) is None
    await asyncio.wait_for(queue.wait(0.01), 5)


async def test_a_cancelled_claim_loses_no_event(queue: ConversationQueue) -> None:
    """A worker that is cancelled while claiming leaves the event to others, uncounted."""
    await queue.put(event("1"))
    claiming = asyncio.create_task(queue.claim("w", 3600))
    await asyncio.sleep(0)
    claiming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await claiming
    claim = None
    while claim is None:
        claim = await queue.claim("other", 60)
    assert claim.attempt == 1


async def test_forgetting_a_person_blanks_what_they_said(queue: ConversationQueue) -> None:
    """Ended events of that person are gone from every list, their keys still known; others' stay."""
    await queue.put(event("1", "a"))
    await queue.put(event("2", "b"))
    claims = [await claimed(queue), await claimed(queue)]
    for claim in claims:
        await queue.deliver(claim, 0, Text("secret"), Receipt("1"), True)
        await queue.complete(claim)
    assert await queue.forget("test:a") == 1
    assert [line.event.key for line in await queue.list()] == ["2"]
    assert await queue.delivered(claims[0].seq) == []
    assert await queue.event(claims[0].seq) is None
    assert len(await queue.delivered(claims[1].seq)) == 1
    assert not await queue.put(event("1", "a"))


async def test_everything_outlives_a_reopening(opener: Opener, tmp_path: Path, clock: Clock) -> None:
    """Events, outbox and order are there after closing and opening; a lease left behind is freed at once."""
    queue = await opener(tmp_path, clock)
    await queue.put(event("1"))
    await queue.put(event("2"))
    claim = await claimed(queue, lease=3600)
    await queue.deliver(claim, 0, Text("x"), Receipt("9"), False)
    await queue.aclose()
    await queue.aclose()
    with pytest.raises(QueueError):
        await queue.put(event("3"))
    again = await opener(tmp_path, clock)
    second = await claimed(again, "another process")
    assert (second.event.key, second.attempt) == ("1", 2)
    assert [part.receipt for part in await again.delivered(second.seq)] == [Receipt("9")]
    with pytest.raises(LeaseLost):
        await again.complete(claim)
    await again.aclose()
