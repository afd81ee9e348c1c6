"""Conversations, turns, feedback and people, as the kernel sees them; knows no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from botframework.types import Message, Person

__all__ = ["Decision", "Expectation", "Store", "TurnRecord"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a skill was chosen: by which step of the router, with which score."""

    skill: str
    by: str
    """``command``, ``expected``, ``mode``, ``rule``, ``semantic`` or ``default``."""
    score: float = 1.0
    detail: str = ""
    candidates: tuple[tuple[str, float], ...] = ()
    """Every skill's semantic score, best first, where they were computed."""


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One handled event: what was asked, what was answered, and how it came about."""

    id: str
    """``channel:event key``: writing the same turn again replaces it."""
    conversation: str
    person: Person
    user_text: str
    reply_text: str
    decision: Decision
    language: str | None = None
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    memories: tuple[str, ...] = ()
    """The texts of the memories used."""
    waited: float = 0.0
    """Seconds in the queue."""
    first_text: float = 0.0
    """Seconds from claim to the first text."""
    took: float = 0.0
    """Seconds from claim to the last part delivered."""
    outcome: str = "answered"
    """``answered``, ``stopped``, ``failed`` or ``ignored`` (group talk kept as context)."""
    reference: str = ""
    """The id shown in an apology, and logged with its trace."""
    message_id: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Expectation:
    """A skill waits for this person's next message in this conversation."""

    skill: str
    state: dict[str, Any]


class Store(Protocol):
    """Every method is committed when it returns."""

    async def save_turn(self, turn: TurnRecord) -> None:
        """Insert or replace by id; also keeps the person's latest name and language."""
        ...

    async def turns(self, conversation: str, limit: int = 50) -> list[TurnRecord]:
        """The latest turns of a conversation, oldest first; those before its last reset are left out."""
        ...

    async def history(self, conversation: str, limit: int = 50) -> list[Message]:
        """The same as messages: what was said and answered, with names, oldest first."""
        ...

    async def reset(self, conversation: str) -> None:
        """Begin anew: turns until now are no longer history (they stay in the export)."""
        ...

    async def setting(self, owner: str, name: str) -> Any:
        """A JSON value kept for a person id or a conversation key; None when never set."""
        ...

    async def set_setting(self, owner: str, name: str, value: Any) -> None:
        """Keep a JSON value (``language``, ``mode``, …); None removes it."""
        ...

    async def expect(self, conversation: str, person: str, expectation: Expectation | None) -> None:
        """Set or clear what the next message of this person in this conversation answers."""
        ...

    async def expected(self, conversation: str, person: str) -> Expectation | None:
        """What is waited for, if anything."""
        ...

    async def tokens_today(self, person: str) -> int:
        """Tokens of the model this person used since midnight UTC."""
        ...

    async def save_feedback(self, turn: str, person: str, score: int, comment: str = "") -> None:
        """A thumb: 1 or -1 for a turn; a later one of the same person replaces it."""
        ...

    async def export(self, person: str) -> dict[str, Any]:
        """Everything kept of one person, as JSON-ready values."""
        ...

    async def erase(self, person: str) -> int:
        """Delete everything kept of one person; returns how many rows."""
        ...

    async def writable(self) -> bool:
        """Whether a write succeeds now, for ``/readyz``."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...
