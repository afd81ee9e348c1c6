"""A strict pretended Slack on loopback: Web API and Socket Mode, spoken to by the real slack_sdk and slack_bolt.

It refuses what the platform refuses, with its names of the errors, sends an event again until it is acknowledged,
and fails on demand. Tests put words into people's mouths and read what everybody can see.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

from aiohttp import web

from tests.slack.fake_socket import Envelope, SocketMode
from tests.slack.fake_web_api import WebApi
from tests.slack.fake_workspace import BOT_TOKEN, Refused, Shown, Workspace

__all__ = ["FakeSlack"]


@dataclass(frozen=True, slots=True)
class Failure:
    """What the next call of a method gets instead of an answer."""

    status: int = 0
    error: str = ""
    retry_after: float | None = None
    content_type: str = "text/html"
    reset: Literal["", "before", "after"] = ""
    """Break the connection before or after the call took effect."""


class FakeSlack:
    """``async with FakeSlack() as slack``; ``slack.base_url`` is where its Web API stands."""

    def __init__(self, *, ack_timeout: float = 3.0, port: int = 0) -> None:
        self.space = Workspace()
        self.socket = SocketMode(ack_timeout)
        self.calls: Counter[str] = Counter()
        self.latency: Callable[[], float] = lambda: 0.0
        """Seconds between a call's taking effect and its answer."""
        self.bodies: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._failures: dict[str, deque[Failure]] = defaultdict(deque)
        self._api = WebApi(self.space, self._new_socket, lambda: self.url)
        self._port = port
        self._runner: web.AppRunner | None = None
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> FakeSlack:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/upload/v1/{file}", self._upload)
        app.router.add_get("/files-pri/{file}/{rest:.*}", self._download)
        app.router.add_get("/link/", self.socket.handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        return f"{self.url}/api/"

    # What people do

    def say(
        self,
        channel: str,
        text: str,
        *,
        user: str = "U0ANN",
        thread: str | None = None,
        files: tuple[dict[str, Any], ...] = (),
    ) -> str:
        """Somebody posts; the app gets its events (a mention brings two). Returns the message's ts."""
        message: dict[str, Any] = {"user": user, "text": text}
        if thread:
            message["thread_ts"] = thread
        if files:
            message |= {"files": list(files), "subtype": "file_share"}
        posted = self.space.post(self.space.channels[channel], message)
        kind = self.space.channels[channel].kind
        if f"<@{self.space.bot_user}" in text and kind != "im":
            mention = {name: value for name, value in posted.items() if name != "subtype"}
            self.event({**mention, "type": "app_mention", "channel": channel, "event_ts": posted["ts"]})
        self.event({**posted, "channel": channel, "channel_type": kind, "event_ts": posted["ts"]})
        return str(posted["ts"])

    def edit(self, channel: str, ts: str, text: str) -> Envelope:
        """Somebody edits their message."""
        message = self.space.message(self.space.channels[channel], ts)
        before = dict(message)
        message |= {"text": text, "edited": {"user": message["user"], "ts": self.space.next_ts()}}
        return self.event(
            {
                "type": "message",
                "subtype": "message_changed",
                "hidden": True,
                "channel": channel,
                "channel_type": self.space.channels[channel].kind,
                "ts": self.space.next_ts(),
                "message": dict(message),
                "previous_message": before,
            }
        )

    def command(self, channel: str, command: str, text: str = "", *, user: str = "U0ANN") -> Envelope:
        """Somebody uses a slash command."""
        payload = {
            "token": "fake",
            "team_id": self.space.team,
            "team_domain": "fake",
            "channel_id": channel,
            "channel_name": "general",
            "user_id": user,
            "user_name": "ann",
            "command": command,
            "text": text,
            "api_app_id": self.space.app,
            "is_enterprise_install": "false",
            "response_url": f"{self.url}/commands/1",
            "trigger_id": self.space.next_id("trigger."),
        }
        return self.socket.push("slash_commands", payload, accepts_response=True)

    def press(self, channel: str, message: Shown, label: str, *, user: str = "U0ANN") -> Envelope:
        """Somebody presses a button."""
        action, _, value = next(button for button in message.buttons if button[1] == label)
        container = {"type": "message", "message_ts": message.ts, "channel_id": channel, "is_ephemeral": False}
        if message.thread:
            container["thread_ts"] = message.thread
        payload = {
            "type": "block_actions",
            "user": {"id": user, "username": "ann", "name": "ann", "team_id": self.space.team},
            "api_app_id": self.space.app,
            "container": container,
            "trigger_id": self.space.next_id("trigger."),
            "team": {"id": self.space.team, "domain": "fake"},
            "channel": {"id": channel, "name": "general"},
            "message": {"type": "message", "user": self.space.bot_user, "ts": message.ts},
            "response_url": f"{self.url}/actions/1",
            "actions": [
                {
                    "type": "button",
                    "action_id": action,
                    "block_id": "b",
                    "value": value,
                    "action_ts": self.space.next_ts(),
                    "text": {"type": "plain_text", "text": label},
                }
            ],
        }
        return self.socket.push("interactive", payload, accepts_response=True)

    def react(self, channel: str, ts: str, name: str, *, user: str = "U0ANN") -> Envelope:
        """Somebody puts a reaction under a message."""
        message = self.space.message(self.space.channels[channel], ts)
        return self.event(
            {
                "type": "reaction_added",
                "user": user,
                "reaction": name,
                "item": {"type": "message", "channel": channel, "ts": ts},
                "item_user": message["user"],
                "event_ts": self.space.next_ts(),
            }
        )

    def file(self, name: str, data: bytes, media_type: str = "text/plain") -> dict[str, Any]:
        """A file to give to ``say``."""
        return self.space.add_file(name, data, media_type, self.url)

    def event(self, event: Any) -> Envelope:
        """Any event of the Events API."""
        payload = {
            "token": "fake",
            "team_id": self.space.team,
            "context_team_id": self.space.team,
            "api_app_id": self.space.app,
            "event": event,
            "type": "event_callback",
            "event_id": self.space.next_id("Ev"),
            "event_time": 1_700_000_000,
            "authorizations": [{"team_id": self.space.team, "user_id": self.space.bot_user, "is_bot": True}],
            "is_ext_shared_channel": False,
        }
        return self.socket.push("events_api", payload)

    # What everybody sees

    def shown(self, channel: str, thread: str | None = None) -> list[Shown]:
        """The bot's messages at the top level of a channel or in one thread."""
        return self.space.shown(channel, thread)

    async def until(self, condition: Callable[[], bool], timeout: float = 10.0) -> None:
        """Return when ``condition`` holds; it is looked at after every call of the Web API."""
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(condition)

    async def answer(
        self, channel: str, thread: str | None = None, *, count: int = 1, timeout: float = 10.0
    ) -> list[Shown]:
        """The bot's messages, as soon as there are ``count``."""
        await self.until(lambda: len(self.shown(channel, thread)) >= count, timeout)
        return self.shown(channel, thread)

    async def stands(self, channel: str, *texts: str, thread: str | None = None, timeout: float = 20.0) -> None:
        """Return when the bot's messages there are exactly these."""
        await self.until(lambda: [one.text for one in self.shown(channel, thread)] == list(texts), timeout)

    # What goes wrong

    def fail(self, method: str, *, times: int = 1, **failure: Any) -> None:
        """Let the next calls of a method fail: ``status=503``, ``error="…"``, ``retry_after=1``, ``reset="after"``."""
        self._failures[method].extend([Failure(**failure)] * times)

    # HTTP

    def _new_socket(self) -> str:
        return f"ws://127.0.0.1:{self._port}/link/?ticket={self.socket.new_ticket()}&app_id={self.space.app}"

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        body = await _body(request)
        self.calls[method] += 1
        self.bodies[method].append(body)
        failure = self._failures[method].popleft() if self._failures[method] else None
        try:
            if failure and failure.reset != "after":
                return self._failed(request, failure)
            token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or str(
                body.get("token", "")
            )
            try:
                answer = self._api.call(method, token, body)
            except Refused as refused:
                answer = refused.body
            if failure:
                return self._failed(request, failure)
            if pause := self.latency():
                await asyncio.sleep(pause)
            return web.json_response(answer, headers={"x-oauth-scopes": self.space.scopes, "x-slack-req-id": "fake"})
        finally:
            async with self._changed:
                self._changed.notify_all()

    def _failed(self, request: web.Request, failure: Failure) -> web.StreamResponse:
        if failure.reset:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        if failure.retry_after is not None:
            body = {"ok": False, "error": "ratelimited"}
            return web.json_response(body, status=429, headers={"Retry-After": f"{failure.retry_after:g}"})
        if failure.error:
            return web.json_response({"ok": False, "error": failure.error})
        text = "<html>Service Unavailable</html>"
        return web.Response(status=failure.status, text=text, content_type=failure.content_type)

    async def _upload(self, request: web.Request) -> web.Response:
        if request.content_type == "multipart/form-data":
            form = await request.post()
            part = next(iter(form.values()))
            data = part.file.read() if isinstance(part, web.FileField) else str(part).encode()
        else:
            data = await request.read()
        if not self._api.receive_upload(request.match_info["file"], data):
            return web.Response(status=400, text="bad length")
        return web.Response(text=f"OK - {len(data)}")

    async def _download(self, request: web.Request) -> web.Response:
        identifier = request.match_info["file"]
        if request.headers.get("Authorization") != f"Bearer {BOT_TOKEN}" or "files:read" not in self.space.scopes:
            return web.Response(text="<html>Sign in to Slack</html>", content_type="text/html")
        if identifier not in self.space.contents:
            return web.Response(status=404)
        return web.Response(body=self.space.contents[identifier], content_type=self.space.files[identifier]["mimetype"])


async def _body(request: web.Request) -> dict[str, Any]:
    body: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        given = json.loads(await request.text() or "{}")
        body |= given if isinstance(given, dict) else {}
    elif request.method == "POST":
        body |= dict(await request.post())
    return body
