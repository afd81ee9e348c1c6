"""Keeps one Socket Mode connection alive with slack_sdk's client; knows nothing of what comes over it.

Slack's client reconnects by itself after a close, a ``disconnect`` frame or missing pongs, but can stay in a loop
around a used-up address. So the connection is watched from outside: one that stays down is thrown away whole.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from botframework import ChannelUnavailable
from botframework_slack.errors import translated

__all__ = ["Socket"]

log = logging.getLogger(__name__)


class Socket(AsyncSocketModeHandler):
    """One connection; ``hold`` keeps it until it cannot be kept."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        client: AsyncWebClient,
        *,
        ping_interval: float,
        on_contact: Callable[[float], None],
        logger: logging.Logger,
    ) -> None:
        super().__init__(app, app_token, logger=logger, web_client=client, ping_interval=ping_interval)
        self._ping_interval = ping_interval
        self._on_contact = on_contact
        self._working: set[asyncio.Task[None]] = set()
        self.client.on_message_listeners.append(self._note)

    async def hold(self) -> None:
        """Connect and stay connected until cancelled.

        Raises:
            ChannelUnavailable: the connection stays down; a new object may do better.
            ChannelError: Slack refuses the token.
        """
        patience = max(self._ping_interval * 6, 1.0)
        try:
            with translated("apps.connections.open"):
                self.client.wss_uri = await self.client.issue_new_wss_url()
                async with asyncio.timeout(max(patience, 10.0)):
                    await self.client.connect()  # type: ignore[no-untyped-call]  # the SDK's method has no types
            self._on_contact(time.time())
            down_since: float | None = None
            while True:
                await asyncio.sleep(self._ping_interval / 2)
                if await self._is_alive():
                    down_since = None
                    continue
                down_since = down_since or time.monotonic()
                if time.monotonic() - down_since > patience:
                    raise ChannelUnavailable("the Slack socket stays down; connecting anew")
        finally:
            await self._close()

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        """Run one envelope through Bolt and acknowledge it with what Bolt answers; nothing else acknowledges."""
        task = asyncio.current_task()
        if task is not None:
            self._working.add(task)
            task.add_done_callback(self._working.discard)
        start = time.time()
        try:
            request = AsyncBoltRequest(mode="socket_mode", body=req.payload)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            log.warning("ignored an envelope of type %r that cannot be read: %s", req.type, type(error).__name__)
            await client.send_socket_mode_response({"envelope_id": req.envelope_id})
            return
        response = await self.app.async_dispatch(request)
        try:
            await send_async_response(client, req, response, start)
        except (aiohttp.ClientError, OSError) as error:
            log.info("an acknowledgement did not go out (%s); Slack will send the event again", type(error).__name__)

    async def _note(self, message: aiohttp.WSMessage) -> None:
        self._on_contact(time.time())

    async def _is_alive(self) -> bool:
        client = self.client
        tasks = (client.message_processor, client.current_session_monitor, client.message_receiver)
        if any(task is None or task.done() for task in tasks) or not await client.is_connected():
            return False
        if client.last_ping_pong_time is not None:
            self._on_contact(client.last_ping_pong_time)
        return True

    async def _close(self) -> None:
        client = self.client
        if self._working:  # what is being committed is committed and acknowledged before the socket goes
            await asyncio.wait(self._working, timeout=5)
        await client.close()  # type: ignore[no-untyped-call]  # the SDK's method has no types
        left = [client.message_processor, client.current_session_monitor, client.message_receiver, *self._working]
        for task in left:
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in left if task is not None), return_exceptions=True)
