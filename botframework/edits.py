"""Finds what an edited message has already been answered with, so that its answer is edited too. Knows no channel."""

from __future__ import annotations

from collections.abc import Sequence

from botframework.queue import ConversationQueue, Delivered
from botframework.recent import Recent
from botframework.turn import Turn
from botframework.types import Event

__all__ = ["Edits"]


class Edits:
    """The turns and replies that edited messages go on with."""

    def __init__(self, queue: ConversationQueue) -> None:
        self._queue = queue
        self._latest: Recent[tuple[str, str, str], int] = Recent()
        """By channel, chat and message: the event whose outbox holds the reply as it stands now."""

    async def turn_id(self, event: Event) -> str:
        """The id of the turn that answers ``event``: an edited message goes on in the turn of the first."""
        if event.kind == "edited":
            original = await self._queue.find(event.conversation, event.message_id)
            first = await self._queue.event(original) if original is not None else None
            event = first or event
        return f"{event.channel}:{event.key}"

    async def take_over(self, turn: Turn) -> Sequence[Delivered]:
        """Let the turn of an edited message go on in the first one's; the outbox of the reply that it replaces."""
        event = turn.event
        if event.kind != "edited":
            return ()
        chat = event.conversation
        original = await self._queue.find(chat, event.message_id)
        if original is None:
            return ()
        place = (chat.channel, chat.chat, event.message_id)
        earlier = await self._queue.delivered(self._latest.get(place, original))
        turn.id = await self.turn_id(event)
        self._latest.put(place, turn.claim.seq)
        return earlier
