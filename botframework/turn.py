"""One turn: the handling of one event, from its claim to its last part. Knows no queue, no channel and no skill."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from botframework.delivery import Delivery, readable
from botframework.pieces import Ending, Pieces
from botframework.queue import Claim
from botframework.store import Decision, TurnRecord
from botframework.types import Event, Part

if TYPE_CHECKING:
    from botframework.context import Context

__all__ = ["Observer", "Observers", "Turn"]


@dataclass(slots=True, eq=False)
class Turn:
    """What is known of one event while it is handled; middleware reads and writes it."""

    claim: Claim
    started: float
    """On the manager's clock."""
    language: str
    """The language to answer in."""
    detected: str | None = None
    """The language of the message, where that could be told."""
    decision: Decision = field(default_factory=lambda: Decision("", "none"))
    outcome: str = "answered"
    reference: str = ""
    first_text: float | None = None
    """Seconds from the start to the first text."""
    ended: float | None = None
    """On the manager's clock, once everything is delivered."""
    parts: list[Part] = field(default_factory=list)
    """The reply."""
    keep: bool = True
    """False where the turn must leave no trace in the store: a command, or the person erased everything."""
    mode: Any = None
    """The conversation's mode."""
    overheard: bool = False
    """Not said to the bot, and handled like what is because the conversation is in a mode."""
    id: str = ""
    """``channel:event key`` of the message answered; an edited message keeps the id of the first."""
    context: Context | None = None
    delivery: Delivery | None = None
    pieces: Pieces | None = None
    task: asyncio.Task[None] | None = None
    ending: Ending | None = None
    """Set when the answer was ended before it began."""
    deadline: float | None = None
    renewed: float = 0.0
    refreshed: float = 0.0
    lost: bool = False
    """Another worker owns the event now."""

    def __post_init__(self) -> None:
        self.id = self.id or f"{self.event.channel}:{self.event.key}"
        self.renewed = self.started

    @property
    def event(self) -> Event:
        """What is answered."""
        return self.claim.event

    def overhear(self) -> None:
        """Handle an event that is not addressed to the bot as if it were."""
        self.overheard = True
        self.claim = replace(self.claim, event=replace(self.event, addressed=True))

    def end(self, why: Ending) -> bool:
        """End the answer now, whatever it is doing; False when it was over already."""
        if self.pieces is not None:
            return self.pieces.end(why)
        if self.ending is not None or self.ended is not None:
            return False
        self.ending = why
        return True

    def lose(self) -> None:
        """Stop working on this event: another claim of it holds now."""
        self.lost = True
        if self.task is not None:
            self.task.cancel()

    def fail(self) -> None:
        """Note a failure that only the log explains: the reference finds it there."""
        self.outcome, self.reference = "failed", secrets.token_hex(4)

    def adopt(self, earlier: Turn) -> None:
        """Take over what an earlier attempt of the same event has worked out; only its delivery failed."""
        self.id, self.language, self.detected = earlier.id, earlier.language, earlier.detected
        self.decision, self.context, self.outcome = earlier.decision, earlier.context, earlier.outcome
        self.reference, self.first_text, self.keep = earlier.reference, earlier.first_text, earlier.keep
        self.parts = earlier.parts

    def record(self) -> TurnRecord:
        """This turn as the store keeps it."""
        usage = self.context.model.usage if self.context is not None else None
        memories = self.context.memory.used if self.context is not None else ()
        return TurnRecord(
            id=self.id,
            conversation=self.event.conversation.key,
            person=self.event.sender,
            user_text=self.event.text,
            reply_text=readable(self.parts),
            decision=self.decision,
            language=self.detected or self.language,
            model=usage.model if usage is not None and usage.total else "",
            input_tokens=usage.input_tokens if usage is not None else 0,
            output_tokens=usage.output_tokens if usage is not None else 0,
            memories=tuple(dict.fromkeys(memory.text for memory in memories)),
            waited=self.claim.waited,
            first_text=self.first_text or 0.0,
            took=(self.ended or self.started) - self.started,
            outcome=self.outcome,
            reference=self.reference,
            message_id=self.event.message_id,
            at=self.event.at,
        )


class Observer:
    """Told of every turn; the base class does nothing. Must neither block nor raise."""

    def turn_started(self, turn: Turn) -> None:
        """An event was claimed."""

    def first_text(self, turn: Turn) -> None:
        """The answer has its first text."""

    def turn_finished(self, turn: Turn) -> None:
        """The turn is closed; ``turn.outcome`` says how."""

    def turn_retried(self, turn: Turn, reason: str) -> None:
        """The turn failed in a way that the queue tries again (or parks after the last attempt)."""


class Observers(Observer):
    """Several observers as one, told in their order."""

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self._all = list(observers)

    def add(self, observer: Observer) -> None:
        """Tell ``observer`` as well, from now on."""
        self._all.append(observer)

    def turn_started(self, turn: Turn) -> None:
        """An event was claimed."""
        for observer in self._all:
            observer.turn_started(turn)

    def first_text(self, turn: Turn) -> None:
        """The answer has its first text."""
        for observer in self._all:
            observer.first_text(turn)

    def turn_finished(self, turn: Turn) -> None:
        """The turn is closed."""
        for observer in self._all:
            observer.turn_finished(turn)

    def turn_retried(self, turn: Turn, reason: str) -> None:
        """The turn failed and is tried again, or parked."""
        for observer in self._all:
            observer.turn_retried(turn, reason)
