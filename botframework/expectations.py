"""What a person's next message is expected to be: an answer to a skill, or a choice that stands for a button.

It knows the store; what an answer means is the skill's affair.
"""

from __future__ import annotations

from dataclasses import replace

from botframework.store import Expectation, Store
from botframework.turn import Turn
from botframework.types import Event

__all__ = ["Expectations"]

_CHOICES = "_choices"
"""In an expectation's state: what typed answers stand for where the channel has no buttons."""


class Expectations:
    """Reads what was expected before a turn, and keeps what is expected after it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def before(self, event: Event) -> Expectation | None:
        """What the last turn expects of this event's sender in this conversation."""
        return await self._store.expected(event.conversation.key, event.sender.id)

    def read(self, event: Event, expected: Expectation | None) -> tuple[Event, Expectation | None]:
        """Read a typed number or label as the button that it stands for; the rest is the skill's."""
        if expected is None or _CHOICES not in expected.state:
            return event, expected
        state = dict(expected.state)
        value = state.pop(_CHOICES).get(event.text.strip().rstrip(".").casefold())
        return event if value is None else replace(event, text=value), Expectation(expected.skill, state)

    async def keep(self, turn: Turn, before: Expectation | None) -> None:
        """Keep what this turn expects of its sender; ``before`` is over."""
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
