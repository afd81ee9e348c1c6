"""The bot's router as what `eval` measures: the installed skills with an embedder.

The one place where the bot and the evaluation meet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from botframework import Conversation, Event, Person
from botframework.assembly import router
from botframework.config import load
from botframework.engine.embeddings import StaticEmbeddings
from botframework.evaluation.routing import Routed
from botframework.router import Route, Router

__all__ = ["RouterSubject"]


class RouterSubject:
    """The router of the default configuration, or of a file, with the embedder of a folder.

    Args:
        folder: the embedder's.
        config: a configuration file; None takes the defaults.
    """

    def __init__(self, folder: Path, config: Path | None = None) -> None:
        self.name = f"router with {folder}"
        self._router: Router = router(load(config, only_channels=()), StaticEmbeddings(folder))
        self.threshold = self._router.threshold

    def route(self, texts: Sequence[str]) -> list[Routed]:
        """What the router knows of each request."""
        return asyncio.run(self._route(texts))

    async def _route(self, texts: Sequence[str]) -> list[Routed]:
        return [await self._one(text) for text in texts]

    async def _one(self, text: str) -> Routed:
        event = Event(
            channel="eval",
            key=text,
            conversation=Conversation("eval", "eval"),
            sender=Person("eval:newcomer", "Newcomer"),
            text=text,
        )
        found = await self._router.route(event)
        default = self._router.default.name
        if not isinstance(found, Route):
            return Routed(default, (), default)
        if found.decision.by not in {"semantic", "default"}:
            return Routed(found.skill.name, (), default)
        return Routed(None, found.decision.candidates, default)
