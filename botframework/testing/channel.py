"""A channel that keeps what a person would see, and refuses what a real platform refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from botframework.adapter import Accept, Adapter, Capabilities
from botframework.errors import ContentRefused
from botframework.types import Address, Attachment, Part, Receipt, Text

__all__ = ["Call", "FakeChannel", "Shown"]

Call: TypeAlias = Literal["send", "edit", "delete", "preview", "working", "find", "fetch"]


@dataclass(slots=True)
class Shown:
    """One message of the bot as it stands in a chat."""

    id: str
    address: Address
    part: Part
    key: str
    versions: list[Part] = field(default_factory=list)
    """Every content that it has had, the first included."""
    deleted: bool = False

    @property
    def text(self) -> str:
        """Its Markdown, where it is text."""
        return self.part.markdown if isinstance(self.part, Text) else getattr(self.part, "markdown", "")


@dataclass(slots=True)
class _Fault:
    error: Exception
    accepted: bool


class FakeChannel(Adapter):
    """An adapter without a platform. Its misuse is noted in ``violations``, which ``BotTester`` raises at its end.

    Args:
        streaming: as ``Capabilities.streaming``.
        limit: the most characters of one message; longer ones are refused, and ``split`` cuts there.
        findable: whether ``find`` can find a message by its key.
    """

    name = "fake"

    def __init__(
        self,
        streaming: Literal["none", "edits", "preview"] = "edits",
        *,
        edit_interval: float = 0.0,
        limit: int | None = None,
        buttons: bool = True,
        files: bool = True,
        findable: bool = True,
        name: str = "fake",
    ) -> None:
        self.name = name  # type: ignore[misc]  # a class variable elsewhere; two fakes in one bot need two names
        self.capabilities = Capabilities(streaming, edit_interval, buttons, files)
        self.messages: list[Shown] = []
        """Every message of the bot, deleted ones included, oldest first."""
        self.calls: list[tuple[Call, str]] = []
        """What the bot did, in order: the call and the text or name of its part."""
        self.previews: list[str] = []
        self.statuses: list[str] = []
        """What was shown as being done; empty texts are plain "typing" signs."""
        self.violations: list[str] = []
        self.files: dict[str, bytes] = {}
        """What ``fetch`` returns, by attachment id."""
        self.changed = asyncio.Event()
        """Set at every call."""
        self._limit = limit
        self._findable = findable
        self._faults: dict[Call, list[_Fault]] = {}
        self._accept: Accept | None = None

    def fail(self, error: Exception, *, on: Call = "send", times: int = 1, accepted: bool = False) -> None:
        """Let the next ``times`` calls fail.

        Args:
            accepted: the platform took the content and only its answer was lost.
        """
        self._faults.setdefault(on, []).extend(_Fault(error, accepted) for _ in range(times))

    def visible(self, chat: str | None = None) -> list[Shown]:
        """The messages that can be seen now, oldest first."""
        return [
            shown
            for shown in self.messages
            if not shown.deleted and (chat is None or shown.address.conversation.chat == chat)
        ]

    def texts(self, chat: str | None = None) -> list[str]:
        """Their texts."""
        return [shown.text for shown in self.visible(chat)]

    async def run(self, accept: Accept) -> None:
        """Stand ready until cancelled; tests bring events through ``accept``."""
        self._accept = accept
        await asyncio.Event().wait()

    async def send(self, address: Address, part: Part, key: str) -> Receipt:
        """Post a message."""
        fault = self._begin("send", part)
        if fault is not None and not fault.accepted:
            raise fault.error
        self._check(part)
        if any(shown.key == key and not shown.deleted for shown in self.messages) and self._findable:
            self.violations.append(f"part {key} was posted twice")
        shown = Shown(f"m{len(self.messages) + 1}", address, part, key, [part])
        self.messages.append(shown)
        if fault is not None:
            raise fault.error
        return Receipt(shown.id)

    async def edit(self, address: Address, receipt: Receipt, part: Part) -> Receipt:
        """Replace a message's content."""
        fault = self._begin("edit", part)
        if fault is not None and not fault.accepted:
            raise fault.error
        shown = self._known(receipt, "edited")
        self._check(part)
        shown.part = part
        shown.versions.append(part)
        if fault is not None:
            raise fault.error
        return receipt

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """Remove a message."""
        fault = self._begin("delete", Text(receipt.message_id))
        if fault is not None:
            raise fault.error
        self._known(receipt, "deleted").deleted = True

    async def find(self, address: Address, part: Part, key: str, known: Sequence[Receipt]) -> Receipt | None:
        """The message that was posted under ``key``."""
        fault = self._begin("find", part)
        if fault is not None:
            raise fault.error
        taken = {receipt.message_id for receipt in known}
        for shown in self.messages:
            if self._findable and shown.key == key and not shown.deleted and shown.id not in taken:
                return Receipt(shown.id)
        return None

    async def preview(self, address: Address, text: str, key: str) -> None:
        """Note the unfinished text."""
        fault = self._begin("preview", Text(text))
        if fault is not None:
            raise fault.error
        if self.capabilities.streaming != "preview":
            self.violations.append("a preview was shown on a channel that has none")
        self.previews.append(text)

    async def working(self, address: Address, text: str) -> None:
        """Note the sign."""
        fault = self._begin("working", Text(text))
        if fault is not None:
            raise fault.error
        self.statuses.append(text)

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes that the test laid down in ``files``."""
        fault = self._begin("fetch", Text(attachment.name))
        if fault is not None:
            raise fault.error
        return self.files[attachment.id]

    def split(self, text: str) -> list[str]:
        """Cut at the limit."""
        if self._limit is None:
            return [text]
        return [text[start : start + self._limit] for start in range(0, len(text), self._limit)]

    def _begin(self, call: Call, part: Part) -> _Fault | None:
        self.calls.append((call, getattr(part, "markdown", getattr(part, "name", ""))))
        self.changed.set()
        faults = self._faults.get(call)
        return faults.pop(0) if faults else None

    def _check(self, part: Part) -> None:
        if isinstance(part, Text) and not part.markdown.strip():
            self.violations.append("an empty message was posted")
            raise ContentRefused("an empty message")
        if isinstance(part, Text) and self._limit is not None and len(part.markdown) > self._limit:
            raise ContentRefused(f"{len(part.markdown)} characters, at most {self._limit} are taken")

    def _known(self, receipt: Receipt, what: str) -> Shown:
        for shown in self.messages:
            if shown.id == receipt.message_id and not shown.deleted:
                return shown
        self.violations.append(f"{receipt.message_id!r} was {what}, but no such message stands")
        raise ContentRefused("no such message")
