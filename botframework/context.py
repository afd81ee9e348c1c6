"""What a skill is given for one turn; knows no channel, no database and no engine by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from botframework.memory import Memory, MemoryStore, Scope
from botframework.model import Model
from botframework.store import Decision
from botframework.types import Attachment, Conversation, Event, Message, Person

__all__ = ["Context", "ScopedMemory"]

Settings = TypeVar("Settings", bound=BaseModel)


class ScopedMemory:
    """A memory store bound to one scope: a skill cannot reach beyond it. Notes what was recalled."""

    def __init__(self, store: MemoryStore, scope: Scope) -> None:
        self._store = store
        self.scope = scope
        self.used: list[Memory] = []
        """What was recalled in this turn, for ``/why``."""

    async def recall(self, query: str, k: int = 5, kinds: Sequence[str] = ("fact", "turn")) -> list[Memory]:
        """The ``k`` most relevant memories, best first."""
        found = await self._store.recall(self.scope, query, k, kinds)
        self.used.extend(found)
        return found

    async def remember(self, text: str, kind: str = "fact", key: str | None = None) -> Memory:
        """Keep ``text``."""
        return await self._store.remember(self.scope, text, kind, key)

    async def all(self, kinds: Sequence[str] = ("fact",)) -> list[Memory]:
        """Everything in scope, oldest first."""
        return await self._store.all(self.scope, kinds)

    async def forget(self, ids: Sequence[str] | None = None) -> int:
        """Delete those, or everything in scope; returns how many."""
        return await self._store.forget(self.scope, ids)


@dataclass(slots=True)
class Context:
    """One turn, as its skill sees it."""

    event: Event
    text: str
    """The message, without the command that chose the skill."""
    model: Model
    memory: ScopedMemory
    language: str
    """The language to answer in: ``en``, ``zh``, ``fr``, ``de``, ``es``."""
    detected: str | None = None
    """The language this message is written in, None where that could not be told."""
    history: list[Message] = field(default_factory=list)
    """The conversation before this message, oldest first."""
    expected: dict[str, Any] | None = None
    """What this skill kept with ``expect`` when it asked; None for a fresh request."""
    decision: Decision = field(default_factory=lambda: Decision("", "none"))
    """Which skill this is and why it was chosen."""
    settings: BaseModel | None = None
    """The skill's own settings, validated; read them typed with ``settings_as``."""
    fetch_: Callable[[Attachment], Awaitable[bytes]] | None = None
    status_: Callable[[str], Awaitable[None]] | None = None
    translate_: Callable[..., str] | None = None
    mode_: Any = None
    set_mode_: Callable[[dict[str, Any] | None], Awaitable[None]] | None = None
    waiting_for: dict[str, Any] | None = None

    @property
    def person(self) -> Person:
        """Who wrote."""
        return self.event.sender

    @property
    def conversation(self) -> Conversation:
        """Where."""
        return self.event.conversation

    def settings_as(self, kind: type[Settings]) -> Settings:
        """The skill's settings as ``kind``; its defaults when nothing is configured."""
        return self.settings if isinstance(self.settings, kind) else kind()

    def expect(self, **state: Any) -> None:
        """Let this person's next message here come back to this skill, with ``state`` in ``ctx.expected``.

        Args:
            state: JSON-ready values.
        """
        self.waiting_for = state

    @property
    def mode(self) -> dict[str, Any] | None:
        """What this skill gave to ``set_mode``; None where the conversation is in no mode of this skill."""
        mode = self.mode_
        if not isinstance(mode, dict) or mode.get("skill") != self.decision.skill:
            return None
        return dict(mode.get("arguments") or {})

    async def set_mode(self, **arguments: Any) -> None:
        """Let every further message of this conversation that is no command come to this skill.

        Args:
            arguments: JSON-ready values for its parameters; the last text parameter takes the message otherwise.
        """
        await self._keep_mode({"skill": self.decision.skill, "arguments": arguments})

    async def end_mode(self) -> None:
        """End the mode of this conversation."""
        await self._keep_mode(None)

    async def _keep_mode(self, mode: dict[str, Any] | None) -> None:
        if self.set_mode_ is None:
            raise LookupError("outside of a bot there is no conversation that could be in a mode")
        await self.set_mode_(mode)
        self.mode_ = mode

    async def status(self, text: str) -> None:
        """Show what is being done while it is done."""
        if self.status_ is not None:
            await self.status_(text)

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of an attachment of this event."""
        if self.fetch_ is None:
            raise LookupError(f"this channel cannot fetch {attachment.name!r}")
        return await self.fetch_(attachment)

    def say(self, key: str, **values: Any) -> str:
        """A text of the bot's own in this person's language (Fluent message ``key``)."""
        return self.translate_(key, **values) if self.translate_ is not None else key
