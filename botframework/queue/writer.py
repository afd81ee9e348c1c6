"""One thread that owns a SQLite connection and commits together whatever waits; knows nothing of queues.

A commit costs one sync of the disk, whatever it holds. While one transaction is being synced the next operations
gather; they then run in one transaction, each in a savepoint of its own, so that one's failure leaves the others.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

from botframework.errors import QueueError

__all__ = ["Durability", "GroupWriter"]

Durability: TypeAlias = Literal["full", "normal"]
"""``full``: a commit survives a power cut; ``normal``: it survives the death of the process."""

Result = TypeVar("Result")
_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class _Job:
    operation: Callable[[sqlite3.Connection], Any]
    synced: bool
    future: asyncio.Future[Any]


_Outcome: TypeAlias = "tuple[_Job, Any, BaseException | None]"


class GroupWriter:
    """Runs operations on ``connection`` (in autocommit mode) in one thread of its own, and closes it at the end."""

    def __init__(self, connection: sqlite3.Connection, durability: Durability) -> None:
        self._connection = connection
        self._durability = durability
        self._synced: bool | None = None
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="queue-writer", daemon=True)
        self._thread.start()

    def submit(
        self, operation: Callable[[sqlite3.Connection], Result], *, synced: bool = True
    ) -> asyncio.Future[Result]:
        """Run ``operation`` inside a transaction; the future resolves when that is committed.

        Args:
            operation: raises to have its own changes, and no others, undone.
            synced: False where losing the change in a power cut does no harm, as with a lease.

        Raises:
            QueueError: the writer is closed.
        """
        if self._closed:
            raise QueueError("the queue is closed")
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Job(operation, synced, future))
        return future

    async def aclose(self) -> None:
        """Commit what was submitted, end the thread and close the connection."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        ending = False
        while not ending:
            taken = [self._jobs.get()]
            while len(taken) < _AT_ONCE and not self._jobs.empty():
                taken.append(self._jobs.get())
            ending = None in taken
            if jobs := [job for job in taken if job is not None]:
                self._answer(self._commit(jobs))
        self._connection.close()

    def _commit(self, jobs: list[_Job]) -> list[_Outcome]:
        connection = self._connection
        outcomes: list[_Outcome] = []
        try:
            self._set_synced(any(job.synced for job in jobs))
            connection.execute("BEGIN IMMEDIATE")
            for job in jobs:
                connection.execute("SAVEPOINT job")
                try:
                    outcomes.append((job, job.operation(connection), None))
                except Exception as error:
                    if not connection.in_transaction:
                        raise
                    connection.execute("ROLLBACK TO job")
                    outcomes.append((job, None, _refused(error) if isinstance(error, sqlite3.Error) else error))
                connection.execute("RELEASE job")
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            return [(job, None, _refused(error)) for job in jobs]
        return outcomes

    def _set_synced(self, synced: bool) -> None:
        wanted = synced and self._durability == "full"
        if wanted is not self._synced:
            self._connection.execute(f"PRAGMA synchronous={'FULL' if wanted else 'NORMAL'}")
            self._synced = wanted

    def _answer(self, outcomes: list[_Outcome]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
        for outcome in outcomes:
            by_loop.setdefault(outcome[0].future.get_loop(), []).append(outcome)
        for loop, answers in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, answers)


def _refused(error: sqlite3.Error) -> QueueError:
    refused = QueueError(f"the queue's database cannot be written: {error}")
    refused.__cause__ = error
    return refused


def _resolve(outcomes: list[_Outcome]) -> None:
    for job, result, error in outcomes:
        if job.future.done():
            continue
        if error is None:
            job.future.set_result(result)
        else:
            job.future.set_exception(error)
