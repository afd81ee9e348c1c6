"""The wishes to stop that have come and are not answered yet. Knows no turn and ends none.

A stop takes effect when it is accepted, long before its own turn answers it: that is why what it did is noted.
"""

from __future__ import annotations

from botframework.types import Event

__all__ = ["Stops"]


class Stops:
    """Remembers the stop of each conversation until its own turn is over, and whether it ended an answer."""

    def __init__(self) -> None:
        self._latest: dict[str, Event] = {}
        self._effective: set[tuple[str, str]] = set()

    def add(self, stop: Event) -> None:
        """Note a stop that was accepted."""
        self._latest[stop.conversation.key] = stop

    def includes(self, event: Event) -> bool:
        """Whether this event is the latest stop of its conversation."""
        stop = self._latest.get(event.conversation.key)
        return stop is not None and stop.key == event.key

    def covers(self, event: Event) -> bool:
        """Whether this event was still waiting when its sender said stop: it needs no answer."""
        stop = self._latest.get(event.conversation.key)
        return stop is not None and stop.sender.id == event.sender.id and event.at <= stop.at

    def remove(self, event: Event) -> None:
        """Forget the stop that this event is, if it is the latest one; what came before it has been handled."""
        if self.includes(event):
            del self._latest[event.conversation.key]

    def mark_effective(self, stop: Event) -> None:
        """Note that this stop ended an answer."""
        self._effective.add((stop.channel, stop.key))

    def was_effective(self, stop: Event) -> bool:
        """Whether this stop ended an answer."""
        return (stop.channel, stop.key) in self._effective

    def forget_effect(self, event: Event) -> None:
        """What this event did is told: its turn is closed."""
        self._effective.discard((event.channel, event.key))
