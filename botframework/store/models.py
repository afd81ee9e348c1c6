"""The store's tables as SQLAlchemy sees them; knows no dialect and no connection."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Float, Index, Integer, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["HEAD", "Base", "ExpectationRow", "FeedbackRow", "PersonRow", "ResetRow", "SettingRow", "TurnRow", "UTCTime"]

HEAD = "0002"
"""The revision of the migrations that these tables stand at."""


class UTCTime(TypeDecorator[datetime]):
    """A moment, kept in UTC also where the database knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC; naive for a dialect without time zones."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables of the store."""


class PersonRow(Base):
    """A person's latest name and language."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    name: Mapped[str] = mapped_column(String, default="")
    language: Mapped[str | None] = mapped_column(String)


class TurnRow(Base):
    """One handled event. ``number`` rises with every turn and orders a conversation."""

    __tablename__ = "turns"
    __table_args__ = (
        Index("turns_of_conversation", "conversation", "number"),
        Index("turns_of_person", "person", "at"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String, unique=True)
    conversation: Mapped[str] = mapped_column(String)
    person: Mapped[str] = mapped_column(String)
    user_text: Mapped[str] = mapped_column(Text)
    reply_text: Mapped[str] = mapped_column(Text)
    decision: Mapped[dict[str, Any]] = mapped_column(JSON)
    language: Mapped[str | None] = mapped_column(String)
    model: Mapped[str] = mapped_column(String)
    input_tokens: Mapped[int] = mapped_column(Integer)
    output_tokens: Mapped[int] = mapped_column(Integer)
    memories: Mapped[list[str]] = mapped_column(JSON)
    waited: Mapped[float] = mapped_column(Float)
    first_text: Mapped[float] = mapped_column(Float)
    took: Mapped[float] = mapped_column(Float)
    outcome: Mapped[str] = mapped_column(String)
    reference: Mapped[str] = mapped_column(String)
    message_id: Mapped[str] = mapped_column(String)
    at: Mapped[datetime] = mapped_column(UTCTime)


class ResetRow(Base):
    """Turns of a conversation up to ``number`` are no longer its history."""

    __tablename__ = "resets"

    conversation: Mapped[str] = mapped_column(String, primary_key=True)
    number: Mapped[int] = mapped_column(Integer)


class SettingRow(Base):
    """A JSON value kept for a person id or a conversation key."""

    __tablename__ = "settings"

    owner: Mapped[str] = mapped_column(String, primary_key=True)
    name: Mapped[str] = mapped_column(String, primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class ExpectationRow(Base):
    """A skill waits for this person's next message in this conversation."""

    __tablename__ = "expectations"

    conversation: Mapped[str] = mapped_column(String, primary_key=True)
    person: Mapped[str] = mapped_column(String, primary_key=True)
    skill: Mapped[str] = mapped_column(String)
    state: Mapped[dict[str, Any]] = mapped_column(JSON)


class FeedbackRow(Base):
    """A thumb that a person gave to a turn."""

    __tablename__ = "feedback"

    turn: Mapped[str] = mapped_column(String, primary_key=True)
    person: Mapped[str] = mapped_column(String, primary_key=True)
    score: Mapped[int] = mapped_column(Integer)
    comment: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UTCTime)
