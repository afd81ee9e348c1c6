"""Slack's side of Socket Mode: hello, envelopes until they are acknowledged, disconnect frames, pings."""

from __future__ import annotations

import asyncio
import itertools
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

__all__ = ["Envelope", "SocketMode"]


@dataclass(slots=True)
class Envelope:
    """Something that must be acknowledged."""

    id: str
    type: str
    payload: Any
    accepts_response: bool
    attempt: int = 0
    sent_to: set[int] = field(default_factory=set)
    sent_at: float = 0.0
    acks: int = 0


class SocketMode:
    """The sockets of one app.

    Args:
        ack_timeout: seconds until an envelope that was not acknowledged is sent again (Slack: 3).
    """

    def __init__(self, ack_timeout: float = 3.0, limit: int = 10) -> None:
        self.ack_timeout = ack_timeout
        self.limit = limit
        self.duplicate = False
        """Every envelope goes to every socket."""
        self.muted = False
        """The sockets stand, but nothing is sent and no ping is answered: a dead network."""
        self.refuse = False
        """New sockets are turned away."""
        self.violations: list[str] = []
        self.pongs = 0
        self.connections = 0
        """Sockets ever opened."""
        self.envelopes: dict[str, Envelope] = {}
        self._waiting: list[Envelope] = []
        self._sockets: dict[int, web.WebSocketResponse] = {}
        self._tickets: set[str] = set()
        self._numbers = itertools.count(1)
        self._turn = itertools.count()
        self._changed = asyncio.Condition()
        self._pump: asyncio.Task[None] | None = None
        self._new = asyncio.Event()

    @property
    def open_sockets(self) -> int:
        return len(self._sockets)

    @property
    def unacknowledged(self) -> list[Envelope]:
        return list(self._waiting)

    def new_ticket(self) -> str:
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return ticket

    def push(self, kind: str, payload: Any, *, accepts_response: bool = False) -> Envelope:
        """Send an envelope now, and again until it is acknowledged."""
        envelope = Envelope(str(uuid.uuid4()), kind, payload, accepts_response)
        self.envelopes[envelope.id] = envelope
        self._waiting.append(envelope)
        self._new.set()
        return envelope

    async def acknowledged(self, *envelopes: Envelope, timeout: float = 10.0) -> None:
        """Return when all of them (or, with none given, everything) are acknowledged."""
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(lambda: all(one.acks for one in envelopes) if envelopes else not self._waiting)

    async def round_trip(self) -> None:
        """Return when everything that the clients had sent until now has been read."""
        before = self.pongs
        for socket in list(self._sockets.values()):
            await socket.ping(b"Ping from fake")
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: self.pongs >= before + len(self._sockets))

    async def connected(self, sockets: int = 1, *, ever: int = 0, timeout: float = 10.0) -> None:
        """Return when so many sockets are open, and so many have ever been."""
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(lambda: len(self._sockets) >= sockets and self.connections >= ever)

    async def disconnect(self, reason: str = "refresh_requested", *, close: bool = False) -> None:
        """Tell every client to reconnect, as Slack does now and then."""
        for socket in list(self._sockets.values()):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}})
            if close:
                await socket.close()

    async def cut(self) -> None:
        """Break every socket without a word."""
        for socket in list(self._sockets.values()):
            transport = socket._req.transport if socket._req is not None else None
            if transport is not None:
                transport.abort()

    async def close(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
        for socket in list(self._sockets.values()):
            await socket.close()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One WebSocket, from hello to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or self.refuse:
            return web.Response(status=403, text="bad ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self._sockets) >= self.limit:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        number = next(self._numbers)
        self._pump = self._pump or asyncio.create_task(self._deliver())
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self._sockets) + 1,
                "debug_info": {"host": "fake", "approximate_connection_time": 18060},
                "connection_info": {"app_id": "A0FAKE"},
            }
        )
        await socket.ping(b"Ping from fake")
        self._sockets[number] = socket
        self.connections += 1
        await self._notify()
        self._new.set()
        try:
            async for message in socket:
                if message.type is WSMsgType.PING and not self.muted:
                    await socket.pong(message.data)
                elif message.type is WSMsgType.PONG:
                    self.pongs += 1
                    await self._notify()
                elif message.type is WSMsgType.TEXT:
                    await self._receive(number, message.data)
        finally:
            self._sockets.pop(number, None)
            for envelope in self._waiting:
                envelope.sent_to.discard(number)
            await self._notify()
            self._new.set()
        return socket

    async def _receive(self, number: int, text: str) -> None:
        try:
            answer = json.loads(text)
            envelope = self.envelopes.get(answer["envelope_id"])
        except (ValueError, KeyError, TypeError):
            self.violations.append(f"not an acknowledgement: {text[:100]}")
            return
        if envelope is None:
            self.violations.append(f"an unknown envelope was acknowledged: {answer['envelope_id']}")
            return
        if answer.get("payload") and not envelope.accepts_response:
            self.violations.append(f"a {envelope.type} envelope takes no answer")
        if number not in envelope.sent_to and not envelope.acks:
            return  # said on another socket than it was asked on: the platform does not know it here
        envelope.acks += 1
        if envelope in self._waiting:
            self._waiting.remove(envelope)
        await self._notify()

    async def _deliver(self) -> None:
        """Send what waits: at once when it is new, again when its time is over or its socket is gone."""
        loop = asyncio.get_running_loop()
        while True:
            self._new.clear()
            now = loop.time()
            if self._sockets and not self.muted:
                for envelope in list(self._waiting):
                    if not envelope.sent_to or now - envelope.sent_at >= self.ack_timeout:
                        await self._send(envelope, now)
            pause = min((e.sent_at + self.ack_timeout - now for e in self._waiting if e.sent_to), default=3600.0)
            try:
                async with asyncio.timeout(max(0.01, pause)):
                    await self._new.wait()
            except TimeoutError:
                pass

    async def _send(self, envelope: Envelope, now: float) -> None:
        again = envelope.sent_at > 0
        envelope.attempt += again
        envelope.sent_at = now
        numbers = sorted(self._sockets)
        chosen = numbers if self.duplicate else [numbers[next(self._turn) % len(numbers)]]
        frame: dict[str, Any] = {
            "envelope_id": envelope.id,
            "type": envelope.type,
            "payload": envelope.payload,
            "accepts_response_payload": envelope.accepts_response,
        }
        if envelope.type == "events_api":
            frame |= {"retry_attempt": envelope.attempt, "retry_reason": "timeout" if again else ""}
        for number in chosen:
            try:
                await self._sockets[number].send_json(frame)
            except (ConnectionError, KeyError, RuntimeError):
                continue
            envelope.sent_to.add(number)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()
