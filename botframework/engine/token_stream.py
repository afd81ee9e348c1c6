"""Carries one sequence's events from the engine's thread to whoever asked, on an event loop or a plain thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from queue import Empty, SimpleQueue

from botframework.engine.sequence import TokenEvent
from botframework.errors import ModelError

__all__ = ["TokenStream"]


class TokenStream:
    """The events of one sequence; iterate it once, with ``async for`` or with ``for``.

    Args:
        id_: the sequence's id.
        num_prompt_tokens: length of its prompt.
        cancel: stops the sequence; called when the reader has gone.
    """

    def __init__(self, id_: str, num_prompt_tokens: int, cancel: Callable[[str], None]) -> None:
        self.id = id_
        self.num_prompt_tokens = num_prompt_tokens
        self._cancel = cancel
        self._events: SimpleQueue[TokenEvent] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready: asyncio.Event | None = None
        self._signalled = False
        self._ended = False

    def put(self, event: TokenEvent) -> None:
        """Hand an event over; called by the engine's thread only."""
        self._events.put(event)
        if self._loop is not None and self._ready is not None and not self._signalled:
            self._signalled = True
            try:
                self._loop.call_soon_threadsafe(self._ready.set)
            except RuntimeError:  # the reader's loop is closed: nobody will ever read
                self._cancel(self.id)

    def cancel(self) -> None:
        """Stop the sequence within one token step; harmless when it has ended."""
        if not self._ended:
            self._cancel(self.id)

    def __iter__(self) -> Iterator[TokenEvent]:
        try:
            while not self._ended:
                yield self._open(self._events.get())
        finally:
            self.cancel()

    async def __aiter__(self) -> AsyncIterator[TokenEvent]:
        self._ready = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        try:
            while not self._ended:
                yield self._open(await self._next(self._ready))
        finally:
            self.cancel()

    async def _next(self, ready: asyncio.Event) -> TokenEvent:
        while True:
            # The flag is lowered before the queue is read, so an event put in between signals again.
            self._signalled = False
            ready.clear()
            try:
                return self._events.get_nowait()
            except Empty:
                await ready.wait()

    def _open(self, event: TokenEvent) -> TokenEvent:
        if event.finish_reason is not None:
            self._ended = True
        if event.error is not None:
            if isinstance(event.error, ModelError):
                raise event.error
            raise ModelError(f"the model failed while answering: {event.error}") from event.error
        return event
