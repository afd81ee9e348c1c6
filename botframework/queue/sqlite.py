"""The durable queue on SQLite, for one bot process; knows no channel and no skill.

Writes go through one thread that commits together whatever waits (``writer``); reads have a connection of their own.
A lock file keeps a second bot away; operator commands open the same file as guests (``owner=False``).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from botframework.errors import QueueError
from botframework.lockfile import LockFile
from botframework.queue import Claim, Delivered, QueuedEvent, State, inbox, outbox, tables
from botframework.queue.writer import Durability, GroupWriter
from botframework.types import Conversation, Event, Part, Receipt, from_json, to_json

__all__ = ["SQLiteQueue"]

log = logging.getLogger(__name__)
Result = TypeVar("Result")
_PRUNE_EVERY = 3600.0


class SQLiteQueue:
    """A ``ConversationQueue`` in one SQLite file. Made by ``await SQLiteQueue.open(path)``."""

    def __init__(
        self,
        writer: GroupWriter,
        reader: sqlite3.Connection,
        lock: LockFile | None,
        *,
        attempts: int,
        keep_days: float,
        now: Callable[[], float],
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._read_thread = ThreadPoolExecutor(1, thread_name_prefix="queue-reader")
        self._lock = lock
        self._attempts = attempts
        self._keep_days = keep_days
        self._now = now
        self._changes = 0
        self._seen = -1
        self._next_due: float | None = None
        self._changed = asyncio.Event()
        self._prune_at = time.monotonic() + _PRUNE_EVERY
        self._pruning: asyncio.Task[None] | None = None
        self._closed = False

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        attempts: int = 5,
        durability: Durability = "full",
        keep_days: float = 7.0,
        owner: bool = True,
        now: Callable[[], float] = time.time,
    ) -> SQLiteQueue:
        """Open or create the queue in ``path``; as its owner, free the leases that a dead process left.

        Args:
            attempts: an event that failed, or whose process died, this many times is parked.
            durability: ``full`` survives a power cut, ``normal`` the death of the process only.
            keep_days: days for which the text of ended events is kept; their keys are kept for 7 at least.
            owner: False for an operator's command beside a running bot: it may look, retry and drop, not claim.
            now: seconds since the epoch.

        Raises:
            QueueError: another process owns it, or there is nothing at ``path`` for a guest.
            SchemaTooNew: a newer version of this program wrote it.
        """

        def prepare(connection: sqlite3.Connection) -> None:
            inbox.expire(connection, float("inf"), "the process died while answering", now=now(), attempts=attempts)
            tables.prune(connection, keep_days, now())

        lock, connection, reader = await asyncio.to_thread(_open, path, prepare if owner else None)
        writer = GroupWriter(connection, durability)
        return cls(writer, reader, lock, attempts=attempts, keep_days=keep_days, now=now)

    async def put(self, event: Event) -> bool:
        """Commit an event; False when (channel, key) is known already."""
        body = to_json(event)
        new = await self._write(lambda db: inbox.put(db, event, body, self._now()))
        if new:
            self._wake()
        return new

    async def claim(self, worker: str, lease: float) -> Claim | None:
        """The oldest ready event of a conversation that has none running, leased for ``lease`` seconds.

        Raises:
            QueueError: the queue was opened as a guest.
        """
        if self._lock is None:
            raise QueueError("this queue was opened beside a running bot; only the bot itself claims events")
        changes = self._changes
        work = self._writer.submit(
            lambda db: inbox.claim(db, worker, lease, now=self._now(), attempts=self._attempts), synced=False
        )
        try:
            found = await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(self._give_back)
            raise
        if found.claim is None:
            self._seen = changes
            self._next_due = found.next_due
        return found.claim

    async def wait(self, timeout: float) -> None:
        """Return when something may have become claimable, at the latest after ``timeout`` seconds."""
        if self._changes != self._seen:
            return
        if self._next_due is not None:
            timeout = min(timeout, self._next_due - self._now())
        self._changed.clear()
        try:
            async with asyncio.timeout(max(0.0, timeout)):
                await self._changed.wait()
        except TimeoutError:
            self._seen = -1

    async def renew(self, claim: Claim, lease: float) -> None:
        """Extend the lease to ``lease`` seconds from now. Raises ``LeaseLost``."""
        await self._write(lambda db: inbox.renew(db, claim, lease, self._now()), synced=False)

    async def complete(self, claim: Claim) -> None:
        """Done; never claimed again. Raises ``LeaseLost``."""
        # A power cut may undo this: the event is claimed again, and its outbox says that it was answered.
        await self._write(lambda db: inbox.complete(db, claim, self._now()), synced=False)
        self._wake()

    async def fail(self, claim: Claim, reason: str, retry_in: float | None) -> None:
        """Ready again in ``retry_in`` seconds, or parked when None or out of attempts. Raises ``LeaseLost``."""
        await self._write(lambda db: inbox.fail(db, claim, reason, retry_in, now=self._now(), attempts=self._attempts))
        self._wake()

    async def release(self, claim: Claim) -> None:
        """Ready again at once, the attempt not counted. Raises ``LeaseLost``."""
        await self._write(lambda db: inbox.release(db, claim, self._now()), synced=False)
        self._wake()

    async def intend(self, claim: Claim, index: int, part: Part) -> Delivered:
        """Record that part ``index`` is about to be sent. A receipt that it has already is kept and returned."""
        body = to_json(part)
        return await self._write(lambda db: outbox.intend(db, claim, index, part, body))

    async def deliver(self, claim: Claim, index: int, part: Part, receipt: Receipt, final: bool) -> None:
        """Record that the platform took ``part`` as part ``index``. Raises ``LeaseLost``."""
        body, took = to_json(part), to_json(receipt)
        await self._write(lambda db: outbox.deliver(db, claim, index, body, receipt=took, final=final))

    async def delivered(self, seq: int) -> list[Delivered]:
        """The outbox of one event, by index."""
        return await self._read(lambda db: outbox.delivered(db, seq))

    async def receipts(self, conversation_key: str, limit: int = 50) -> list[tuple[int, Receipt]]:
        """The latest receipts in a conversation with the seq of their event, newest first."""
        return await self._read(lambda db: outbox.receipts(db, conversation_key, limit))

    async def find(self, conversation: Conversation, message_id: str) -> int | None:
        """The seq of the event that brought this message to this chat, in any thread of it."""
        chat = f"{conversation.channel}/{conversation.chat}"
        query = (
            "SELECT seq FROM events WHERE channel = ? AND message_id = ? AND message_id != ''"
            " AND (conversation = ? OR substr(conversation, 1, ?) = ?) ORDER BY seq LIMIT 1"
        )
        values = (conversation.channel, message_id, chat, len(chat) + 1, f"{chat}/")
        row = await self._read(lambda db: db.execute(query, values).fetchone())
        return None if row is None else int(row[0])

    async def event(self, seq: int) -> Event | None:
        """The event of that seq; None when it is unknown or its text was pruned."""
        query = "SELECT body FROM events WHERE seq = ? AND body IS NOT NULL"
        row = await self._read(lambda db: db.execute(query, (seq,)).fetchone())
        return None if row is None else from_json(row[0])

    async def list(self, state: State | None = None, limit: int = 100) -> list[QueuedEvent]:
        """Events in one state or all, oldest first; those whose text was pruned are left out."""
        where = "body IS NOT NULL" if state is None else "body IS NOT NULL AND state = ?"
        query = f"SELECT seq, state, body, attempts, reason, put_at FROM events WHERE {where} ORDER BY seq LIMIT ?"
        values: tuple[Any, ...] = (limit,) if state is None else (state, limit)
        rows = await self._read(lambda db: db.execute(query, values).fetchall())
        return [
            QueuedEvent(seq, found, from_json(body), attempts, reason, datetime.fromtimestamp(put_at, UTC))
            for seq, found, body, attempts, reason, put_at in rows
        ]

    async def retry(self, seq: int) -> bool:
        """A parked event becomes ready with its attempts forgotten; False when it is not parked."""
        done = await self._write(lambda db: inbox.retry(db, seq, self._now()))
        self._wake()
        return done

    async def drop(self, seq: int, reason: str) -> bool:
        """A parked or ready event is dropped, the reason kept; False when it is neither."""
        done = await self._write(lambda db: inbox.drop(db, seq, reason, self._now()))
        self._wake()
        return done

    async def forget(self, person: str) -> int:
        """Blank what a person's ended events said and were answered; returns how many."""
        return await self._write(lambda db: tables.forget(db, person, self._now()))

    async def counts(self) -> dict[State, int]:
        """How many events are in each state."""
        return await self._read(inbox.counts)

    async def ahead(self, seq: int) -> int:
        """How many ready or running events of other conversations were put before this one."""
        return await self._read(lambda db: inbox.ahead(db, seq))

    async def aclose(self) -> None:
        """Commit what was begun and close; the leases still held are freed by the next ``open``."""
        if self._closed:
            return
        self._closed = True
        self._changed.set()
        if self._pruning is not None:
            self._pruning.cancel()
            await asyncio.gather(self._pruning, return_exceptions=True)
        await asyncio.to_thread(self._read_thread.shutdown)
        self._reader.close()
        await self._writer.aclose()
        if self._lock is not None:
            self._lock.release()

    async def _write(self, operation: Callable[[sqlite3.Connection], Result], *, synced: bool = True) -> Result:
        if self._lock is not None and time.monotonic() >= self._prune_at:
            self._prune_at = time.monotonic() + _PRUNE_EVERY
            self._pruning = asyncio.create_task(self._prune())
        return await self._writer.submit(operation, synced=synced)

    async def _prune(self) -> None:
        pruned = 1
        try:
            while pruned:
                pruned = await self._writer.submit(
                    lambda db: tables.prune(db, self._keep_days, self._now()), synced=False
                )
        except QueueError as error:
            log.warning("ended events could not be pruned, trying again in an hour: %s", error)

    async def _read(self, operation: Callable[[sqlite3.Connection], Result]) -> Result:
        if self._closed:
            raise QueueError("the queue is closed")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._read_thread, operation, self._reader)
        except sqlite3.Error as error:
            raise QueueError(f"the queue's database cannot be read: {error}") from error

    def _wake(self) -> None:
        self._changes += 1
        self._changed.set()

    def _give_back(self, work: asyncio.Future[inbox.Pending]) -> None:
        if work.cancelled() or work.exception() is not None or self._closed:
            return
        if (claim := work.result().claim) is not None:
            back = self._writer.submit(lambda db: inbox.release(db, claim, self._now()), synced=False)
            back.add_done_callback(self._given_back)

    def _given_back(self, work: asyncio.Future[None]) -> None:
        if not work.cancelled() and work.exception() is None:
            self._wake()


def _open(
    path: Path, prepare: Callable[[sqlite3.Connection], None] | None
) -> tuple[LockFile | None, sqlite3.Connection, sqlite3.Connection]:
    """The lock, a connection that writes and one that reads; a guest, who prepares nothing, gets no lock."""
    if prepare is None and not path.is_file():
        raise QueueError(f"there is no queue at {path}: the bot has not run with this data folder yet")
    with ExitStack() as undo:
        lock = None if prepare is None else _own(path)
        if lock is not None:
            undo.callback(lock.release)
        try:
            connection = undo.enter_context(closing(tables.connect(path)))
            tables.migrate(connection, path)
            if prepare is not None:
                connection.execute("BEGIN IMMEDIATE")
                prepare(connection)
                connection.execute("COMMIT")
            reader = undo.enter_context(closing(tables.connect(path)))
            reader.execute("PRAGMA query_only=ON")
        except sqlite3.Error as error:
            raise QueueError(f"{path} cannot be used as a queue: {error}") from error
        undo.pop_all()
    return lock, connection, reader


def _own(path: Path) -> LockFile:
    beside = path.with_name(path.name + ".lock")
    lock = LockFile.take(beside)
    if lock is None:
        raise QueueError(
            f"{path} is in use by a running bot (process {LockFile.holder(beside) or 'unknown'}); stop that one "
            "first, or give this one a data folder of its own"
        )
    return lock
