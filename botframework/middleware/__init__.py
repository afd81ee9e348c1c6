"""What stands between a claimed event and its answer: callables that pass the turn on, or answer it themselves.

A middleware gets the turn and ``proceed``. It may change the turn before, look at it after, or raise ``Refused``
instead of proceeding. It knows no channel.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from botframework.turn import Turn

__all__ = ["Middleware", "Next", "Refused", "chain"]

Next: TypeAlias = Callable[[Turn], Awaitable[None]]
Middleware: TypeAlias = Callable[[Turn, Next], Awaitable[None]]


class Refused(Exception):
    """The turn is not answered.

    Args:
        key: the Fluent message to answer with, None for silence.
        values: for that message.
    """

    def __init__(self, key: str | None = None, **values: object) -> None:
        super().__init__(key or "refused in silence")
        self.key = key
        self.values = values


def chain(middleware: Sequence[Middleware], last: Next) -> Next:
    """One callable that runs these from the first to the last and then ``last``."""
    for step in reversed(middleware):
        last = _link(step, last)
    return last


def _link(step: Middleware, proceed: Next) -> Next:
    async def run(turn: Turn) -> None:
        await step(turn, proceed)

    return run
