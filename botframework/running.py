"""The turns that are handled now. Knows neither how they are handled nor the queue they came from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from botframework.turn import Turn

__all__ = ["Running"]


class Running:
    """Finds a turn by its event and by its conversation, and tells when there are any or room for more."""

    def __init__(self) -> None:
        self._by_event: dict[int, Turn] = {}
        self._by_conversation: dict[str, Turn] = {}
        self._some = asyncio.Event()
        self._fewer = asyncio.Event()

    def __len__(self) -> int:
        return len(self._by_event)

    def __iter__(self) -> Iterator[Turn]:
        return iter(list(self._by_event.values()))

    def add(self, turn: Turn) -> None:
        """Note a claimed turn; an older claim of the same event is worth nothing any more."""
        if (before := self._by_event.get(turn.claim.seq)) is not None:
            before.lose()
        self._by_event[turn.claim.seq] = turn
        self._by_conversation[turn.event.conversation.key] = turn
        self._some.set()

    def remove(self, turn: Turn) -> None:
        """Forget a turn, unless another claim of its event has taken its place."""
        if self._by_event.get(turn.claim.seq) is turn:
            del self._by_event[turn.claim.seq]
        key = turn.event.conversation.key
        if self._by_conversation.get(key) is turn:
            del self._by_conversation[key]
        if not self._by_event:
            self._some.clear()
        self._fewer.set()

    def find(self, conversation_key: str) -> Turn | None:
        """The turn of a conversation; there is at most one at a time."""
        return self._by_conversation.get(conversation_key)

    async def wait_for_any(self) -> None:
        """Return when a turn runs."""
        await self._some.wait()

    async def wait_for_room(self, most: int) -> None:
        """Return when fewer than ``most`` turns run."""
        while len(self) >= most:
            self._fewer.clear()
            await self._fewer.wait()
