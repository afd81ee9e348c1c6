"""The store over SQLAlchemy: SQLite today, any dialect with ``ON CONFLICT`` by its URL; knows no channel.

A commit survives the death of the process. On SQLite it is not forced to the disk: after a power cut the latest turns
may be missing from the history, never from the queue, which decides what is answered.
"""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, make_url

from botframework.errors import StoreError
from botframework.store import Expectation, TurnRecord, rows
from botframework.store.lanes import Lane, lane_for, make_folder
from botframework.store.migrations import upgrade
from botframework.store.models import ExpectationRow, SettingRow
from botframework.store.rows import Upserts
from botframework.types import Message

__all__ = ["SQLStore"]

Result = TypeVar("Result")


class SQLStore:
    """A ``Store`` in a SQL database. Made by ``await SQLStore.open(url)``."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._upserts = Upserts(lane.dialect)

    @classmethod
    async def open(cls, url: str) -> SQLStore:
        """Connect and bring the tables up to date.

        Args:
            url: SQLAlchemy's: ``sqlite:///data/bot.db``; with an asynchronous driver where that is a server's.

        Raises:
            SchemaTooNew: a newer version of this program wrote the database.
            StoreError: it cannot be reached, or its dialect is not known.
        """
        parsed = make_url(url)
        if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
            raise StoreError(f"store url {url!r}: use sqlite:///data/bot.db or postgresql+asyncpg://…")
        if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
            raise StoreError(f"store url {url!r} names no file; a store lives in one: sqlite:///data/bot.db")
        try:
            await asyncio.to_thread(make_folder, parsed)
        except OSError as error:
            raise StoreError(f"store url {url!r}: {error}") from error
        store = cls(lane_for(parsed))
        try:
            await store._lane.write(upgrade)
        except BaseException:
            await store.aclose()
            raise
        return store

    async def save_turn(self, turn: TurnRecord) -> None:
        """Insert or replace by id; also keeps the person's latest name and language."""
        person = {"id": turn.person.id, "name": turn.person.name, "language": turn.person.language}
        values = {name: getattr(turn, name) for name in rows.TURN_FIELDS}
        values |= {"person": turn.person.id, "decision": dataclasses.asdict(turn.decision)}

        def save(connection: Connection) -> None:
            connection.execute(self._upserts.person, person)
            connection.execute(self._upserts.turn, values)

        await self._lane.write(save)

    async def turns(self, conversation: str, limit: int = 50) -> list[TurnRecord]:
        """The latest turns of a conversation, oldest first; those before its last reset are left out."""
        values = {"conversation": conversation, "most": limit}
        found = await self._lane.read(lambda c: c.execute(rows.TURNS, values).all())
        return [rows.turn(row) for row in reversed(found)]

    async def history(self, conversation: str, limit: int = 50) -> list[Message]:
        """The same as messages: what was said and answered, with names, oldest first."""
        values = {"conversation": conversation, "most": limit}
        found = await self._lane.read(lambda c: c.execute(rows.HISTORY, values).all())
        messages = []
        for said, answered, at, name in reversed(found):
            if said:
                messages.append(Message("user", said, name or "", at))
            if answered:
                messages.append(Message("assistant", answered, "", at))
        return messages

    async def reset(self, conversation: str) -> None:
        """Begin anew: turns until now are no longer history (they stay in the export)."""

        def reset(connection: Connection) -> None:
            values = {"conversation": conversation}
            last = connection.execute(rows.LAST_NUMBER, values).scalar() or 0
            connection.execute(self._upserts.reset, values | {"number": last})

        await self._lane.write(reset)

    async def setting(self, owner: str, name: str) -> Any:
        """A JSON value kept for a person id or a conversation key; None when never set."""
        values = {"owner": owner, "name": name}
        return await self._lane.read(lambda c: c.execute(rows.SETTING, values).scalar())

    async def set_setting(self, owner: str, name: str, value: Any) -> None:
        """Keep a JSON value (``language``, ``mode``, …); None removes it."""
        if value is None:
            where = (SettingRow.owner == owner, SettingRow.name == name)
            await self._lane.write(lambda c: c.execute(delete(SettingRow).where(*where)))
        else:
            values = {"owner": owner, "name": name, "value": value}
            await self._lane.write(lambda c: c.execute(self._upserts.setting, values))

    async def expect(self, conversation: str, person: str, expectation: Expectation | None) -> None:
        """Set or clear what the next message of this person in this conversation answers."""
        if expectation is None:
            where = (ExpectationRow.conversation == conversation, ExpectationRow.person == person)
            await self._lane.write(lambda c: c.execute(delete(ExpectationRow).where(*where)))
        else:
            values = {"conversation": conversation, "person": person, **dataclasses.asdict(expectation)}
            await self._lane.write(lambda c: c.execute(self._upserts.expectation, values))

    async def expected(self, conversation: str, person: str) -> Expectation | None:
        """What is waited for, if anything."""
        values = {"conversation": conversation, "person": person}
        row = await self._lane.read(lambda c: c.execute(rows.EXPECTED, values).first())
        return Expectation(row.skill, row.state) if row else None

    async def tokens_today(self, person: str) -> int:
        """Tokens of the model this person used since midnight UTC."""
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        values = {"person": person, "since": midnight}
        used: int | None = await self._lane.read(lambda c: c.execute(rows.TOKENS, values).scalar())
        return used or 0

    async def save_feedback(self, turn: str, person: str, score: int, comment: str = "") -> None:
        """A thumb: 1 or -1 for a turn; a later one of the same person replaces it."""
        values = {"turn": turn, "person": person, "score": score, "comment": comment, "at": datetime.now(UTC)}
        await self._lane.write(lambda c: c.execute(self._upserts.feedback, values))

    async def export(self, person: str) -> dict[str, Any]:
        """Everything kept of one person, as JSON-ready values."""
        return await self._lane.read(lambda c: rows.export(c, person))

    async def erase(self, person: str) -> int:
        """Delete everything kept of one person, with what was set in chats of theirs alone; returns how many rows."""
        return await self._lane.write(lambda c: rows.erase(c, person))

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
        await self._lane.aclose()
