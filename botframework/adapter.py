"""The seam that a channel implements; it knows nothing of any platform.

An adapter turns a platform's updates into events and delivers reply parts. Order, retries, deduplication and
streaming are the kernel's: an adapter must only

- call ``accept(event)`` and wait for it **before** it acknowledges anything to its platform;
- raise the errors of ``botframework.errors`` (``RateLimited``, ``ChannelUnavailable``, ``ContentRefused``,
  ``ConversationGone``) and no vendor's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from pydantic import BaseModel

from botframework.types import Address, Attachment, Event, Part, Receipt

if TYPE_CHECKING:
    from botframework.store import TurnRecord

__all__ = ["Accept", "Adapter", "Capabilities", "Check", "NoSettings"]

Accept: TypeAlias = Callable[[Event], Awaitable[bool]]
"""Commits an event; True when it is new, False for a redelivery. Only after it returns may the platform be told."""


class NoSettings(BaseModel, extra="forbid"):
    """Settings of an adapter or a skill that has none."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do; the kernel adapts the delivery to it."""

    streaming: Literal["none", "edits", "preview"] = "none"
    """``edits``: a message is posted early and edited as text arrives; ``preview``: ``preview`` shows unfinished
    text that vanishes by itself and the whole text is sent at the end."""
    edit_interval: float = 1.0
    """Seconds between two updates of a streamed message."""
    buttons: bool = False
    files: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One line of ``botframework doctor``."""

    name: str
    ok: bool
    detail: str
    mend: str = ""
    """What to do when it is not ok."""


class Adapter(ABC):
    """Base class of a channel. The constructor takes the channel's validated settings."""

    name: ClassVar[str]
    Settings: ClassVar[type[BaseModel]] = NoSettings
    capabilities: Capabilities = Capabilities()
    last_contact: float | None = None
    """``time.time()`` of the last successful exchange with the platform; None before the first."""

    @abstractmethod
    async def run(self, accept: Accept) -> None:
        """Bring events until cancelled, recovering from the platform's failures by itself."""

    @abstractmethod
    async def send(self, address: Address, part: Part, key: str) -> Receipt:
        """Deliver one part. ``key`` is unique for this part and the same when it is tried again after a crash."""

    @abstractmethod
    async def edit(self, address: Address, receipt: Receipt, part: Part) -> Receipt:
        """Replace what was delivered by ``part``. Editing to the same content is no error."""

    @abstractmethod
    async def delete(self, address: Address, receipt: Receipt) -> None:
        """Remove a delivered part (a shorter answer no longer needs it)."""

    async def find(self, address: Address, part: Part, key: str, known: Sequence[Receipt]) -> Receipt | None:
        """After a crash: the message that an interrupted ``send`` of ``key`` left on the platform, if it did.

        ``known`` are the receipts already recorded in this conversation. None means "not found": it is sent again.
        """
        return None

    async def preview(self, address: Address, text: str, key: str) -> None:
        """Show unfinished text (only where ``capabilities.streaming`` is ``preview``)."""

    async def working(self, address: Address, text: str) -> None:
        """Show that an answer is on its way ("typing"); called every few seconds while it is."""

    async def closed(self, event: Event, turn: TurnRecord) -> None:
        """The turn of ``event`` is over, whatever its outcome: everything is delivered and recorded."""

    @abstractmethod
    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of an attachment that an event brought."""

    def split(self, text: str) -> list[str]:
        """Cut Markdown into pieces that the platform takes whole; joined they are the text."""
        return [text]

    async def check(self) -> list[Check]:
        """What ``botframework doctor`` shows of this channel: token, scopes, reachability."""
        return []

    async def aclose(self) -> None:
        """Release connections; called once after ``run`` has ended."""
