"""What is SQLite's own in the queue: one owner, versions, crashes, pruning, commits in groups."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from botframework import Conversation, Event, Person, Receipt, Text
from botframework.errors import QueueError, SchemaTooNew
from botframework.queue import tables
from botframework.queue.sqlite import SQLiteQueue
from botframework.queue.writer import GroupWriter


def event(key: str, chat: str = "a") -> Event:
    return Event("test", key, Conversation("test", chat), Person("test:p"), "hello")


async def test_a_second_owner_is_refused(tmp_path: Path) -> None:
    """The refusal names the process that holds the queue; once that one closed, it opens."""
    first = await SQLiteQueue.open(tmp_path / "queue.db")
    with pytest.raises(QueueError, match=f"process {os.getpid()}"):
        await SQLiteQueue.open(tmp_path / "queue.db")
    await first.aclose()
    second = await SQLiteQueue.open(tmp_path / "queue.db")
    await second.aclose()


async def test_a_guest_mends_beside_the_owner(tmp_path: Path) -> None:
    """An operator's command retries a parked event while the bot runs; it can claim nothing itself."""
    owner = await SQLiteQueue.open(tmp_path / "queue.db")
    await owner.put(event("1"))
    claim = await owner.claim("w", 60)
    assert claim is not None
    await owner.fail(claim, "odd", None)
    guest = await SQLiteQueue.open(tmp_path / "queue.db", owner=False)
    with pytest.raises(QueueError):
        await guest.claim("guest", 60)
    assert await guest.retry(claim.seq)
    await guest.aclose()
    again = await owner.claim("w", 60)
    assert again is not None
    assert again.attempt == 1
    await owner.aclose()


async def test_a_guest_does_not_free_the_owners_leases(tmp_path: Path) -> None:
    """Looking at a running bot's queue takes nothing from it."""
    owner = await SQLiteQueue.open(tmp_path / "queue.db")
    await owner.put(event("1"))
    claim = await owner.claim("w", 60)
    assert claim is not None
    guest = await SQLiteQueue.open(tmp_path / "queue.db", owner=False)
    assert [line.state for line in await guest.list()] == ["running"]
    await guest.aclose()
    await owner.complete(claim)
    await owner.aclose()


async def test_a_guest_needs_a_queue(tmp_path: Path) -> None:
    """A guest creates nothing where there is no queue."""
    with pytest.raises(QueueError, match="no queue"):
        await SQLiteQueue.open(tmp_path / "queue.db", owner=False)
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - a Path would block just the same


async def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    """The refusal names both formats, changes nothing and leaves the queue free."""
    path = tmp_path / "queue.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=99")
    for _ in range(2):
        with pytest.raises(SchemaTooNew, match=f"99.*up to {tables.VERSION}"):
            await SQLiteQueue.open(path)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """Another file under the queue's name is left as it is."""
    path = tmp_path / "queue.db"
    path.write_text("precious notes " * 100)
    with pytest.raises(QueueError, match=r"queue\.db"):
        await SQLiteQueue.open(path)
    assert path.read_text().startswith("precious")


async def test_an_event_is_there_after_a_kill_right_after_its_put(tmp_path: Path) -> None:
    """SIGKILL the moment that ``put`` returned: the next process finds the event, and the lease is free."""
    program = f"""
import asyncio, os, signal
from pathlib import Path
from botframework import Conversation, Event, Person
from botframework.queue.sqlite import SQLiteQueue
async def main():
    queue = await SQLiteQueue.open(Path({str(tmp_path / "queue.db")!r}))
    for n in range(3):
        await queue.put(Event("test", str(n), Conversation("test", "a"), Person("test:p"), "hello"))
    await queue.claim("w", 3600)
    await queue.put(Event("test", "last", Conversation("test", "a"), Person("test:p"), "hello"))
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program], check=False)
    assert done.returncode == -signal.SIGKILL
    queue = await SQLiteQueue.open(tmp_path / "queue.db")
    keys = []
    while (claim := await queue.claim("w", 60)) is not None:
        keys.append(claim.event.key)
        await queue.complete(claim)
    assert keys == ["0", "1", "2", "last"]
    await queue.aclose()


async def test_what_ended_long_ago_is_pruned_but_its_key_known(tmp_path: Path) -> None:
    """After a day the text is gone, after seven the key; what is not done is never pruned."""
    time = [1_000_000.0]

    def now() -> float:
        return time[0]

    queue = await SQLiteQueue.open(tmp_path / "queue.db", keep_days=1, now=now)
    await queue.put(event("done"))
    await queue.put(event("open"))
    claim = await queue.claim("w", 60)
    assert claim is not None
    await queue.deliver(claim, 0, Text("x"), Receipt("1"), True)
    await queue.complete(claim)
    await queue.aclose()
    for days, listed, parts, known in (
        (0.5, ["done", "open"], 1, True),
        (2, ["open"], 0, True),
        (8, ["open"], 0, False),
    ):
        time[0] = 1_000_000.0 + days * 86_400
        queue = await SQLiteQueue.open(tmp_path / "queue.db", keep_days=1, now=now)
        assert [line.event.key for line in await queue.list()] == listed
        assert len(await queue.delivered(claim.seq)) == parts
        assert await queue.put(event("done")) is not known
        await queue.aclose()


async def test_an_event_that_cannot_be_read_is_parked(tmp_path: Path) -> None:
    """A body in an unknown format stops neither its conversation nor the bot."""
    queue = await SQLiteQueue.open(tmp_path / "queue.db")
    await queue.put(event("1"))
    await queue.put(event("2"))
    with closing(sqlite3.connect(tmp_path / "queue.db")) as connection:
        connection.execute('UPDATE events SET body = \'{"v": 99, "type": "Event"}\' WHERE key = \'1\'')
        connection.commit()
    claim = await queue.claim("w", 60)
    assert claim is not None
    assert claim.event.key == "2"
    assert (await queue.counts())["parked"] == 1
    await queue.aclose()


async def test_waiting_operations_are_committed_together(tmp_path: Path) -> None:
    """Many operations that wait share one commit; the one that fails undoes its own change only."""
    connection = tables.connect(tmp_path / "x.db")
    connection.execute("CREATE TABLE notes (text TEXT UNIQUE)")
    statements: list[str] = []
    writer = GroupWriter(connection, "full")

    def trace(db: sqlite3.Connection) -> None:
        db.set_trace_callback(statements.append)

    first = writer.submit(trace)
    texts = [*(str(n) for n in range(40)), "7"]

    def note(text: str, db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO notes VALUES (?)", (text,))

    results = await asyncio.gather(
        first, *(writer.submit(partial(note, text)) for text in texts), return_exceptions=True
    )
    assert [type(result) for result in results if result is not None] == [QueueError]
    assert statements.count("COMMIT") <= 3
    await writer.aclose()
    with closing(sqlite3.connect(tmp_path / "x.db")) as reader:
        assert reader.execute("SELECT count(*) FROM notes").fetchone() == (40,)


async def test_a_database_that_refuses_writes_says_so(tmp_path: Path) -> None:
    """A failing disk becomes a QueueError for the caller, and the queue works again when the disk does."""
    queue = await SQLiteQueue.open(tmp_path / "queue.db")
    with closing(sqlite3.connect(tmp_path / "queue.db", isolation_level=None)) as other:
        (pages,) = other.execute("PRAGMA page_count").fetchone()
    big = Event("test", "big", Conversation("test", "a"), Person("test:p"), "x" * 200_000)
    await queue._writer.submit(lambda db: db.execute(f"PRAGMA max_page_count={pages}").fetchone())
    with pytest.raises(QueueError, match="full"):
        await queue.put(big)
    await queue._writer.submit(lambda db: db.execute("PRAGMA max_page_count=100000").fetchone())
    assert await queue.put(big)
    await queue.aclose()
