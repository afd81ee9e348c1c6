"""Claims events and has each answered, in a task of its own, until it is told to end. Knows no channel and no skill.

The way of one turn, in the order in which its files are read: ``manager`` accepts and claims its event, ``handler``
leads it through the ``middleware`` and deals with what fails, ``responder`` has a skill answer it, ``delivery`` brings
the answer to the channel, ``voice`` says what the bot itself has to say, and ``closer`` ends it. Meanwhile ``running``
and ``stops`` know it, and ``heartbeat`` looks after it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel

from botframework.adapter import Adapter
from botframework.clock import Clock, SystemClock
from botframework.closer import Closer
from botframework.commands import Surroundings, built_in, is_stop
from botframework.context_factory import ContextFactory
from botframework.edits import Edits
from botframework.errors import QueueError
from botframework.expectations import Expectations
from botframework.feedback import Feedback
from botframework.handler import Handler
from botframework.heartbeat import Heartbeat
from botframework.i18n import Texts
from botframework.limits import Limits
from botframework.line import Line
from botframework.memory import MemoryStore
from botframework.middleware import Middleware, chain
from botframework.model import Model
from botframework.pieces import Ending
from botframework.queue import Claim, ConversationQueue
from botframework.responder import Responder
from botframework.router import Router
from botframework.running import Running
from botframework.skill import Skill
from botframework.stops import Stops
from botframework.store import Store
from botframework.turn import Observer, Observers, Turn
from botframework.types import Event
from botframework.voice import Voice

__all__ = ["Limits", "Manager"]

logger = logging.getLogger(__name__)


class Manager:
    """Answers the events of a queue through these adapters, until ``run`` is cancelled or ``drain`` is called.

    Args:
        model: what skills generate with; every turn gets a count of its own.
        settings: of skills, by skill name.
        loras: LoRA weights of skills, by skill name; the model alone answers for the others.
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
        loras: Mapping[str, str] | None = None,
    ) -> None:
        self.limits = limits = limits or Limits()
        self.router = router
        self._queue = queue
        self._clock = clock = clock or SystemClock()
        self._worker = worker or f"{os.getpid()}-{secrets.token_hex(3)}"
        self._middleware = list(middleware)
        self._observers = Observers(observers)
        self._turns = Running()
        self._stops = Stops()
        self._line = Line(limits.concurrency, clock)
        self._heartbeat = Heartbeat(self._turns, queue, limits, clock)
        self._tasks: set[asyncio.Task[None]] = set()
        self._claiming: asyncio.Task[None] | None = None
        texts = texts or Texts()
        for skill in router.skills:
            _add_texts(texts, skill)
        surroundings = Surroundings(
            store=store,
            memory=memory,
            queue=queue,
            router=router,
            texts=texts,
            stop_words=limits.stop_words,
            was_effective=self._stops.was_effective,
        )
        self._built_in = _add_commands(router, surroundings)
        edits = Edits(queue)
        voice = Voice(texts, limits.timeout, clock)
        responder = Responder(
            router=router,
            store=store,
            model=model,
            contexts=ContextFactory(
                store=store,
                memory=memory,
                model=model,
                adapters=adapters,
                settings=settings or {},
                texts=texts,
                history=limits.history,
                loras=loras,
            ),
            expectations=Expectations(store),
            feedback=Feedback(queue, store, edits),
            stops=self._stops,
            line=self._line,
            voice=voice,
            built_in=self._built_in,
            timeout=limits.timeout,
            clock=clock,
        )
        self._handler = Handler(
            queue=queue,
            store=store,
            adapters=adapters,
            router=router,
            answer=chain(self._middleware, responder.respond),
            edits=edits,
            voice=voice,
            closer=Closer(queue=queue, store=store, stops=self._stops, observers=self._observers, clock=clock),
            observers=self._observers,
            clock=clock,
        )

    @property
    def num_running(self) -> int:
        """How many events are being handled now."""
        return len(self._turns)

    def observe(self, observer: Observer) -> None:
        """Tell ``observer`` of every turn from now on."""
        self._observers.add(observer)

    def position(self) -> tuple[int, float | None]:
        """How many answers wait in line, and about how many seconds a new one would."""
        waiting = self._line.num_waiting
        return waiting, self._line.seconds(waiting + 1) if self._line.is_full else 0.0

    async def accept(self, event: Event) -> bool:
        """Commit an event; a stop takes effect at once. True when it is new, False for a redelivery."""
        if not await self._queue.put(event):
            return False
        if event.kind == "edited":
            running = self._turns.find(event.conversation.key)
            if running is not None and running.event.message_id == event.message_id:
                running.end("superseded")
        elif event.addressed and event.kind in ("message", "button") and self._admits(event):
            if is_stop(event.text, self.limits.stop_words):
                self._stops.add(event)
                if self.stop(event.conversation.key):
                    self._stops.mark_effective(event)
            elif self.limits.interrupt and event.kind == "message":
                self._interrupt(event)
        return True

    def stop(self, conversation_key: str, why: Ending = "stopped") -> bool:
        """End the answer that is running or waiting in a conversation; False when there is none."""
        turn = self._turns.find(conversation_key)
        if turn is None or not turn.event.addressed or turn.decision.skill in self._built_in:
            return False
        return turn.end(why)

    def _interrupt(self, event: Event) -> None:
        running = self._turns.find(event.conversation.key)
        if running is not None and running.event.sender.id == event.sender.id:
            self.stop(event.conversation.key, "interrupted")

    def _admits(self, event: Event) -> bool:
        return all(step.admits(event) for step in self._middleware if hasattr(step, "admits"))

    async def run(self) -> None:
        """Handle events until cancelled or drained; when cancelled, unfinished ones go back to the queue."""
        self._claiming = asyncio.create_task(self._claim_all())
        heartbeat = asyncio.create_task(self._heartbeat.run())
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
        waited = [*self._tasks, *self._heartbeat.errands]
        if waited:
            await asyncio.gather(*waited, return_exceptions=True)

    async def _claim_all(self) -> None:
        most = self.limits.concurrency + self.limits.waiting
        while True:
            await self._turns.wait_for_room(most)
            try:
                claim = await self._queue.claim(self._worker, self.limits.lease)
                if claim is None:
                    await self._queue.wait(30.0)
                    continue
            except QueueError:
                logger.exception("the queue cannot be read; trying again in a second")
                await self._clock.sleep(1.0)
                continue
            self._begin(claim)

    def _begin(self, claim: Claim) -> None:
        turn = Turn(claim, self._clock.now(), claim.event.sender.language or "en")
        self._turns.add(turn)
        turn.task = asyncio.create_task(self._handle(turn))
        self._tasks.add(turn.task)
        turn.task.add_done_callback(self._tasks.discard)

    async def _handle(self, turn: Turn) -> None:
        try:
            await self._handler.handle(turn)
        finally:
            self._turns.remove(turn)
            self._stops.remove(turn.event)


def _add_commands(router: Router, surroundings: Surroundings) -> frozenset[str]:
    """Let the built-in commands be routed to, save those that a skill replaces; their names."""
    taken = {skill.name for skill in router.skills}
    own = [skill for skill in built_in(surroundings) if skill.name not in taken]
    router.add(own, first=True)
    return frozenset(skill.name for skill in own)


def _add_texts(texts: Texts, skill: Skill) -> None:
    """Add the words that a skill brings with it."""
    module = sys.modules.get(getattr(skill.handler, "__module__", ""))
    if module is not None and module.__file__:
        folder = Path(module.__file__).parent / "locales"
        if folder.is_dir():
            texts.add(folder)
