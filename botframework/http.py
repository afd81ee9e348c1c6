"""What `serve` answers over HTTP: /healthz, /readyz and /metrics; knows nothing of turns and skills."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeAlias

from botframework.errors import ConfigError

if TYPE_CHECKING:
    from aiohttp import web

__all__ = ["Readiness", "ReadyCheck", "serving"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """One thing that must be so before the bot can do its work."""

    name: str
    ready: bool
    detail: str = ""


ReadyCheck: TypeAlias = Callable[[], Awaitable[list[Readiness]]]


@asynccontextmanager
async def serving(
    host: str, port: int, ready: ReadyCheck, metrics: Callable[[], Awaitable[bytes]]
) -> AsyncIterator[str]:
    """Answer until the block is left.

    Args:
        host: address to listen on.
        port: 0 takes a free one.
        ready: what /readyz asks.
        metrics: what /metrics shows.

    Yields:
        The URL at which it answers.

    Raises:
        ConfigError: the address or the port cannot be had.
    """

    from aiohttp import web

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        checks = await ready()
        missing = [check for check in checks if not check.ready]
        return web.json_response(
            {
                "status": "not ready" if missing else "ready",
                "reasons": [f"{check.name}: {check.detail}" for check in missing],
                "checks": [asdict(check) for check in checks],
            },
            status=503 if missing else 200,
        )

    async def show(_: web.Request) -> web.Response:
        return web.Response(body=await metrics(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", show)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise ConfigError(
                f"http: cannot listen on {host}:{port}: {error.strerror or error}; "
                "set http.port to a free one (0 takes any)"
            ) from error
        address = runner.addresses[0]
        yield f"http://{address[0]}:{address[1]}"
    finally:
        await runner.cleanup()
