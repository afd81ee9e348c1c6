"""The store over SQLAlchemy: SQLite today, any dialect with ``ON CONFLICT`` by its URL; knows no channel.

Reads run without a transaction of their own. On SQLite all writes share one connection, so that they never wait for
each other's locks, and commits survive the death of the process (the queue, which decides what is answered, survives a
power cut).
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Delete, Executable, Row, Select, delete, event, func, make_url, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from botframework.errors import StoreError
from botframework.store import Decision, Expectation, TurnRecord
from botframework.store.migrations import upgrade
from botframework.store.models import (
    Base,
    ExpectationRow,
    FeedbackRow,
    PersonRow,
    ResetRow,
    SettingRow,
    TurnRow,
)
from botframework.types import Message, Person

__all__ = ["SQLStore"]

_TURN_COLUMNS = [column for column in TurnRow.__table__.c if column.name != "number"]


class SQLStore:
    """A ``Store`` in a SQL database. Made by ``await SQLStore.open(url)``."""

    def __init__(self, reads: AsyncEngine, writes: AsyncEngine) -> None:
        self._reads = reads
        self._writes = writes
        self._insert = _insert_of(writes.dialect.name)

    @classmethod
    async def open(cls, url: str) -> SQLStore:
        """Connect and bring the tables up to date.

        Args:
            url: SQLAlchemy's, with an asynchronous driver: ``sqlite+aiosqlite:///data/bot.db``.

        Raises:
            SchemaTooNew: a newer version of this program wrote the database.
            StoreError: it cannot be reached, or its dialect is not known.
        """
        parsed = make_url(url)
        if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
            raise StoreError(f"store url {url!r}: use sqlite+aiosqlite:///… or postgresql+asyncpg://…")
        if parsed.get_backend_name() == "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise StoreError(f"store url {url!r} names no file; a store lives in one: sqlite+aiosqlite:///bot.db")
            await asyncio.to_thread(Path(parsed.database).parent.mkdir, parents=True, exist_ok=True)
            writes = create_async_engine(url, pool_size=1, max_overflow=0)
            reads = create_async_engine(url, pool_size=2, max_overflow=0, isolation_level="AUTOCOMMIT")
            for engine in (writes, reads):
                event.listen(engine.sync_engine, "connect", _tune_sqlite)
        else:
            writes = create_async_engine(url, pool_pre_ping=True)
            reads = writes.execution_options(isolation_level="AUTOCOMMIT")
        store = cls(reads, writes)
        try:
            async with store._write() as connection:
                await connection.run_sync(upgrade)
        except BaseException:
            await store.aclose()
            raise
        return store

    async def save_turn(self, turn: TurnRecord) -> None:
        """Insert or replace by id; also keeps the person's latest name and language."""
        values = {column.name: getattr(turn, column.name) for column in _TURN_COLUMNS}
        values |= {"person": turn.person.id, "decision": dataclasses.asdict(turn.decision)}
        person = {"id": turn.person.id, "name": turn.person.name, "language": turn.person.language}
        known = {name: value for name, value in person.items() if value}
        async with self._write() as connection:
            await connection.execute(self._upsert(PersonRow, known))
            await connection.execute(self._upsert(TurnRow, values, "id"))

    async def turns(self, conversation: str, limit: int = 50) -> list[TurnRecord]:
        """The latest turns of a conversation, oldest first; those before its last reset are left out."""
        after = select(ResetRow.number).where(ResetRow.conversation == conversation).scalar_subquery()
        rows = await self._all(
            _turn_rows()
            .where(TurnRow.conversation == conversation, TurnRow.number > func.coalesce(after, 0))
            .order_by(TurnRow.number.desc())
            .limit(limit)
        )
        return [_turn(row) for row in reversed(rows)]

    async def history(self, conversation: str, limit: int = 50) -> list[Message]:
        """The same as messages: what was said and answered, with names, oldest first."""
        messages = []
        for turn in await self.turns(conversation, limit):
            if turn.user_text:
                messages.append(Message("user", turn.user_text, turn.person.name, turn.at))
            if turn.reply_text:
                messages.append(Message("assistant", turn.reply_text, "", turn.at))
        return messages

    async def reset(self, conversation: str) -> None:
        """Begin anew: turns until now are no longer history (they stay in the export)."""
        async with self._write() as connection:
            query = select(func.max(TurnRow.number)).where(TurnRow.conversation == conversation)
            number = (await connection.execute(query)).scalar() or 0
            await connection.execute(self._upsert(ResetRow, {"conversation": conversation, "number": number}))

    async def setting(self, owner: str, name: str) -> Any:
        """A JSON value kept for a person id or a conversation key; None when never set."""
        rows = await self._all(select(SettingRow.value).where(SettingRow.owner == owner, SettingRow.name == name))
        return rows[0][0] if rows else None

    async def set_setting(self, owner: str, name: str, value: Any) -> None:
        """Keep a JSON value (``language``, ``mode``, …); None removes it."""
        async with self._write() as connection:
            if value is None:
                await connection.execute(delete(SettingRow).where(SettingRow.owner == owner, SettingRow.name == name))
            else:
                await connection.execute(self._upsert(SettingRow, {"owner": owner, "name": name, "value": value}))

    async def expect(self, conversation: str, person: str, expectation: Expectation | None) -> None:
        """Set or clear what the next message of this person in this conversation answers."""
        async with self._write() as connection:
            if expectation is None:
                await connection.execute(
                    delete(ExpectationRow).where(
                        ExpectationRow.conversation == conversation, ExpectationRow.person == person
                    )
                )
            else:
                values = {"conversation": conversation, "person": person}
                await connection.execute(
                    self._upsert(ExpectationRow, values | {"skill": expectation.skill, "state": expectation.state})
                )

    async def expected(self, conversation: str, person: str) -> Expectation | None:
        """What is waited for, if anything."""
        rows = await self._all(
            select(ExpectationRow.skill, ExpectationRow.state).where(
                ExpectationRow.conversation == conversation, ExpectationRow.person == person
            )
        )
        return Expectation(rows[0].skill, rows[0].state) if rows else None

    async def tokens_today(self, person: str) -> int:
        """Tokens of the model this person used since midnight UTC."""
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        used = func.sum(TurnRow.input_tokens + TurnRow.output_tokens)
        rows = await self._all(select(used).where(TurnRow.person == person, TurnRow.at >= midnight))
        return int(rows[0][0] or 0)

    async def save_feedback(self, turn: str, person: str, score: int, comment: str = "") -> None:
        """A thumb: 1 or -1 for a turn; a later one of the same person replaces it."""
        values = {"turn": turn, "person": person, "score": score, "comment": comment, "at": datetime.now(UTC)}
        async with self._write() as connection:
            await connection.execute(self._upsert(FeedbackRow, values))

    async def export(self, person: str) -> dict[str, Any]:
        """Everything kept of one person, as JSON-ready values."""
        turns = await self._all(_turn_rows().where(TurnRow.person == person).order_by(TurnRow.number))
        people = await self._all(select(PersonRow.name, PersonRow.language).where(PersonRow.id == person))
        settings = await self._all(select(SettingRow.name, SettingRow.value).where(SettingRow.owner == person))
        expected = await self._all(
            select(ExpectationRow.conversation, ExpectationRow.skill, ExpectationRow.state).where(
                ExpectationRow.person == person
            )
        )
        feedback = await self._all(
            select(FeedbackRow.turn, FeedbackRow.score, FeedbackRow.comment, FeedbackRow.at).where(
                FeedbackRow.person == person
            )
        )
        known = _plain(people[0]._mapping) if people else {"name": "", "language": None}
        return {
            "person": {"id": person, **known},
            "settings": {row.name: row.value for row in settings},
            "turns": [_plain(dataclasses.asdict(_turn(row))) for row in turns],
            "feedback": [_plain(row._mapping) for row in feedback],
            "expected": [_plain(row._mapping) for row in expected],
        }

    async def erase(self, person: str) -> int:
        """Delete everything kept of one person, with what was set in chats of theirs alone; returns how many rows."""
        own = select(TurnRow.conversation).where(TurnRow.person == person)
        shared = select(TurnRow.conversation).where(TurnRow.person != person)
        async with self._write() as connection:
            alone = (await connection.execute(own.except_(shared))).scalars().all()
            count = 0
            for statement in (
                delete(FeedbackRow).where(FeedbackRow.person == person),
                delete(FeedbackRow).where(FeedbackRow.turn.in_(select(TurnRow.id).where(TurnRow.person == person))),
                delete(ExpectationRow).where(ExpectationRow.person == person),
                delete(SettingRow).where(SettingRow.owner.in_([person, *alone])),
                delete(ResetRow).where(ResetRow.conversation.in_(alone)),
                delete(TurnRow).where(TurnRow.person == person),
                delete(PersonRow).where(PersonRow.id == person),
            ):
                count += await _deleted(connection, statement)
        return count

    async def writable(self) -> bool:
        """Whether a write succeeds now, for ``/readyz``."""
        try:
            async with asyncio.timeout(5.0):
                await self.set_setting("botframework", "written", datetime.now(UTC).isoformat())
        except (StoreError, TimeoutError):
            return False
        return True

    async def aclose(self) -> None:
        """Close connections."""
        for engine in (self._reads, self._writes):
            await engine.dispose()

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._writes.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(f"the store cannot be written: {error}") from error

    async def _all(self, query: Executable) -> list[Row[Any]]:
        try:
            async with self._reads.connect() as connection:
                return list((await connection.execute(query)).all())
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(f"the store cannot be read: {error}") from error

    def _upsert(self, table: type[Base], values: Mapping[str, Any], *key: str) -> Any:
        keys = key or tuple(column.name for column in table.__table__.primary_key)
        insert = self._insert(table).values(values)
        changed = {name: insert.excluded[name] for name in values if name not in keys}
        if not changed:
            return insert.on_conflict_do_nothing(index_elements=keys)
        return insert.on_conflict_do_update(index_elements=keys, set_=changed)


def _insert_of(dialect: str) -> Any:
    """The dialect's INSERT that can replace; only that dialect is imported."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert
    from sqlalchemy.dialects import sqlite

    return sqlite.insert


def _tune_sqlite(connection: Any, record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


async def _deleted(connection: AsyncConnection, statement: Delete) -> int:
    return int((await connection.execute(statement)).rowcount)


def _turn_rows() -> Select[Any]:
    name, locale = PersonRow.name.label("person_name"), PersonRow.language.label("person_language")
    return select(*_TURN_COLUMNS, name, locale).outerjoin(PersonRow, PersonRow.id == TurnRow.person)


def _turn(row: Row[Any]) -> TurnRecord:
    values = dict(row._mapping)
    name, locale = values.pop("person_name"), values.pop("person_language")
    values["person"] = Person(values["person"], name or "", locale)
    decision = values["decision"]
    candidates = tuple((skill, score) for skill, score in decision["candidates"])
    values["decision"] = Decision(**{**decision, "candidates": candidates})
    values["memories"] = tuple(values["memories"])
    return TurnRecord(**values)


def _plain(values: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
