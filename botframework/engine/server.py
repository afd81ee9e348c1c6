"""An OpenAI-compatible HTTP server over one local model; knows no langchain and nothing of the bot.

``POST /v1/chat/completions`` (whole or streamed), ``GET /v1/models``, ``GET /healthz``. Each set of LoRA weights is a
model of its own here, named ``base:lora``. A client that hangs up ends its answer within one token step.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

from aiohttp import web

from botframework.engine.local_model import Generation, LocalModel
from botframework.engine.lora import LoraSet
from botframework.engine.openai_wire import Completion, CompletionRequest, RequestError, error_body, parse_request
from botframework.engine.options import SamplingOptions
from botframework.errors import ContentNotSupported, ContextTooLong, ModelBusy, ModelError, ModelNotFound

__all__ = ["create_app", "serving"]

logger = logging.getLogger(__name__)

_LARGEST_BODY = 16 * 1024 * 1024  # bytes
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(
    model: LocalModel, defaults: SamplingOptions | None = None, api_key: str | None = None
) -> web.Application:
    """Build the server's application.

    Args:
        model: what answers; it is listed and called by its ``name``.
        defaults: for what requests leave open; None takes what the model recommends.
        api_key: when given, every ``/v1`` request must carry it as a bearer token.
    """
    handlers = _Handlers(model, defaults or model.defaults)
    app = web.Application(client_max_size=_LARGEST_BODY, middlewares=[_errors, _authorised(api_key)])
    app.router.add_get("/healthz", handlers.health)
    app.router.add_get("/v1/models", handlers.models)
    app.router.add_get("/v1/models/{name:.+}", handlers.one_model)
    app.router.add_post("/v1/chat/completions", handlers.complete)
    return app


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve an application while the block runs; yields its base URL, with the port that was taken for 0."""
    # A handler is cancelled when its client hangs up, which is what stops the model.
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=5.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        taken = runner.addresses[0][1]
        yield f"http://{f'[{host}]' if ':' in host else host}:{taken}"
    finally:
        await runner.cleanup()


class _Handlers:
    def __init__(self, model: LocalModel, defaults: SamplingOptions) -> None:
        self._model = model
        self._defaults = defaults
        self._since = int(time.time())

    async def health(self, _request: web.Request) -> web.Response:
        stats = self._model.engine.stats()
        return web.json_response({"status": "ok", "running": stats.running, "waiting": stats.waiting})

    async def models(self, _request: web.Request) -> web.Response:
        names = await asyncio.to_thread(self._model.loras.names)
        cards = [self._card(), *(self._card(lora) for lora in names)]
        return web.json_response({"object": "list", "data": cards})

    async def one_model(self, request: web.Request) -> web.Response:
        lora = await self._lora(request.match_info["name"])
        return web.json_response(self._card(lora.name if lora else None))

    async def complete(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.json()
        except ValueError as error:
            raise RequestError(f"the body is not JSON: {error}") from error
        wanted = parse_request(body, self._defaults)
        lora = await self._lora(wanted.model)
        generation = self._model.start(wanted.messages, wanted.options, lora)
        try:
            if wanted.stream:
                return await self._stream(request, wanted, generation)
            async with aclosing(generation.stream()) as pieces:
                text = "".join([piece async for piece in pieces])
            _refuse_cut_off(generation)
            return web.json_response(Completion(wanted.model, generation).whole(text))
        finally:
            generation.cancel()

    async def _stream(
        self, request: web.Request, wanted: CompletionRequest, generation: Generation
    ) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        completion = Completion(wanted.model, generation)

        async def send(data: dict[str, Any]) -> None:
            await response.write(b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n")

        try:
            await send(completion.chunk({"role": "assistant", "content": ""}))
            async with aclosing(generation.stream()) as pieces:
                async for piece in pieces:
                    await send(completion.chunk({"content": piece}))
            _refuse_cut_off(generation)
            await send(completion.chunk({}, last=True))
            if wanted.include_usage:
                await send(completion.usage_chunk())
        except ModelError as error:
            logger.warning("a streamed answer failed: %s", error)
            await send(error_body(str(error), type_="server_error"))
        except ConnectionError:
            return response  # the client hung up; there is nobody left to tell
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response

    async def _lora(self, name: str) -> LoraSet | None:
        """The LoRA weights that a model's name means, ``base:lora``; None for the model alone.

        Raises:
            RequestError: this server has no such model.
        """
        own = self._model.name
        if name == own:
            return None
        base, colon, lora = name.rpartition(":")
        problem = f"this server has {own!r}"
        if colon and base == own:
            try:
                return await asyncio.to_thread(self._model.loras.get, lora)
            except ModelNotFound as error:
                problem = str(error)
        raise RequestError(
            f"there is no model {name!r} here; {problem}", status=404, param="model", code="model_not_found"
        )

    def _card(self, lora: str | None = None) -> dict[str, Any]:
        own = self._model.name
        card = {
            "id": f"{own}:{lora}" if lora else own,
            "object": "model",
            "created": self._since,
            "owned_by": "botframework",
            "max_model_len": self._model.context_window,
        }
        return {**card, "root": own, "parent": own if lora else None}


def _refuse_cut_off(generation: Generation) -> None:
    if generation.finish_reason == "cancelled":
        raise ModelError("the answer was cut off because the server is shutting down")


@web.middleware
async def _errors(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Every error as OpenAI's clients expect it."""
    try:
        return await handler(request)
    except RequestError as error:
        return web.json_response(error.body, status=error.status)
    except ContextTooLong as error:
        body = error_body(str(error), "messages", "context_length_exceeded")
        return web.json_response(body, status=400)
    except ContentNotSupported as error:
        return web.json_response(error_body(str(error), "messages"), status=400)
    except ModelBusy as error:
        body = error_body(str(error), code="busy", type_="server_error")
        return web.json_response(body, status=503, headers={"Retry-After": "5"})
    except ModelError as error:
        logger.warning("an answer failed: %s", error)
        return web.json_response(error_body(str(error), type_="server_error"), status=500)
    except web.HTTPException as error:
        return web.json_response(error_body(f"{request.method} {request.path}: {error.reason}"), status=error.status)


def _authorised(api_key: str | None) -> Any:
    """A middleware that lets only those in who know the key; /healthz stays open."""

    @web.middleware
    async def check(request: web.Request, handler: _Handler) -> web.StreamResponse:
        if api_key is not None and request.path.startswith("/v1/"):
            given = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(given.encode(), api_key.encode()):
                raise RequestError("the API key is missing or wrong", status=401, code="invalid_api_key")
        return await handler(request)

    return check
