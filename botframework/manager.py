"""Handles events: claims them, has each answered by a skill, delivered and recorded. Knows no channel and no skill.

One turn is one task. A single heartbeat renews leases, shows that answers are on their way and ends those that take
too long. What a channel or a database refuses for now goes back to the queue; everything else closes the turn.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import secrets
import sys
from collections import OrderedDict
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from botframework.adapter import Adapter
from botframework.clock import Clock, SystemClock
from botframework.commands import Surroundings, built_in, is_stop
from botframework.context import Context, ScopedMemory
from botframework.delivery import Delivery, is_complete
from botframework.errors import (
    ChannelUnavailable,
    ContextTooLong,
    ConversationGone,
    LeaseLost,
    ModelBusy,
    QueueError,
    RateLimited,
    SkillError,
    StoreError,
    UsageError,
)
from botframework.i18n import Texts
from botframework.line import Line
from botframework.memory import MemoryStore, Scope
from botframework.middleware import Middleware, Refused, chain
from botframework.model import Model
from botframework.pieces import Ending, Notice, Piece, Pieces
from botframework.queue import ConversationQueue, Delivered
from botframework.router import Route, Router, UnknownCommand
from botframework.skill import Skill
from botframework.store import Decision, Expectation, Store
from botframework.turn import Observer, Turn
from botframework.types import Event, Message

__all__ = ["Limits", "Manager"]

logger = logging.getLogger(__name__)

_AGAIN = (ChannelUnavailable, RateLimited, StoreError, QueueError)
"""Failures that pass: the queue tries the event again."""
_THUMBS = {"👍": 1, "+1": 1, "thumbsup": 1, "❤": 1, "❤️": 1, "👎": -1, "-1": -1, "thumbsdown": -1}
_CHOICES = "_choices"
"""In an expectation's state: what typed answers stand for where the channel has no buttons."""
_WORTH_TELLING = 2.0
"""Seconds of waiting from which on a person is told of the line."""


class Limits(BaseModel, extra="forbid", frozen=True):
    """How much the manager does at once, and for how long."""

    concurrency: int = Field(8, ge=1, description="answers that run at the same time")
    waiting: int = Field(64, ge=0, description="further answers that wait in line, each told its place")
    timeout: float = Field(120.0, gt=0, description="seconds after which an answer is given up")
    lease: float = Field(30.0, gt=0, description="seconds after which another worker may take over an event")
    heartbeat: float = Field(0.25, gt=0, description="seconds between two looks at the running answers")
    working: float = Field(4.0, gt=0, description='seconds between two "typing" signs')
    interrupt: bool = Field(False, description="a new message ends the answer that is running in its conversation")
    stop_words: tuple[str, ...] = Field(
        ("stop", "停", "停止", "停下", "别说了", "stopp", "arrête", "para"),
        description="messages that do what /stop does",
    )
    history: int = Field(50, ge=0, description="earlier turns that a skill is given")


class Manager:
    """Answers the events of a queue through these adapters, until ``run`` is cancelled or ``drain`` is called.

    Args:
        model: what skills generate with; every turn gets a count of its own.
        settings: of skills, by skill name.
        texts: the bot's own words; a ``locales`` folder beside a skill's module is added to them.
        observers: told of every turn.
        worker: unique name of this process in the queue.
    """

    def __init__(
        self,
        *,
        queue: ConversationQueue,
        store: Store,
        memory: MemoryStore,
        model: Model,
        router: Router,
        adapters: Mapping[str, Adapter],
        middleware: Sequence[Middleware] = (),
        limits: Limits | None = None,
        settings: Mapping[str, BaseModel] | None = None,
        texts: Texts | None = None,
        observers: Sequence[Observer] = (),
        clock: Clock | None = None,
        worker: str | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.router = router
        self._queue = queue
        self._store = store
        self._memory = memory
        self._model = model
        self._adapters = adapters
        self._settings = settings or {}
        self._texts = texts or Texts()
        self._observers = list(observers)
        self._clock = clock or SystemClock()
        self._worker = worker or f"{os.getpid()}-{secrets.token_hex(3)}"
        self._middleware = list(middleware)
        self._answer = chain(self._middleware, self._respond)
        self._line = Line(self.limits.concurrency, self._clock)
        self._turns: dict[int, Turn] = {}
        self._running: dict[str, Turn] = {}
        self._kept: OrderedDict[int, Turn] = OrderedDict()
        self._edits: OrderedDict[tuple[str, str, str], int] = OrderedDict()
        self._stops: dict[str, Event] = {}
        self._effective_stops: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._errands: set[asyncio.Task[None]] = set()
        self._claiming: asyncio.Task[None] | None = None
        self._has_turns = asyncio.Event()
        self._has_room = asyncio.Event()
        for skill in router.skills:
            self._add_texts(skill)
        surroundings = Surroundings(
            store=store,
            memory=memory,
            queue=queue,
            router=router,
            texts=self._texts,
            stop_words=self.limits.stop_words,
            was_effective=lambda event: (event.channel, event.key) in self._effective_stops,
        )
        taken = {skill.name for skill in router.skills}
        own = [skill for skill in built_in(surroundings) if skill.name not in taken]
        self._built_in = {skill.name for skill in own}
        router.add(own, first=True)

    @property
    def num_running(self) -> int:
        """How many events are being handled now."""
        return len(self._turns)

    def observe(self, observer: Observer) -> None:
        """Tell ``observer`` of every turn from now on."""
        self._observers.append(observer)

    async def accept(self, event: Event) -> bool:
        """Commit an event; a stop takes effect at once. True when it is new, False for a redelivery."""
        if not await self._queue.put(event):
            return False
        if event.kind == "edited":
            running = self._running.get(event.conversation.key)
            if running is not None and running.event.message_id == event.message_id:
                running.end("superseded")
        elif event.addressed and event.kind in ("message", "button") and self._admits(event):
            if is_stop(event.text, self.limits.stop_words):
                self._stops[event.conversation.key] = event
                if self.stop(event.conversation.key):
                    self._effective_stops.add((event.channel, event.key))
            elif self.limits.interrupt and event.kind == "message":
                self._interrupt(event)
        return True

    def stop(self, conversation_key: str, why: Ending = "stopped") -> bool:
        """End the answer that is running or waiting in a conversation; False when there is none."""
        turn = self._running.get(conversation_key)
        if turn is None or not turn.event.addressed or turn.decision.skill in self._built_in:
            return False
        return turn.end(why)

    def _interrupt(self, event: Event) -> None:
        running = self._running.get(event.conversation.key)
        if running is not None and running.event.sender.id == event.sender.id:
            self.stop(event.conversation.key, "interrupted")

    def position(self) -> tuple[int, float | None]:
        """How many answers wait in line, and about how many seconds a new one would."""
        waiting = self._line.num_waiting
        return waiting, self._line.seconds(waiting + 1) if self._line.is_full else 0.0

    async def run(self) -> None:
        """Handle events until cancelled or drained; when cancelled, unfinished ones go back to the queue."""
        self._claiming = asyncio.create_task(self._claim_all())
        heartbeat = asyncio.create_task(self._beat())
        try:
            await asyncio.wait([self._claiming])
            if not self._claiming.cancelled():
                self._claiming.result()
            while self._tasks:
                await asyncio.wait(list(self._tasks))
        finally:
            await self.drain(0.0)
            heartbeat.cancel()
            await asyncio.gather(heartbeat, return_exceptions=True)

    async def drain(self, grace: float) -> None:
        """Claim nothing more, let running turns finish for ``grace`` seconds, then give the others back."""
        if self._claiming is not None:
            self._claiming.cancel()
            await asyncio.wait([self._claiming])
        if self._tasks and grace > 0:
            await asyncio.wait(list(self._tasks), timeout=grace)
        for task in self._tasks:
            task.cancel()
        waited = [*self._tasks, *self._errands]
        if waited:
            await asyncio.gather(*waited, return_exceptions=True)

    async def _claim_all(self) -> None:
        most = self.limits.concurrency + self.limits.waiting
        while True:
            if len(self._turns) >= most:
                self._has_room.clear()
                await self._has_room.wait()
                continue
            try:
                claim = await self._queue.claim(self._worker, self.limits.lease)
                if claim is None:
                    await self._queue.wait(30.0)
                    continue
            except QueueError:
                logger.exception("the queue cannot be read; trying again in a second")
                await self._clock.sleep(1.0)
                continue
            turn = Turn(claim, self._clock.now(), claim.event.sender.language or "en")
            if (before := self._turns.get(claim.seq)) is not None:
                before.lose()
            self._turns[claim.seq] = turn
            self._running[claim.event.conversation.key] = turn
            self._has_turns.set()
            task = asyncio.create_task(self._handle(turn))
            turn.task = task
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _handle(self, turn: Turn) -> None:
        """One turn, and what becomes of it when it fails."""
        for observer in self._observers:
            observer.turn_started(turn)
        try:
            await self._work(turn)
        except asyncio.CancelledError:
            if not turn.lost:
                await self._give_back(turn)
        except LeaseLost as error:
            logger.warning("gave up event %d: %s", turn.claim.seq, error)
        except _AGAIN as error:
            await self._again(turn, error)
        except ConversationGone as error:
            logger.info("%s cannot be answered any more: %s", turn.event.conversation.key, error)
            turn.outcome = "gone"
            await self._close_safely(turn)
        except Exception:
            turn.outcome, turn.reference = "failed", _reference()
            logger.exception("[%s] event %d failed", turn.reference, turn.claim.seq)
            await self._close_safely(turn, apologise=True)
        finally:
            try:
                if turn.pieces is not None and not turn.pieces.is_closed:
                    await turn.pieces.aclose()
            finally:
                self._forget(turn)

    def _forget(self, turn: Turn) -> None:
        if self._turns.get(turn.claim.seq) is turn:
            del self._turns[turn.claim.seq]
        key = turn.event.conversation.key
        if self._running.get(key) is turn:
            del self._running[key]
        if (stop := self._stops.get(key)) is not None and stop.key == turn.event.key:
            del self._stops[key]
        if not self._turns:
            self._has_turns.clear()
        self._has_room.set()

    async def _work(self, turn: Turn) -> None:
        event = turn.event
        adapter = self._adapters.get(event.channel)
        if adapter is None:
            reason = f"no channel named {event.channel!r} is configured"
            await self._queue.fail(turn.claim, reason, None)
            self._tell_retried(turn, reason)
            return
        if not event.addressed and event.kind in ("message", "edited"):
            turn.mode = await self._store.setting(event.conversation.key, "mode")
            if self.router.in_mode(event, turn.mode) is not None:
                turn.overhear()
        if not turn.event.addressed or event.kind == "reaction":
            turn.id = await self._turn_id(event)
            await self._refusable(turn)
        else:
            left = await self._queue.delivered(turn.claim.seq)
            kept = self._kept.pop(turn.claim.seq, None)
            turn.delivery = await self._delivery(turn, adapter, left)
            if kept is not None:
                turn.adopt(kept)
                if not is_complete(left):
                    for part in kept.parts:
                        await turn.delivery.add(part)
                    await self._finish(turn)
            elif is_complete(left):
                await self._recover(turn, left)
            else:
                await self._refusable(turn)
        await self._close(turn)

    async def _delivery(self, turn: Turn, adapter: Adapter, left: Sequence[Delivered]) -> Delivery:
        event = turn.event
        earlier: Sequence[Delivered] = ()
        if event.kind == "edited":
            chat = event.conversation
            place = (chat.channel, chat.chat, event.message_id)
            original = await self._queue.find(chat, event.message_id)
            if original is not None:
                earlier = await self._queue.delivered(self._edits.get(place, original))
                turn.id = await self._turn_id(event)
                _put_recent(self._edits, place, turn.claim.seq)
        return Delivery(
            queue=self._queue,
            claim=turn.claim,
            adapter=adapter,
            clock=self._clock,
            apology=lambda: self._texts.say(turn.language, "cannot-show"),
            left=left,
            earlier=earlier,
            on_text=functools.partial(self._note_first_text, turn),
        )

    async def _recover(self, turn: Turn, left: Sequence[Delivered]) -> None:
        """Only the closing of this turn was missed: the reply is complete on the platform."""
        turn.parts = [row.part for row in left]
        turn.decision = Decision("", "recovered")
        recent = await self._store.turns(turn.event.conversation.key, 20)
        turn.keep = all(record.id != turn.id for record in recent)

    async def _refusable(self, turn: Turn) -> None:
        try:
            await self._answer(turn)
        except Refused as refusal:
            turn.outcome = "refused"
            turn.keep = turn.keep and turn.event.addressed and refusal.key is not None
            if refusal.key is not None and turn.delivery is not None and not turn.overheard:
                await self._say(turn, refusal.key, **refusal.values)

    async def _respond(self, turn: Turn) -> None:
        """What stands after all middleware: choose a skill, run it, deliver what it says."""
        event, delivery = turn.event, turn.delivery
        if event.kind == "reaction":
            await self._rate(turn)
            return
        if delivery is None:
            turn.outcome, turn.decision = "ignored", Decision("", "not addressed")
            return
        event = replace(event, addressed=not turn.overheard)
        conversation = event.conversation.key
        expected = None if turn.overheard else await self._store.expected(conversation, event.sender.id)
        event, asked = _chosen(event, expected)
        if event.kind == "button" and event.text.strip() in _THUMBS:
            await self._rate(turn)
            await self._say(turn, "feedback-thanks")
            return
        stop = self._stops.get(conversation)
        if stop is None or stop.key != event.key:
            turn.mode = await self._store.setting(conversation, "mode")
        route = await self.router.route(event, expected=asked, mode=turn.mode)
        turn.decision = route.decision
        if isinstance(route, UnknownCommand):
            turn.keep = False
            key = "unknown-command-near" if route.closest else "unknown-command"
            await self._say(turn, key, name=route.name, closest=route.closest or "")
            return
        own = route.skill.name in self._built_in
        turn.keep = not own
        if stop is not None and not own and stop.sender.id == event.sender.id and event.at <= stop.at:
            turn.outcome = "stopped"
            return
        turn.context = await self._context(turn, event, route, own)
        try:
            arguments = route.skill.parse(route.text) if route.arguments is None else route.arguments
        except UsageError as error:
            turn.keep = False
            await self._say(turn, "usage", message=str(error), usage=error.usage)
            return
        turn.pieces = Pieces(self._run(turn, route.skill, arguments, own))
        if turn.ending is not None:
            turn.pieces.end(turn.ending)
        await delivery.stream(turn.pieces)
        await self._conclude(turn, turn.pieces, delivery)
        await self._keep_expectation(turn, expected)

    async def _context(self, turn: Turn, event: Event, route: Route, own: bool) -> Context:
        conversation = event.conversation
        history = [] if own else await self._history(turn)
        scope = Scope(event.sender.id, conversation.key, conversation.kind == "private")
        return Context(
            event=event,
            text=route.text,
            model=self._model.for_turn(),
            memory=ScopedMemory(self._memory, scope),
            language=turn.language,
            detected=turn.detected,
            history=history,
            expected=route.expected,
            decision=route.decision,
            settings=self._settings.get(route.skill.name),
            fetch_=self._adapters[event.channel].fetch,
            status_=functools.partial(_show, turn),
            translate_=functools.partial(self._texts.say, turn.language),
            mode_=turn.mode,
            set_mode_=functools.partial(self._store.set_setting, conversation.key, "mode"),
        )

    async def _history(self, turn: Turn) -> list[Message]:
        """What was said before; of an edited message only its new form counts."""
        conversation = turn.event.conversation.key
        messages = await self._store.history(conversation, self.limits.history)
        if turn.event.kind == "edited":
            replaced = {record.at for record in await self._store.turns(conversation) if record.id == turn.id}
            messages = [message for message in messages if message.at not in replaced]
        return messages

    async def _run(
        self, turn: Turn, skill: Skill, arguments: Mapping[str, Any], own: bool
    ) -> AsyncGenerator[Piece, None]:
        """A skill's pieces; for all but the built-in commands after waiting in line."""
        context = turn.context
        if context is None:
            raise RuntimeError("a skill runs only with a context")
        if own:
            async with aclosing(_generator(skill, context, arguments)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        if (notice := self._notice(turn.language)) is not None:
            yield notice
        async with self._line.place(), aclosing(_generator(skill, context, arguments)) as pieces:
            turn.deadline = self._clock.now() + self.limits.timeout
            async for piece in pieces:
                yield piece

    def _notice(self, language: str) -> Notice | None:
        """What a person is told who has to wait: their place in the manager's line, or else in the model's."""
        if self._line.is_full:
            position = self._line.num_waiting + 1
            seconds = self._line.seconds(position)
        else:
            ask = getattr(self._model.chat_model, "next_position", None)
            if ask is None:
                return None
            place = ask()
            position, seconds = int(place.position), place.seconds
        if position < 1 or (seconds is not None and seconds < _WORTH_TELLING):
            return None
        if seconds is None:
            return Notice(self._texts.say(language, "in-line", position=position))
        return Notice(self._texts.say(language, "in-line-seconds", position=position, seconds=round(seconds)))

    async def _conclude(self, turn: Turn, pieces: Pieces, delivery: Delivery) -> None:
        """Say what has to be said about how the answer ended, and settle it."""
        error = pieces.error
        if pieces.ending in ("stopped", "interrupted"):
            turn.outcome = "stopped"
            if delivery.has_posted or delivery.text or delivery.parts:
                delivery.append(self._texts.say(turn.language, "stopped-mark"))
        elif pieces.ending == "superseded":
            turn.outcome = "stopped"
        elif pieces.ending == "timeout":
            turn.outcome, turn.reference = "failed", _reference()
            logger.error("[%s] %s took longer than %g s", turn.reference, turn.decision.skill, self.limits.timeout)
            delivery.append(self._texts.say(turn.language, "timeout", reference=turn.reference))
        elif isinstance(error, (*_AGAIN, ConversationGone)):
            raise error
        elif error is not None:
            delivery.append(self._apology(turn, error))
        elif not delivery.parts and not delivery.text.strip() and turn.decision.by != "mode":
            delivery.append(self._texts.say(turn.language, "no-answer"))
        await self._finish(turn)

    def _apology(self, turn: Turn, error: BaseException) -> str:
        """What a person reads of a failure; the log has the rest."""
        turn.outcome = "failed"
        if isinstance(error, UsageError):
            return self._texts.say(turn.language, "usage", message=str(error), usage=error.usage)
        if isinstance(error, SkillError):
            return str(error)
        if isinstance(error, ModelBusy):
            return self._texts.say(turn.language, "model-busy")
        if isinstance(error, ContextTooLong):
            return self._texts.say(turn.language, "too-long")
        turn.reference = _reference()
        logger.error("[%s] skill %s failed", turn.reference, turn.decision.skill, exc_info=error)
        return self._texts.say(turn.language, "apology", reference=turn.reference)

    async def _say(self, turn: Turn, key: str, **values: object) -> None:
        """Answer with one of the bot's own texts."""
        if turn.delivery is not None:
            turn.delivery.append(self._texts.say(turn.language, key, **values))
            await self._finish(turn)

    async def _finish(self, turn: Turn) -> None:
        if turn.delivery is None:
            return
        try:
            await turn.delivery.finish()
        finally:
            turn.parts = list(turn.delivery.parts)
            turn.ended = self._clock.now()

    async def _keep_expectation(self, turn: Turn, before: Expectation | None) -> None:
        context = turn.context
        if context is None:
            return
        state = context.waiting_for
        choices = turn.delivery.choices if turn.delivery is not None else {}
        if state is None and not choices:
            if before is None:
                return
            expectation = None
        else:
            kept = {**(state or {}), **({_CHOICES: choices} if choices else {})}
            expectation = Expectation(turn.decision.skill if state is not None else "", kept)
        await self._store.expect(turn.event.conversation.key, turn.event.sender.id, expectation)

    async def _rate(self, turn: Turn) -> None:
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
                    await self._store.save_feedback(await self._turn_id(rated), event.sender.id, score)
                return

    async def _turn_id(self, event: Event) -> str:
        """The id of the turn that answers ``event``: an edited message goes on in the turn of the first."""
        if event.kind == "edited":
            original = await self._queue.find(event.conversation, event.message_id)
            first = await self._queue.event(original) if original is not None else None
            event = first or event
        return f"{event.channel}:{event.key}"

    async def _close(self, turn: Turn) -> None:
        """Write what is kept of the turn, and end its event."""
        if turn.ended is None:
            turn.ended = self._clock.now()
        if turn.keep:
            await self._store.save_turn(turn.record())
        await self._queue.complete(turn.claim)
        self._effective_stops.discard((turn.event.channel, turn.event.key))
        logger.info(
            "%s %s by %s (%.2f) in %.0f ms",
            turn.outcome,
            turn.decision.skill or "-",
            turn.decision.by,
            turn.decision.score,
            1000 * (turn.ended - turn.started),
        )
        for observer in self._observers:
            observer.turn_finished(turn)

    async def _close_safely(self, turn: Turn, *, apologise: bool = False) -> None:
        """End a turn that failed; what fails here as well is left to the queue."""
        try:
            if apologise and turn.delivery is not None:
                await self._say(turn, "apology", reference=turn.reference)
            await self._close(turn)
        except LeaseLost as error:
            logger.warning("gave up event %d: %s", turn.claim.seq, error)
        except Exception as error:
            await self._again(turn, error)

    async def _again(self, turn: Turn, error: Exception) -> None:
        """Leave the event to the queue for another attempt, and what was generated to that attempt."""
        if turn.ended is not None and turn.parts:
            _put_recent(self._kept, turn.claim.seq, turn)
        pause = error.retry_after if isinstance(error, RateLimited) else min(300.0, 2.0**turn.claim.attempt)
        logger.warning("event %d is tried again in %g s: %s", turn.claim.seq, pause, error)
        try:
            await self._queue.fail(turn.claim, f"{type(error).__name__}: {error}", pause)
        except QueueError as lost:
            logger.warning("event %d waits for its lease to end: %s", turn.claim.seq, lost)
        self._tell_retried(turn, str(error))

    def _tell_retried(self, turn: Turn, reason: str) -> None:
        for observer in self._observers:
            observer.turn_retried(turn, reason)

    async def _give_back(self, turn: Turn) -> None:
        """Shutting down: whoever comes next answers this event."""
        try:
            await self._queue.release(turn.claim)
        except QueueError as error:
            logger.warning("event %d waits for its lease to end: %s", turn.claim.seq, error)

    async def _beat(self) -> None:
        """Look after the running turns for as long as there are any."""
        while True:
            await self._has_turns.wait()
            await self._clock.sleep(self.limits.heartbeat)
            now = self._clock.now()
            for turn in list(self._turns.values()):
                self._look_after(turn, now)

    def _look_after(self, turn: Turn, now: float) -> None:
        if now - turn.renewed >= self.limits.lease / 3:
            turn.renewed = now
            self._spawn(self._renew(turn))
        if turn.deadline is not None and now >= turn.deadline:
            turn.end("timeout")
        if turn.pieces is not None:
            turn.pieces.poke()
        if turn.delivery is not None and turn.ended is None and now - turn.refreshed >= self.limits.working:
            turn.refreshed = now
            self._spawn(turn.delivery.show_working())

    async def _renew(self, turn: Turn) -> None:
        try:
            await self._queue.renew(turn.claim, self.limits.lease)
        except LeaseLost:
            turn.lose()
        except QueueError as error:
            logger.warning("the lease of event %d could not be renewed: %s", turn.claim.seq, error)

    def _spawn(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._end_errand)

    def _end_errand(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a background errand failed", exc_info=error)

    def _note_first_text(self, turn: Turn) -> None:
        if turn.first_text is None:
            turn.first_text = self._clock.now() - turn.started
            for observer in self._observers:
                observer.first_text(turn)

    def _admits(self, event: Event) -> bool:
        return all(step.admits(event) for step in self._middleware if hasattr(step, "admits"))

    def _add_texts(self, skill: Skill) -> None:
        module = sys.modules.get(getattr(skill.handler, "__module__", ""))
        if module is not None and module.__file__:
            folder = Path(module.__file__).parent / "locales"
            if folder.is_dir():
                self._texts.add(folder)


def _chosen(event: Event, expected: Expectation | None) -> tuple[Event, Expectation | None]:
    """Read a typed number or label as the button that it stands for."""
    if expected is None or _CHOICES not in expected.state:
        return event, expected
    state = dict(expected.state)
    value = state.pop(_CHOICES).get(event.text.strip().rstrip(".").casefold())
    return event if value is None else replace(event, text=value), Expectation(expected.skill, state)


def _generator(skill: Skill, context: Context, arguments: Mapping[str, Any]) -> Any:
    return skill.run(context, **arguments)


async def _show(turn: Turn, text: str) -> None:
    if turn.pieces is not None:
        turn.pieces.show(text)


def _reference() -> str:
    return secrets.token_hex(4)


def _put_recent(recent: OrderedDict[Any, Any], key: object, value: object) -> None:
    recent[key] = value
    recent.move_to_end(key)
    if len(recent) > 1000:
        recent.popitem(last=False)
