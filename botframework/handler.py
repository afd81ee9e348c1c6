"""Handles one claimed event from its claim to its end, whatever goes wrong on the way. Knows no channel and no skill.

An event that nobody worked on goes through the middleware to its answer. One whose earlier attempt got further is
only finished: its answer is delivered, or its turn closed.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Mapping, Sequence

from botframework.adapter import Adapter
from botframework.clock import Clock
from botframework.closer import PASSING, Closer
from botframework.delivery import Delivery, is_complete
from botframework.edits import Edits
from botframework.errors import ConversationGone, LeaseLost
from botframework.middleware import Next, Refused
from botframework.queue import ConversationQueue, Delivered
from botframework.router import Router
from botframework.store import Decision, Store
from botframework.turn import Observer, Turn
from botframework.voice import Voice

__all__ = ["Handler"]

logger = logging.getLogger(__name__)


class Handler:
    """Handles turns, each in a task of its own.

    Args:
        answer: the middleware and what stands behind it.
    """

    def __init__(
        self,
        *,
        queue: ConversationQueue,
        store: Store,
        adapters: Mapping[str, Adapter],
        router: Router,
        answer: Next,
        edits: Edits,
        voice: Voice,
        closer: Closer,
        observers: Observer,
        clock: Clock,
    ) -> None:
        self._queue = queue
        self._store = store
        self._adapters = adapters
        self._router = router
        self._answer = answer
        self._edits = edits
        self._voice = voice
        self._closer = closer
        self._observers = observers
        self._clock = clock

    async def handle(self, turn: Turn) -> None:
        """One turn, and what becomes of it when it fails."""
        self._observers.turn_started(turn)
        try:
            await self._work(turn)
        except asyncio.CancelledError:
            if not turn.lost:
                await self._closer.give_back(turn)
        except LeaseLost as error:
            logger.warning("gave up event %d: %s", turn.claim.seq, error)
        except PASSING as error:
            await self._closer.retry(turn, error)
        except ConversationGone as error:
            logger.info("%s cannot be answered any more: %s", turn.event.conversation.key, error)
            turn.outcome = "gone"
            await self._close_failed(turn)
        except Exception:
            turn.fail()
            logger.exception("[%s] event %d failed", turn.reference, turn.claim.seq)
            await self._close_failed(turn, apologise=True)
        finally:
            if turn.pieces is not None and not turn.pieces.is_closed:
                await turn.pieces.aclose()

    async def _work(self, turn: Turn) -> None:
        event = turn.event
        adapter = self._adapters.get(event.channel)
        if adapter is None:
            await self._closer.park(turn, f"no channel named {event.channel!r} is configured")
            return
        if not event.addressed and event.kind in ("message", "edited"):
            mode = await self._store.setting(event.conversation.key, "mode")
            if self._router.in_mode(event, mode) is not None:
                turn.overhear()
        if not turn.event.addressed or event.kind == "reaction":
            turn.id = await self._edits.turn_id(event)
            await self._pass_through(turn)
        else:
            left = await self._queue.delivered(turn.claim.seq)
            answered = self._closer.take_answered(turn)
            turn.delivery = await self._delivery(turn, adapter, left)
            if answered is not None:
                turn.adopt(answered)
                if not is_complete(left):
                    await self._deliver_again(turn, turn.delivery)
            elif is_complete(left):
                await self._recover(turn, left)
            else:
                await self._pass_through(turn)
        await self._closer.close(turn)

    async def _delivery(self, turn: Turn, adapter: Adapter, left: Sequence[Delivered]) -> Delivery:
        """The reply of this turn; that of an edited message goes on with the reply it replaces."""
        earlier = await self._edits.take_over(turn)
        return Delivery(
            queue=self._queue,
            claim=turn.claim,
            adapter=adapter,
            clock=self._clock,
            apology=functools.partial(self._voice.cannot_show, turn),
            left=left,
            earlier=earlier,
            on_text=functools.partial(self._note_first_text, turn),
        )

    async def _pass_through(self, turn: Turn) -> None:
        """Through all middleware to the answer, or to the first that refuses the turn."""
        try:
            await self._answer(turn)
        except Refused as refusal:
            turn.outcome = "refused"
            turn.keep = turn.keep and turn.event.addressed and refusal.key is not None
            if refusal.key is not None and turn.delivery is not None and not turn.overheard:
                await self._voice.say(turn, refusal.key, **refusal.values)

    async def _deliver_again(self, turn: Turn, delivery: Delivery) -> None:
        """Nothing is generated twice: the earlier attempt's parts are delivered as they are."""
        for part in turn.parts:
            await delivery.add(part)
        await self._voice.finish(turn)

    async def _recover(self, turn: Turn, left: Sequence[Delivered]) -> None:
        """Only the closing of this turn was missed: the reply is complete on the platform."""
        turn.parts = [row.part for row in left]
        turn.decision = Decision("", "recovered")
        recent = await self._store.turns(turn.event.conversation.key, 20)
        turn.keep = all(record.id != turn.id for record in recent)

    async def _close_failed(self, turn: Turn, *, apologise: bool = False) -> None:
        """End a turn that failed; what fails here as well is left to the queue."""
        try:
            if apologise:
                await self._voice.say(turn, "apology", reference=turn.reference)
            await self._closer.close(turn)
        except LeaseLost as error:
            logger.warning("gave up event %d: %s", turn.claim.seq, error)
        except Exception as error:
            await self._closer.retry(turn, error)

    def _note_first_text(self, turn: Turn) -> None:
        if turn.first_text is None:
            turn.first_text = self._clock.now() - turn.started
            self._observers.first_text(turn)
