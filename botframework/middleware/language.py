"""Which language a message is in and which to answer in; the detector itself is ``botframework.language``."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from botframework.middleware import Next
from botframework.store import Store
from botframework.turn import Turn

__all__ = ["Language"]

_MOST_PEOPLE = 10_000


class Language:
    """Answers in the language the person chose, else the one they write, else the one they last wrote.

    Args:
        detect: the language of a text, given the person's last one; None where it cannot be told.
        default: for people of whom nothing is known.
    """

    def __init__(
        self,
        store: Store,
        detect: Callable[[str, str | None], str | None] | None = None,
        default: str = "en",
    ) -> None:
        self._store = store
        self._detect = detect
        self._default = default
        self._last: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, turn: Turn, proceed: Next) -> None:
        """Set ``turn.detected`` and ``turn.language``."""
        if turn.event.addressed and turn.event.kind != "reaction":
            await self._tell(turn)
        await proceed(turn)

    async def _tell(self, turn: Turn) -> None:
        person = turn.event.sender
        previous = self._last.get(person.id) or await self._last_written(turn)
        if turn.event.kind != "button":
            if self._detect is None:
                from botframework.language import detect

                self._detect = detect
            turn.detected = self._detect(turn.event.text, previous)
        chosen = await self._store.setting(person.id, "language")
        turn.language = chosen or turn.detected or previous or person.language or self._default
        last = turn.detected or previous
        if last:
            self._last[person.id] = last
            self._last.move_to_end(person.id)
            if len(self._last) > _MOST_PEOPLE:
                self._last.popitem(last=False)

    async def _last_written(self, turn: Turn) -> str | None:
        """The language of this person's last message here, from before a restart."""
        for record in reversed(await self._store.turns(turn.event.conversation.key, 5)):
            if record.person.id == turn.event.sender.id and record.language:
                return record.language
        return turn.event.sender.language
