"""Reads what a bot has said back as conversations and rated answers to learn from; knows no model and no file format.

Nobody's name or id is in it. An answer that somebody disliked is in no conversation, and ends the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, func, select

from botframework.errors import StoreError
from botframework.store.models import FeedbackRow, TurnRow

__all__ = ["Exchange", "Talk", "talks"]

PAUSE = timedelta(hours=1)
"""A conversation that rests longer begins anew."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked and answered, by which skill; `thumbs` is how many were up less how many were down."""

    asked: str
    answered: str
    skill: str
    language: str | None
    at: datetime
    thumbs: int


@dataclass(slots=True)
class Talk:
    """Exchanges that follow each other; only the last one may have been disliked."""

    exchanges: list[Exchange] = field(default_factory=list)

    def follows(self, exchange: Exchange) -> bool:
        """Whether `exchange` goes on with this talk."""
        if not self.exchanges:
            return True
        last = self.exchanges[-1]
        return last.thumbs >= 0 and exchange.at - last.at <= PAUSE


def talks(file: Path) -> Iterator[Talk]:
    """Every talk in a store's SQLite file, one conversation after the other; read as it goes.

    Raises:
        StoreError: there is no such file.
    """
    if not file.is_file():
        raise StoreError(f"{file}: no store; name the bot's data folder with --data")
    thumbs = select(FeedbackRow.turn, func.sum(FeedbackRow.score).label("score")).group_by(FeedbackRow.turn).subquery()
    query = (
        select(TurnRow, thumbs.c.score)
        .outerjoin(thumbs, thumbs.c.turn == TurnRow.id)
        .where(TurnRow.outcome == "answered", TurnRow.user_text != "", TurnRow.reply_text != "")
        .order_by(TurnRow.conversation, TurnRow.number)
    )
    engine = create_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            conversation, talk = None, Talk()
            for row in connection.execution_options(yield_per=500).execute(query):
                skill = str((row.decision or {}).get("skill", ""))
                exchange = Exchange(row.user_text, row.reply_text, skill, row.language, row.at, row.score or 0)
                if row.conversation != conversation or not talk.follows(exchange):
                    if talk.exchanges:
                        yield talk
                    conversation, talk = row.conversation, Talk()
                talk.exchanges.append(exchange)
            if talk.exchanges:
                yield talk
    finally:
        engine.dispose()
