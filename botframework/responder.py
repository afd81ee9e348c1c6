"""Answers one turn that the middleware let through: chooses a skill, runs it, delivers what it says.

It knows neither the queue nor what becomes of the turn when it fails: what cannot be told to the person is raised.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from botframework.clock import Clock
from botframework.closer import PASSING
from botframework.context import Context
from botframework.context_factory import ContextFactory
from botframework.delivery import Delivery
from botframework.errors import ConversationGone, UsageError
from botframework.expectations import Expectations
from botframework.feedback import Feedback
from botframework.line import Line
from botframework.model import Model
from botframework.pieces import Notice, Piece, Pieces
from botframework.router import Router, UnknownCommand
from botframework.skill import Skill
from botframework.stops import Stops
from botframework.store import Decision, Store
from botframework.turn import Turn
from botframework.voice import Voice

__all__ = ["Responder"]


class Responder:
    """Stands after all middleware.

    Args:
        built_in: names of the commands that wait in no line, keep no record and cannot be stopped.
        model: asked for the place in its own line.
        timeout: seconds after which an answer is given up.
    """

    def __init__(
        self,
        *,
        router: Router,
        store: Store,
        model: Model,
        contexts: ContextFactory,
        expectations: Expectations,
        feedback: Feedback,
        stops: Stops,
        line: Line,
        voice: Voice,
        built_in: Collection[str],
        timeout: float,
        clock: Clock,
    ) -> None:
        self._router = router
        self._store = store
        self._model = model
        self._contexts = contexts
        self._expectations = expectations
        self._feedback = feedback
        self._stops = stops
        self._line = line
        self._voice = voice
        self._built_in = built_in
        self._timeout = timeout
        self._clock = clock

    async def respond(self, turn: Turn) -> None:
        """Answer the turn.

        Raises:
            BotError: a failure that passes, or the conversation is gone.
        """
        event = turn.event
        if event.kind == "reaction":
            await self._feedback.rate(turn)
            return
        if turn.delivery is None:
            turn.outcome, turn.decision = "ignored", Decision("", "not addressed")
            return
        event = replace(event, addressed=not turn.overheard)
        expected = None if turn.overheard else await self._expectations.before(event)
        event, asked = self._expectations.read(event, expected)
        if event.kind == "button" and self._feedback.is_thumb(event):
            await self._feedback.rate(turn)
            await self._voice.say(turn, "feedback-thanks")
            return
        if not self._stops.includes(event):
            turn.mode = await self._store.setting(event.conversation.key, "mode")
        route = await self._router.route(event, expected=asked, mode=turn.mode)
        turn.decision = route.decision
        if isinstance(route, UnknownCommand):
            turn.keep = False
            key = "unknown-command-near" if route.closest else "unknown-command"
            await self._voice.say(turn, key, name=route.name, closest=route.closest or "")
            return
        own = route.skill.name in self._built_in
        turn.keep = not own
        if not own and self._stops.covers(event):
            turn.outcome = "stopped"
            return
        turn.context = await self._contexts.make(turn, event, route, with_history=not own)
        try:
            arguments = route.skill.parse(route.text) if route.arguments is None else route.arguments
        except UsageError as error:
            turn.keep = False
            await self._voice.say(turn, "usage", message=str(error), usage=error.usage)
            return
        turn.pieces = Pieces(self._run(turn, turn.context, route.skill, arguments, own))
        await self._deliver(turn, turn.pieces, turn.delivery)
        await self._expectations.keep(turn, expected)

    async def _run(
        self, turn: Turn, context: Context, skill: Skill, arguments: Mapping[str, Any], own: bool
    ) -> AsyncGenerator[Piece, None]:
        """A skill's pieces; for all but the built-in commands after waiting in line."""
        if own:
            async with aclosing(_generator(skill, context, arguments)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        if (notice := self._notice(turn)) is not None:
            yield notice
        async with self._line.place(), aclosing(_generator(skill, context, arguments)) as pieces:
            turn.deadline = self._clock.now() + self._timeout
            async for piece in pieces:
                yield piece

    def _notice(self, turn: Turn) -> Notice | None:
        """What a person is told who has to wait: their place in the bot's own line, or else in the model's."""
        if self._line.is_full:
            position = self._line.num_waiting + 1
            return self._voice.notice(turn, position, self._line.seconds(position))
        ask = getattr(self._model.chat_model, "next_position", None)
        if ask is None:
            return None
        place = ask()
        return self._voice.notice(turn, int(place.position), place.seconds)

    async def _deliver(self, turn: Turn, pieces: Pieces, delivery: Delivery) -> None:
        """Bring the pieces to the channel as they come, and end the reply as the answer ended."""
        if turn.ending is not None:
            pieces.end(turn.ending)
        await delivery.stream(pieces)
        if isinstance(pieces.error, (*PASSING, ConversationGone)):
            raise pieces.error
        await self._voice.conclude(turn, pieces, delivery)


def _generator(skill: Skill, context: Context, arguments: Mapping[str, Any]) -> Any:
    return skill.run(context, **arguments)
