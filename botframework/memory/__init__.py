"""What the bot remembers across turns, as skills and the kernel see it; knows no vector store.

Every call is bound to a ``Scope``. In a private chat a person's own memories are recalled, in a group those of that
group; what was said in private never appears in a group, and what was said in one group never in another. An
implementation enforces that where it reads, not where it is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Memory", "MemoryStore", "Scope"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose memories: ``person`` in private, ``person`` within ``conversation`` in a group."""

    person: str
    conversation: str
    private: bool = True
    """True in a chat with the bot alone: the person's own memories are visible. In a group only the group's are."""


@dataclass(frozen=True, slots=True)
class Memory:
    """One remembered fact or turn."""

    id: str
    text: str
    kind: str = "fact"
    """``fact`` (told by ``/remember`` or "remember that …") or ``turn`` (something said)."""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    score: float = 0.0
    """Fused relevance, 0 to 1, where it was recalled by a query."""


class MemoryStore(Protocol):
    """Recall and remember within one scope."""

    async def remember(self, scope: Scope, text: str, kind: str = "fact", key: str | None = None) -> Memory:
        """Keep ``text``; the same ``key`` (or the same fact) again replaces it instead of standing twice."""
        ...

    async def recall(
        self, scope: Scope, query: str, k: int = 5, kinds: Sequence[str] = ("fact", "turn")
    ) -> list[Memory]:
        """The ``k`` most relevant memories of this scope, best first."""
        ...

    async def all(self, scope: Scope, kinds: Sequence[str] = ("fact",)) -> list[Memory]:
        """Everything in this scope, oldest first."""
        ...

    async def forget(self, scope: Scope, ids: Sequence[str] | None = None) -> int:
        """Delete those memories of this scope, or all of them when ``ids`` is None; returns how many.

        In a group only what this person said can be deleted: nobody forgets for somebody else.
        """
        ...

    async def forget_person(self, person: str) -> int:
        """Delete everything remembered of or said by this person, in any conversation."""
        ...

    async def of_person(self, person: str) -> list[Memory]:
        """Everything remembered of or said by this person, for ``/export``."""
        ...

    async def aclose(self) -> None:
        """Write what is pending and close."""
        ...
