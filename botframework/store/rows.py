"""The store's statements, made once, and what becomes of their rows; knows no driver."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, case, delete, func, select

from botframework.store import Decision, TurnRecord
from botframework.store.models import (
    Base,
    ExpectationRow,
    FeedbackRow,
    PersonRow,
    ResetRow,
    SettingRow,
    TurnRow,
)
from botframework.types import Person

__all__ = ["EXPECTED", "HISTORY", "LAST_NUMBER", "SETTING", "TOKENS", "TURNS", "TURN_FIELDS", "Upserts"]

_TURN_COLUMNS = [column for column in TurnRow.__table__.c if column.name != "number"]
TURN_FIELDS = [column.name for column in _TURN_COLUMNS]
_RESET = select(ResetRow.number).where(ResetRow.conversation == bindparam("conversation")).scalar_subquery()
_ALL_TURNS = select(
    *_TURN_COLUMNS, PersonRow.name.label("person_name"), PersonRow.language.label("person_language")
).outerjoin(PersonRow, PersonRow.id == TurnRow.person)


def _latest(query: Any) -> Executable:
    latest: Executable = (
        query.where(TurnRow.conversation == bindparam("conversation"), TurnRow.number > func.coalesce(_RESET, 0))
        .order_by(TurnRow.number.desc())
        .limit(bindparam("most"))
    )
    return latest


TURNS = _latest(_ALL_TURNS)
# An apology with its reference is no part of the talk.
_SAID = case((TurnRow.reference != "", ""), else_=TurnRow.reply_text)
HISTORY = _latest(
    select(TurnRow.user_text, _SAID, TurnRow.at, PersonRow.name).outerjoin(PersonRow, PersonRow.id == TurnRow.person)
)
LAST_NUMBER = select(func.max(TurnRow.number)).where(TurnRow.conversation == bindparam("conversation"))
SETTING = select(SettingRow.value).where(SettingRow.owner == bindparam("owner"), SettingRow.name == bindparam("name"))
EXPECTED = select(ExpectationRow.skill, ExpectationRow.state).where(
    ExpectationRow.conversation == bindparam("conversation"), ExpectationRow.person == bindparam("person")
)
TOKENS = select(func.sum(TurnRow.input_tokens + TurnRow.output_tokens)).where(
    TurnRow.person == bindparam("person"), TurnRow.at >= bindparam("since")
)


class Upserts:
    """Inserts that replace what has the same key, in the words of one dialect."""

    def __init__(self, dialect: str) -> None:
        self._insert = _insert_of(dialect)
        self.turn = self._upsert(TurnRow, "id")
        self.reset = self._upsert(ResetRow)
        self.setting = self._upsert(SettingRow)
        self.expectation = self._upsert(ExpectationRow)
        self.feedback = self._upsert(FeedbackRow)
        person = self._insert(PersonRow)
        self.person = person.on_conflict_do_update(
            index_elements=["id"],
            set_={
                "name": func.coalesce(func.nullif(person.excluded.name, ""), PersonRow.name),
                "language": func.coalesce(person.excluded.language, PersonRow.language),
            },
        )

    def _upsert(self, table: type[Base], *key: str) -> Any:
        keys = key or tuple(column.name for column in table.__table__.primary_key)
        insert = self._insert(table)
        changed = [column.name for column in table.__table__.c if column.name not in keys and not column.primary_key]
        return insert.on_conflict_do_update(index_elements=keys, set_={name: insert.excluded[name] for name in changed})


def turn(row: Any) -> TurnRecord:
    """The turn that a row of ``TURNS`` holds."""
    values = dict(row._mapping)
    name, locale = values.pop("person_name"), values.pop("person_language")
    values["person"] = Person(values["person"], name or "", locale)
    decision = values["decision"]
    candidates = tuple((skill, score) for skill, score in decision["candidates"])
    values["decision"] = Decision(**{**decision, "candidates": candidates})
    values["memories"] = tuple(values["memories"])
    return TurnRecord(**values)


def export(connection: Connection, person: str) -> dict[str, Any]:
    """Everything kept of one person, as JSON-ready values."""
    people = connection.execute(select(PersonRow.name, PersonRow.language).where(PersonRow.id == person)).all()
    turns = connection.execute(_ALL_TURNS.where(TurnRow.person == person).order_by(TurnRow.number)).all()
    settings = connection.execute(select(SettingRow.name, SettingRow.value).where(SettingRow.owner == person)).all()
    expected = select(ExpectationRow.conversation, ExpectationRow.skill, ExpectationRow.state)
    feedback = select(FeedbackRow.turn, FeedbackRow.score, FeedbackRow.comment, FeedbackRow.at)
    known = _plain(people[0]._mapping) if people else {"name": "", "language": None}
    return {
        "person": {"id": person, **known},
        "settings": {row.name: row.value for row in settings},
        "turns": [_plain(dataclasses.asdict(turn(row))) for row in turns],
        "feedback": [_plain(row._mapping) for row in connection.execute(feedback.where(FeedbackRow.person == person))],
        "expected": [
            _plain(row._mapping) for row in connection.execute(expected.where(ExpectationRow.person == person))
        ],
    }


def erase(connection: Connection, person: str) -> int:
    """Delete every row of one person, and the settings of conversations where nobody else ever spoke."""
    own = select(TurnRow.conversation).where(TurnRow.person == person)
    shared = select(TurnRow.conversation).where(TurnRow.person != person)
    alone = connection.execute(own.except_(shared)).scalars().all()
    statements = (
        delete(FeedbackRow).where(FeedbackRow.person == person),
        delete(FeedbackRow).where(FeedbackRow.turn.in_(select(TurnRow.id).where(TurnRow.person == person))),
        delete(ExpectationRow).where(ExpectationRow.person == person),
        delete(SettingRow).where(SettingRow.owner.in_([person, *alone])),
        delete(ResetRow).where(ResetRow.conversation.in_(alone)),
        delete(TurnRow).where(TurnRow.person == person),
        delete(PersonRow).where(PersonRow.id == person),
    )
    return sum(connection.execute(statement).rowcount for statement in statements)


def _insert_of(dialect: str) -> Any:
    """The dialect's INSERT that can replace; only that dialect is imported."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert
    from sqlalchemy.dialects import sqlite

    return sqlite.insert


def _plain(values: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
