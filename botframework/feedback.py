"""Keeps what people think of answers, told by a reaction or a button. Knows no channel and no skill."""

from __future__ import annotations

from botframework.edits import Edits
from botframework.queue import ConversationQueue
from botframework.store import Decision, Store
from botframework.turn import Turn
from botframework.types import Event

__all__ = ["Feedback"]

_THUMBS = {"👍": 1, "+1": 1, "thumbsup": 1, "❤": 1, "❤️": 1, "👎": -1, "-1": -1, "thumbsdown": -1}


class Feedback:
    """Rates turns."""

    def __init__(self, queue: ConversationQueue, store: Store, edits: Edits) -> None:
        self._queue = queue
        self._store = store
        self._edits = edits

    def is_thumb(self, event: Event) -> bool:
        """Whether this event says what its sender thinks of an answer, and nothing else."""
        return event.text.strip() in _THUMBS

    async def rate(self, turn: Turn) -> None:
        """Keep a thumb for the turn whose reply it was given to."""
        turn.keep, turn.decision = False, Decision("", "feedback")
        event = turn.event
        score = _THUMBS.get(event.text.strip())
        if score is None:
            return
        for seq, receipt in await self._queue.receipts(event.conversation.key):
            if receipt.message_id == event.message_id:
                rated = await self._queue.event(seq)
                if rated is not None:
                    await self._store.save_feedback(await self._edits.turn_id(rated), event.sender.id, score)
                return
