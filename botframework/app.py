"""Runs a bot: opens its parts, keeps its channels alive, answers, and ends in good order.

Channels come up at once: what they bring is committed to the queue while the model is still being loaded, and answered
afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botframework import assembly
from botframework.adapter import Adapter
from botframework.channel import Channel
from botframework.config import Config
from botframework.http import Readiness, serving
from botframework.manager import Limits, Manager
from botframework.memory import MemoryStore
from botframework.model import Model
from botframework.queue import ConversationQueue
from botframework.router import Router
from botframework.store import Store
from botframework.telemetry import Telemetry
from botframework.turn import Observer, Turn
from botframework.types import Event

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["App", "Channel"]

logger = logging.getLogger(__name__)


class App:
    """A bot made of its configuration. Made by ``App.open``."""

    def __init__(
        self,
        config: Config,
        folder: Path,
        *,
        queue: ConversationQueue,
        store: Store,
        adapters: Mapping[str, Adapter],
        model: BaseChatModel | None = None,
        pause: float = 1.0,
    ) -> None:
        self.config = config
        self.folder = folder
        self.queue = queue
        self.store = store
        self.channels = {name: Channel(name, adapter) for name, adapter in adapters.items()}
        self.telemetry = Telemetry()
        self.url: str | None = None
        """Where /healthz, /readyz and /metrics are answered, while ``run`` serves them."""
        self._model = model
        self._pause = pause
        self._manager: Manager | None = None
        self._loading = "loading"
        self._stopping = asyncio.Event()
        self._close = AsyncExitStack()
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        config: Config,
        *,
        folder: Path | None = None,
        adapters: Mapping[str, Adapter] | None = None,
        model: BaseChatModel | None = None,
        pause: float = 1.0,
    ) -> AsyncIterator[App]:
        """Open the data folder and make the channels; close everything at the end.

        Args:
            folder: the data folder, when not the configuration's.
            adapters: channels, when not the configuration's.
            model: a chat model, when not the configuration's.
            pause: seconds before a failed channel is started again; doubled each time, up to a minute.

        Raises:
            BotError: the folder is in use or cannot be written, or a part cannot be made.
        """
        folder = folder or config.folder
        if adapters is None:
            adapters = {name: channel.make(name) for name, channel in config.channels.items()}
        async with AsyncExitStack() as stack:
            queue = await assembly.open_queue(config, folder)
            stack.push_async_callback(queue.aclose)
            store = await assembly.open_store(folder)
            stack.push_async_callback(store.aclose)
            app = cls(config, folder, queue=queue, store=store, adapters=adapters, model=model, pause=pause)
            await stack.enter_async_context(app._close)
            for channel in app.channels.values():
                stack.push_async_callback(channel.aclose)
            yield app

    async def run(self, *, http: bool = False, signals: bool = True, until: str | None = None) -> None:
        """Answer until ``stop`` is called, a signal comes, or the channel ``until`` ends by itself.

        Args:
            http: serve /healthz, /readyz and /metrics.
            signals: end in good order on SIGTERM and SIGINT.
            until: a channel whose end is the end; its exception is raised.

        Raises:
            BotError: the model or the memory cannot be opened.
        """
        async with AsyncExitStack() as stack:
            if signals:
                stack.enter_context(self._on_signals())
            if http:
                where = self.config.http
                self.url = await stack.enter_async_context(
                    serving(where.host, where.port, self.readiness, self.metrics)
                )
                logger.info("health and metrics at %s", self.url)
            channels = [
                asyncio.create_task(self._run_channel(channel, once=name == until), name=f"channel {name}")
                for name, channel in self.channels.items()
            ]
            answering = asyncio.create_task(self._answer(), name="answering")
            stopping = asyncio.create_task(self._stopping.wait(), name="stopping")
            ends: set[asyncio.Task[object]] = {answering, stopping}
            ends |= {task for task, name in zip(channels, self.channels, strict=True) if name == until}
            try:
                done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._stopping.set()
                logger.info("stopping")
                await self._end(channels, answering, stopping)
            for task in done:
                task.result()

    def stop(self) -> None:
        """End in good order."""
        self._stopping.set()

    async def accept(self, event: Event) -> bool:
        """Commit an event; False for a redelivery."""
        if self._manager is not None:
            return await self._manager.accept(event)
        new = await self.queue.put(event)
        if new and event.addressed and event.channel in self.channels:
            self._spawn(self.channels[event.channel].tell_to_wait(event))
        return new

    async def readiness(self) -> list[Readiness]:
        """What /readyz shows."""
        writable = await self.store.writable()
        found = [
            Readiness("shutdown", not self._stopping.is_set(), "stopping" if self._stopping.is_set() else ""),
            Readiness("model", self._manager is not None, self._loading),
            Readiness("database", writable, "" if writable else "a write failed; is the disk full?"),
        ]
        for channel in self.channels.values():
            contact = channel.adapter.last_contact
            age = "" if contact is None else f"last contact {time.time() - contact:.0f} s ago"
            found.append(Readiness(f"channel {channel.name}", not channel.problem, channel.problem or age))
        return found

    async def metrics(self) -> bytes:
        """What /metrics shows."""
        for state, count in (await self.queue.counts()).items():
            self.telemetry.queue.labels(state).set(count)
        for channel in self.channels.values():
            self.telemetry.up.labels(channel.name).set(not channel.problem)
            if channel.adapter.last_contact is not None:
                self.telemetry.contact_age.labels(channel.name).set(time.time() - channel.adapter.last_contact)
        return self.telemetry.render()

    async def _answer(self) -> None:
        try:
            model, memory, router = await asyncio.to_thread(self._load)
        except Exception as error:
            self._loading = f"failed: {error}"
            raise
        self._close.push_async_callback(memory.aclose)
        config, limits = self.config, self.config.limits
        self._manager = Manager(
            queue=self.queue,
            store=self.store,
            memory=memory,
            model=Model(model),
            router=router,
            adapters={name: channel.adapter for name, channel in self.channels.items()},
            middleware=assembly.middleware(config, self.store),
            limits=Limits(
                concurrency=limits.concurrency,
                waiting=limits.waiting,
                timeout=limits.turn_timeout,
                lease=limits.lease,
                interrupt=config.interrupt,
            ),
            settings={entry.skill(name).name: entry.settings for name, entry in config.skills.items()},
            loras=assembly.loras(config, model),
            observers=[self.telemetry, _Announcer(self)],
        )
        self._loading = ""
        logger.info("ready: %s", assembly.model_name(config.model))
        await self._manager.run()

    def _load(self) -> tuple[BaseChatModel, MemoryStore, Router]:
        model = self._model or assembly.chat_model(self.config.model)
        assembly.load_model(model)
        assembly.check_loras(self.config, model)
        embeddings = assembly.open_embeddings(self.config.memory)
        memory = assembly.open_memory(self.config.memory, self.folder, embeddings)
        return model, memory, assembly.router(self.config, embeddings)

    async def _end(self, channels: list[asyncio.Task[None]], *others: asyncio.Task[Any]) -> None:
        """Bring nothing more, finish what runs, then let go."""
        for task in channels:
            task.cancel()
        await asyncio.gather(*channels, return_exceptions=True)
        if self._manager is not None:
            await self._manager.drain(self.config.shutdown.grace)
        for other in others:
            other.cancel()
        await asyncio.gather(*others, *self._tasks, return_exceptions=True)

    @contextlib.contextmanager
    def _on_signals(self) -> Iterator[None]:
        loop, numbers = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT)
        for number in numbers:
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    async def _run_channel(self, channel: Channel, *, once: bool) -> None:
        if once:
            await channel.run(self.accept)
        else:
            await channel.keep_alive(self.accept, self.telemetry, self._pause)

    def announce(self, turn: Turn) -> None:
        """Tell its channel that a turn is closed."""
        channel = self.channels.get(turn.event.channel)
        if channel is not None:
            self._spawn(channel.announce(turn.event, turn.record()))

    def _spawn(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(errand)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Announcer(Observer):
    """Tells each channel of its closed turns."""

    def __init__(self, app: App) -> None:
        self._app = app

    def turn_finished(self, turn: Turn) -> None:
        self._app.announce(turn)

    def turn_retried(self, turn: Turn, reason: str) -> None:
        if turn.claim.attempt >= self._app.config.limits.attempts:  # it is parked now: nobody should wait for it
            turn.outcome = "failed"
            self._app.announce(turn)
