"""The durable inbox and outbox, as every implementation offers them; knows no database.

An event is *ready* until a worker claims it, *running* under a lease, then *done*. A failed one is ready again after a
pause, and *parked* with its reason after the last attempt; an operator retries or drops it. Within one conversation
events are claimed strictly in the order in which they were put, one at a time; conversations run in parallel. A claim
carries a fencing token: once its lease expired and somebody else claimed the event, every write under the old claim
raises ``LeaseLost``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from botframework.types import Conversation, Event, Part, Receipt

__all__ = ["Claim", "ConversationQueue", "Delivered", "QueuedEvent", "State"]

State: TypeAlias = Literal["ready", "running", "parked", "done", "dropped"]


@dataclass(frozen=True, slots=True)
class Claim:
    """An event that this worker owns until its lease ends."""

    seq: int
    event: Event
    attempt: int
    """1 for the first try."""
    worker: str
    waited: float
    """Seconds between the put and this claim."""
    token: int = 0
    """The fencing token: higher with every claim of this event, released ones included."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One part of a reply in the outbox. ``receipt`` is None from the intent until the platform answered."""

    index: int
    part: Part
    key: str
    receipt: Receipt | None
    final: bool
    """False while the part is still being streamed into."""


@dataclass(frozen=True, slots=True)
class QueuedEvent:
    """A line of ``botframework queue list``."""

    seq: int
    state: State
    event: Event
    attempts: int
    reason: str
    put_at: datetime


class ConversationQueue(Protocol):
    """Every method returns only after what it says is committed."""

    async def put(self, event: Event) -> bool:
        """Commit an event; False when (channel, key) is known already."""
        ...

    async def claim(self, worker: str, lease: float) -> Claim | None:
        """The oldest ready event of a conversation that has none running, leased for ``lease`` seconds."""
        ...

    async def wait(self, timeout: float) -> None:
        """Return when something may have become claimable, at the latest after ``timeout`` seconds."""
        ...

    async def renew(self, claim: Claim, lease: float) -> None:
        """Extend the lease to ``lease`` seconds from now. Raises ``LeaseLost``."""
        ...

    async def complete(self, claim: Claim) -> None:
        """Done; never claimed again. Raises ``LeaseLost``."""
        ...

    async def fail(self, claim: Claim, reason: str, retry_in: float | None) -> None:
        """Ready again in ``retry_in`` seconds (the conversation waits for it), or parked when None.

        Raises:
            LeaseLost: another worker owns the event now.
        """
        ...

    async def release(self, claim: Claim) -> None:
        """Ready again at once, the attempt not counted: the worker is shutting down. Raises ``LeaseLost``."""
        ...

    async def intend(self, claim: Claim, index: int, part: Part) -> Delivered:
        """Record that part ``index`` of the reply is about to be sent; its key is stable. Raises ``LeaseLost``."""
        ...

    async def deliver(self, claim: Claim, index: int, part: Part, receipt: Receipt, final: bool) -> None:
        """Record that the platform took ``part`` as part ``index``. Raises ``LeaseLost``."""
        ...

    async def delivered(self, seq: int) -> list[Delivered]:
        """The outbox of one event, by index."""
        ...

    async def receipts(self, conversation_key: str, limit: int = 50) -> list[tuple[int, Receipt]]:
        """The latest receipts in a conversation with the seq of their event, newest first."""
        ...

    async def find(self, conversation: Conversation, message_id: str) -> int | None:
        """The seq of the event that brought this message to this chat, in any thread of it."""
        ...

    async def event(self, seq: int) -> Event | None:
        """The event of that seq; None when it is unknown or its text was pruned."""
        ...

    async def list(self, state: State | None = None, limit: int = 100) -> list[QueuedEvent]:
        """Events in one state or all, oldest first."""
        ...

    async def retry(self, seq: int) -> bool:
        """A parked event becomes ready with its attempts forgotten; False when it is not parked."""
        ...

    async def drop(self, seq: int, reason: str) -> bool:
        """A parked or ready event is dropped, the reason kept; False when it is neither."""
        ...

    async def forget(self, person: str) -> int:
        """Blank what a person's ended events said and were answered; returns how many."""
        ...

    async def counts(self) -> dict[State, int]:
        """How many events are in each state."""
        ...

    async def ahead(self, seq: int) -> int:
        """How many ready or running events of other conversations were put before this one."""
        ...

    async def aclose(self) -> None:
        """Finish what was begun and close."""
        ...
