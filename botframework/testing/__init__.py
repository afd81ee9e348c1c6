"""Tests of skills and adapters in one line: a whole bot in memory and a temporary folder, with no network.

``BotTester`` is a running bot on a ``FakeChannel``; ``replies`` scripts its model. Everything else is the real thing:
the queue, the store, the router, the delivery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botframework.testing.bot import BotTester, Reply
from botframework.testing.channel import FakeChannel, Shown
from botframework.testing.clock import FakeClock
from botframework.testing.memory import ListMemory
from botframework.testing.wait import until

if TYPE_CHECKING:
    from botframework.testing.model import ScriptedModel

__all__ = ["BotTester", "FakeChannel", "FakeClock", "ListMemory", "Reply", "Shown", "replies", "until"]


def replies(*texts: Any, stepwise: bool = False) -> ScriptedModel:
    """A chat model that answers these in turn (again from the first after the last), word by word.

    Args:
        texts: answers; an exception is raised instead, a callable is given the prompt's messages and returns one.
        stepwise: wait before every word until the test calls ``step()``.
    """
    from botframework.testing.model import ScriptedModel

    return ScriptedModel(script=list(texts or ("ok",)), stepwise=stepwise)
