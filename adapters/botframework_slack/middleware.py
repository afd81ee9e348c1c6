"""Bolt's first middleware: Slack is told that an event came once it is committed, and not before.

Bolt acknowledges an event before its listeners run, and its authorising middleware answers 200 when ``auth.test``
fails, which would acknowledge an event that nobody has. So this one stands before it, and no listener is reached.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

__all__ = ["CommitFirst"]


class CommitFirst(AsyncMiddleware):
    """Answers 200 when ``commit(payload)`` returns; when it raises, Bolt answers 500 and Slack sends again."""

    def __init__(self, commit: Callable[[object], Awaitable[None]]) -> None:
        self._commit = commit

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002  # Bolt passes it by this name
    ) -> BoltResponse:
        """Commit, and end the chain."""
        await self._commit(req.body)
        return BoltResponse(status=200, body="")
