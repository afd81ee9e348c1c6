"""How work on a connection reaches the database: two ways of the same shape; knows no table.

SQLite answers in microseconds, so its way is one thread and one connection: a whole operation costs one change of
threads, where an asynchronous driver would cost one per call. A database over the network has an asynchronous driver
and a pool, so that nobody waits for anybody's round trip.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool

from botframework.errors import StoreError

__all__ = ["AsyncLane", "Lane", "ThreadLane", "lane_for"]

Result = TypeVar("Result")


class Lane(Protocol):
    """Runs functions of a connection; what the library raises becomes a ``StoreError``."""

    dialect: str

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """What ``work`` returns."""
        ...

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """The same in a transaction, committed when this returns and undone when it raises."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


def lane_for(url: URL) -> Lane:
    """The way to ``url``: a thread for ``sqlite``, else the asynchronous driver that it names."""
    return ThreadLane(url) if url.drivername == "sqlite" else AsyncLane(url)


class ThreadLane:
    """One connection, used by one thread."""

    def __init__(self, url: URL) -> None:
        self.dialect = url.get_backend_name()
        self._engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
        event.listen(self._engine, "connect", _tune_sqlite)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """What ``work`` returns."""
        return await self._run(partial(self._reading, work), "read")

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """The same in a transaction."""
        return await self._run(partial(self._writing, work), "written")

    async def aclose(self) -> None:
        """Finish what was begun and close."""
        await asyncio.to_thread(self._thread.shutdown)
        self._engine.dispose()

    def _reading(self, work: Callable[[Connection], Result]) -> Result:
        with self._engine.connect() as connection:
            return work(connection)

    def _writing(self, work: Callable[[Connection], Result]) -> Result:
        with self._engine.begin() as connection:
            return work(connection)

    async def _run(self, call: Callable[[], Result], what: str) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)
        except SQLAlchemyError as error:
            raise _failed(what, error) from error


class AsyncLane:
    """A pool of connections of an asynchronous driver."""

    def __init__(self, url: URL) -> None:
        self.dialect = url.get_backend_name()
        sqlite = self.dialect == "sqlite"
        options: dict[str, Any] = {"pool_size": 1, "max_overflow": 0} if sqlite else {"pool_pre_ping": True}
        self._engine = create_async_engine(url, **options)
        if sqlite:
            event.listen(self._engine.sync_engine, "connect", _tune_sqlite)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """What ``work`` returns."""
        try:
            async with self._engine.connect() as connection:
                return await connection.run_sync(work)
        except (SQLAlchemyError, OSError) as error:
            raise _failed("read", error) from error

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """The same in a transaction."""
        try:
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)
        except (SQLAlchemyError, OSError) as error:
            raise _failed("written", error) from error

    async def aclose(self) -> None:
        """Close connections."""
        await self._engine.dispose()


def make_folder(url: URL) -> None:
    """Make the folder of a database that is a file."""
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


def _failed(what: str, error: Exception) -> StoreError:
    return StoreError(f"the store cannot be {what}: {error}")


def _tune_sqlite(connection: Any, record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
