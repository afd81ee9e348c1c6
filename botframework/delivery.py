"""Delivers one reply: streams, edits, splits, retries, and finishes what a crash interrupted.

Every send stands in the outbox before it is made (``intend``) and its receipt after it (``deliver``). A part is marked
final only when the reply ends with it or the next part's intent stands, so "every row is final" means that the whole
reply is on the platform. It knows no skill and no platform.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from botframework.adapter import Adapter
from botframework.clock import Clock
from botframework.errors import ChannelError, ChannelUnavailable, ContentRefused, RateLimited
from botframework.pieces import Notice, Piece, Pieces
from botframework.plain import plain
from botframework.queue import Claim, ConversationQueue, Delivered
from botframework.types import Buttons, Part, Receipt, Status, Text

__all__ = ["Delivery", "is_complete", "readable"]

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

_GONE = Text("")
"""Stands in the outbox for a part that was deleted again."""
_PAUSES = (1.0, 2.0, 4.0)
"""Seconds between the tries of a call that the platform did not answer, within one turn."""


def is_complete(rows: Sequence[Delivered]) -> bool:
    """Whether an outbox holds a whole reply that needs nothing more."""
    return bool(rows) and all(row.final and row.receipt is not None for row in rows)


def readable(parts: Sequence[Part]) -> str:
    """A reply as one text, for history: its Markdown, and its files by name."""
    texts = []
    for part in parts:
        if isinstance(part, Text | Buttons):
            texts.append(part.markdown)
        elif not isinstance(part, Status):
            texts.append(f"[{part.name}]")
    return "\n\n".join(text for text in texts if text)


@dataclass(slots=True)
class _Slot:
    """What is known of one part: in the outbox and on the platform."""

    key: str = ""
    intended: Part | None = None
    receipt: Receipt | None = None
    shown: Part | None = None
    final: bool = False
    doubtful: bool = False
    """A send was begun whose outcome nobody knows."""


class Delivery:
    """The reply of one claimed event on its way to the platform.

    Args:
        left: this event's outbox as an earlier attempt left it.
        earlier: the outbox of the reply that this one replaces (the message was edited).
        apology: what is said where the platform takes the content in no form.
    """

    def __init__(
        self,
        *,
        queue: ConversationQueue,
        claim: Claim,
        adapter: Adapter,
        clock: Clock,
        apology: Callable[[], str],
        left: Sequence[Delivered] = (),
        earlier: Sequence[Delivered] = (),
        on_text: Callable[[], None] | None = None,
    ) -> None:
        self._queue = queue
        self._claim = claim
        self._adapter = adapter
        self._clock = clock
        self._apology = apology
        self._on_text = on_text
        self._address = claim.event.address
        self._slots: dict[int, _Slot] = {}
        for row in earlier:
            if row.receipt is not None and row.part != _GONE:
                self._slots[row.index] = _Slot(receipt=row.receipt, shown=row.part)
        for row in left:
            if row.part == _GONE:
                self._slots.pop(row.index, None)
                continue
            self._slots[row.index] = _Slot(
                row.key, row.part, row.receipt, row.part if row.receipt else None, doubtful=row.receipt is None
            )
        self.parts: list[Part] = []
        """The parts that are settled, in order."""
        self.text = ""
        """The text that is still growing after them."""
        self.working = ""
        """What is being done, as the skill last said."""
        self.choices: dict[str, str] = {}
        """Where buttons became numbered text: what a typed answer stands for."""
        self._next_update = 0.0
        self._asked_to_wait = 0.0
        self._unshown = False

    @property
    def has_posted(self) -> bool:
        """Whether anything of this reply can be seen."""
        return any(slot.receipt is not None for slot in self._slots.values())

    async def stream(self, pieces: Pieces) -> None:
        """Show the pieces as they come, until the answer is over; ``finish`` then settles it."""
        while True:
            await pieces.wait()
            done = pieces.done
            for piece in pieces.take():
                await self.add(piece)
            if done:
                return
            if self._unshown:
                await self._update()

    async def add(self, piece: Piece) -> None:
        """Take one piece: text grows, a status is shown, every other part is settled at once."""
        if isinstance(piece, str):
            if piece and not self.text and self._on_text is not None:
                self._on_text()
            self.text += piece
            self._unshown = True
        elif isinstance(piece, Notice):
            await self._notice(piece.text)
        elif isinstance(piece, Status):
            self.working = piece.text
            await self.show_working()
        elif isinstance(piece, Text):
            await self._settle()
            await self.add(piece.markdown)
            await self._settle()
        else:
            await self._settle(self._renderable(piece))

    def append(self, text: str) -> None:
        """Add a paragraph to the growing text, outside of any code fence that it left open."""
        if self.text.count("```") % 2:
            self.text = self.text.rstrip("\n") + "\n```"
        self.text = f"{self.text.rstrip()}\n\n{text}" if self.text.strip() else text

    async def show_working(self) -> None:
        """Show that an answer is on its way; failing to is no failure of the answer."""
        try:
            await self._adapter.working(self._address, self.working)
        except ChannelError as error:
            logger.debug("could not show that an answer is on its way: %s", error)

    async def finish(self) -> None:
        """Settle what is left, remove what an earlier attempt posted too much, and mark the reply complete."""
        start = len(self.parts)
        self.parts += self._split()
        await self._intend(start)
        last = len(self.parts) - 1
        for index in range(max(0, start - 1), last):
            await self._patiently(index, final=True)
        for index in sorted(set(self._slots) - set(range(len(self.parts))), reverse=True):
            await self._remove(index)
        if last >= 0:
            await self._patiently(last, final=True)
        self.text = ""

    async def _notice(self, text: str) -> None:
        """Say something that the answer will replace."""
        if self._adapter.capabilities.streaming != "edits":
            self.working = text
            await self.show_working()
        elif not self.parts and not self.text:
            await self._try(functools.partial(self._put, 0, Text(text), final=False))

    def _split(self) -> list[Text]:
        text = self.text
        return [Text(piece) for piece in self._adapter.split(text) if piece.strip()] if text.strip() else []

    def _renderable(self, part: Part) -> Part:
        if isinstance(part, Buttons) and not self._adapter.capabilities.buttons:
            for number, button in enumerate(part.buttons, 1):
                self.choices |= {str(number): button.value, button.label.casefold(): button.value}
            choices = "\n".join(f"{number}. {button.label}" for number, button in enumerate(part.buttons, 1))
            return Text(f"{part.markdown}\n\n{choices}")
        return part

    async def _settle(self, following: Part | None = None) -> None:
        """End the growing text; ``following`` is the part that comes after it."""
        start = len(self.parts)
        self.parts += [*self._split(), *([following] if following is not None else [])]
        self.text, self._unshown = "", False
        await self._intend(start)
        last = len(self.parts) - 1
        for index in range(max(0, start - 1), last + 1):
            await self._patiently(index, final=index < last)

    async def _intend(self, start: int) -> None:
        """Record parts that were never sent before any of them is, so that a crash shows what is missing."""
        if len(self.parts) - start > 1 or start > 0:
            for index in range(start, len(self.parts)):
                slot = self._slots.setdefault(index, _Slot())
                if not slot.key and slot.receipt is None:
                    await self._record_intent(index, slot, self.parts[index])

    async def _record_intent(self, index: int, slot: _Slot, part: Part) -> None:
        row = await self._queue.intend(self._claim, index, part)
        slot.key, slot.intended = row.key, part

    async def _update(self) -> None:
        """Bring what is visible up to date, when its time has come."""
        mode = self._adapter.capabilities.streaming
        if mode == "none" or not self.text.strip() or self._clock.now() < self._next_update:
            return
        self._unshown = False
        start = len(self.parts)
        pieces = self._split()
        for offset, piece in enumerate(pieces):
            index = start + offset
            if mode == "preview" and offset == len(pieces) - 1:
                key = f"{self._claim.event.channel}:{self._claim.seq}:{index}"
                await self._try(functools.partial(self._adapter.preview, self._address, piece.markdown, key))
            else:
                await self._try(functools.partial(self._put, index, piece, final=False))
        self._next_update = max(self._next_update, self._clock.now() + self._adapter.capabilities.edit_interval)

    async def _try(self, call: Callable[[], Awaitable[None]]) -> None:
        """Make an update that the final text does not need; put it off when the platform asks for that."""
        try:
            await call()
        except RateLimited as error:
            self._put_off(error.retry_after)
            self._asked_to_wait = self._next_update
        except (ChannelUnavailable, ContentRefused) as error:
            logger.info("an update of a streamed reply was skipped: %s", error)
            self._put_off(self._adapter.capabilities.edit_interval)

    def _put_off(self, seconds: float) -> None:
        self._next_update = self._clock.now() + seconds
        self._unshown = True

    async def _patiently(self, index: int, final: bool) -> None:
        """Put a part, waiting as long as the platform asks and trying again a few times when it is away."""
        part = self.parts[index]
        forms = [part]
        if isinstance(part, Text | Buttons) and (bare := Text(plain(part.markdown))) != part and bare.markdown.strip():
            forms.append(bare)
        refused = not await self._put_any(index, forms, final)
        slot = self._slots[index]
        if refused and slot.receipt is not None:
            await self._withdraw(slot)
            refused = not await self._put_any(index, forms, final)
        if refused:
            await self._retrying(lambda: self._put(index, Text(self._apology()), final=final))
        slot.shown = part

    async def _put_any(self, index: int, forms: Sequence[Part], final: bool) -> bool:
        """Put the first of these forms that the platform takes; False when it refuses them all."""
        for form in forms:
            try:
                await self._retrying(functools.partial(self._put, index, form, final=final))
                return True
            except ContentRefused as error:
                logger.warning("%s refused a part: %s", self._claim.event.channel, error)
        return False

    async def _withdraw(self, slot: _Slot) -> None:
        """Delete a message that cannot be edited any more; a new one takes its place."""
        if slot.receipt is not None:
            receipt = slot.receipt
            try:
                await self._retrying(lambda: self._adapter.delete(self._address, receipt))
            except ContentRefused as error:
                logger.info("a part could not be deleted: %s", error)
            slot.receipt, slot.shown = None, None

    async def _retrying(self, call: Callable[[], Awaitable[Result]]) -> Result:
        if (seconds := self._asked_to_wait - self._clock.now()) > 0:
            await self._clock.sleep(seconds)
        failures = 0
        while True:
            try:
                return await call()
            except RateLimited as error:
                await self._clock.sleep(max(error.retry_after, 0.01))
            except ChannelUnavailable as error:
                if failures == len(_PAUSES):
                    raise
                logger.info("%s is away, trying again: %s", self._claim.event.channel, error)
                await self._clock.sleep(_PAUSES[failures])
                failures += 1

    async def _put(self, index: int, part: Part, *, final: bool) -> None:
        """Make ``part`` stand at ``index``: nothing, an edit, or a send with its intent and receipt."""
        slot = self._slots.setdefault(index, _Slot())
        if slot.receipt is None and slot.doubtful:
            await self._look_for(slot)
        new = slot.receipt is None
        if slot.receipt is not None and slot.shown != part:
            if isinstance(part, Text | Buttons) and isinstance(slot.shown, Text | Buttons):
                slot.receipt = await self._adapter.edit(self._address, slot.receipt, part)
            else:
                await self._adapter.delete(self._address, slot.receipt)
                slot.receipt = None
        if slot.receipt is None:
            new = True
            if slot.intended != part:
                await self._record_intent(index, slot, part)
            slot.receipt = await self._send(slot, part)
        slot.shown = part
        if new or (final and not slot.final):
            await self._queue.deliver(self._claim, index, part, slot.receipt, final)
            slot.final = final

    async def _send(self, slot: _Slot, part: Part) -> Receipt:
        try:
            return await self._adapter.send(self._address, part, slot.key)
        except ChannelUnavailable:
            slot.doubtful = True
            raise

    async def _look_for(self, slot: _Slot) -> None:
        """Find out whether a send whose outcome is unknown reached the platform."""
        known = [receipt for _, receipt in await self._queue.receipts(self._claim.event.conversation.key)]
        if slot.intended is not None:
            slot.receipt = await self._adapter.find(self._address, slot.intended, slot.key, known)
            slot.shown = slot.intended if slot.receipt is not None else None
        slot.doubtful = False

    async def _remove(self, index: int) -> None:
        """Take back a part that this reply no longer has."""
        slot = self._slots[index]
        if slot.doubtful:
            await self._retrying(lambda: self._look_for(slot))
        receipt = slot.receipt or Receipt("")
        await self._withdraw(slot)
        if slot.key:
            await self._queue.deliver(self._claim, index, _GONE, receipt, True)
        del self._slots[index]
