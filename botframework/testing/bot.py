"""A whole bot for a test: the real queue, store, router and delivery on a channel without a platform."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from botframework.clock import Clock
from botframework.errors import ModelError
from botframework.manager import Limits, Manager
from botframework.memory import MemoryStore
from botframework.middleware import Middleware
from botframework.middleware.language import Language
from botframework.model import Model
from botframework.queue import ConversationQueue
from botframework.queue.sqlite import SQLiteQueue
from botframework.router import Embeddings, Router
from botframework.skill import Skill, skill
from botframework.store import Decision, Store, TurnRecord
from botframework.store.sql import SQLStore
from botframework.testing.channel import FakeChannel, Shown
from botframework.testing.memory import ListMemory
from botframework.turn import Observer, Turn
from botframework.types import Attachment, Button, Buttons, Conversation, Event, File, Part, Person, Quote

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["BotTester", "Reply"]


@skill("echo", "Says what it is told.")
async def _echo(ctx: Any, text: str = "") -> str:
    return text


class _NoModel:
    model_name = "none"

    def astream(self, messages: Any, **options: Any) -> Any:
        raise ModelError('this bot has no model; give BotTester model=replies("…")')


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for one message."""

    record: TurnRecord
    messages: tuple[Shown, ...]
    """The messages that stand in the chat because of it."""

    @property
    def text(self) -> str:
        """The whole answer as Markdown."""
        return "\n\n".join(shown.text for shown in self.messages if shown.text)

    @property
    def parts(self) -> list[Part]:
        """Its parts as they stand."""
        return [shown.part for shown in self.messages]

    @property
    def buttons(self) -> list[Button]:
        """Its buttons."""
        return [button for part in self.parts if isinstance(part, Buttons) for button in part.buttons]

    @property
    def files(self) -> list[File]:
        """Its files."""
        return [part for part in self.parts if isinstance(part, File)]

    @property
    def decision(self) -> Decision:
        """Why this skill was chosen."""
        return self.record.decision

    @property
    def skill(self) -> str:
        """The skill that answered."""
        return self.record.decision.skill

    @property
    def outcome(self) -> str:
        """``answered``, ``stopped``, ``failed``, ``ignored``, ``refused`` or ``gone``."""
        return self.record.outcome

    @property
    def language(self) -> str | None:
        """The language of the message, else the one answered in."""
        return self.record.language


class _Watch(Observer):
    """Turns the observer's calls into futures that a test can wait for."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts
        self.finished: dict[str, asyncio.Future[TurnRecord]] = {}
        self.seqs: dict[str, int] = {}
        self.retries: list[str] = []

    def of(self, key: str) -> asyncio.Future[TurnRecord]:
        if key not in self.finished:
            self.finished[key] = asyncio.get_running_loop().create_future()
        return self.finished[key]

    def turn_finished(self, turn: Turn) -> None:
        self.seqs[turn.event.key] = turn.claim.seq
        future = self.of(turn.event.key)
        if not future.done():
            future.set_result(turn.record())

    def turn_retried(self, turn: Turn, reason: str) -> None:
        self.retries.append(reason)
        future = self.of(turn.event.key)
        if turn.claim.attempt >= self._attempts and not future.done():
            future.set_exception(AssertionError(f"the event was parked: {reason}"))
            future.exception()


class BotTester:
    """A running bot: ``async with BotTester(skills=[haiku], model=replies("…")) as bot: await bot.say("hello")``.

    Args:
        skills: the first is the default skill; without any, one that echoes.
        model: a langchain chat model, or ``replies(…)``.
        channel: give one to choose its streaming, limits and faults.
        memory: a ``MemoryStore``; a plain list otherwise.
        middleware: or a function that makes it from the store; language detection otherwise.
        settings: of skills, by skill name.
        loras: LoRA weights of skills, by skill name.
        folder: where queue and store lie; a temporary one otherwise. The same folder again is a restart.
    """

    def __init__(
        self,
        skills: Sequence[Skill] = (),
        model: BaseChatModel | None = None,
        *,
        default: Skill | str | None = None,
        channel: FakeChannel | None = None,
        memory: MemoryStore | None = None,
        embeddings: Embeddings | None = None,
        threshold: float = 0.5,
        middleware: Sequence[Middleware] | Callable[[Store], Sequence[Middleware]] | None = None,
        limits: Limits | None = None,
        settings: Mapping[str, BaseModel] | None = None,
        loras: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        observers: Sequence[Observer] = (),
        folder: Path | None = None,
        attempts: int = 5,
    ) -> None:
        self.channel = channel or FakeChannel()
        self.memory: MemoryStore = memory or ListMemory()
        self.router = Router(list(skills) or [_echo], default, embeddings, threshold)
        self.queue: ConversationQueue
        self.store: Store
        self.manager: Manager
        self._model: Any = model or _NoModel()
        self._middleware = middleware
        self._limits = limits
        self._settings = settings
        self._loras = loras
        self._clock = clock
        self._observers = observers
        self._given_folder = folder
        self._attempts = attempts
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._watch = _Watch(attempts)
        self._count = itertools.count(1)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> BotTester:
        folder = self._given_folder
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="botframework-")
            folder = Path(self._temporary.name)
        self.queue = await SQLiteQueue.open(folder / "queue.db", attempts=self._attempts, durability="normal")
        self.store = await SQLStore.open(f"sqlite:///{folder / 'bot.db'}")
        self.manager = Manager(
            queue=self.queue,
            store=self.store,
            memory=self.memory,
            model=Model(self._model),
            router=self.router,
            adapters={self.channel.name: self.channel},
            middleware=self._make_middleware(),
            limits=self._limits,
            settings=self._settings,
            loras=self._loras,
            observers=[self._watch, *self._observers],
            clock=self._clock,
        )
        self._task = asyncio.create_task(self.manager.run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.queue.aclose()
        await self.store.aclose()
        if self._temporary is not None:
            self._temporary.cleanup()
        if error is None and self.channel.violations:
            raise AssertionError("the channel was misused: " + "; ".join(self.channel.violations))

    def _make_middleware(self) -> Sequence[Middleware]:
        if self._middleware is None:
            return [Language(self.store)]
        return self._middleware(self.store) if callable(self._middleware) else self._middleware

    @property
    def sent(self) -> list[Shown]:
        """Everything of the bot that can be seen, in every chat, oldest first."""
        return self.channel.visible()

    @property
    def retries(self) -> list[str]:
        """Why turns were left to the queue for another attempt."""
        return self._watch.retries

    def event(
        self,
        text: str = "",
        *,
        person: str = "ann",
        chat: str | None = None,
        group: bool = False,
        thread: str | None = None,
        kind: str = "message",
        addressed: bool = True,
        key: str | None = None,
        message_id: str | None = None,
        reply_to: Quote | str | None = None,
        attachments: Sequence[Attachment] = (),
        language: str | None = None,
    ) -> Event:
        """An event as the channel would bring it; in a private chat of ``person`` unless told otherwise."""
        number = next(self._count)
        channel = self.channel.name
        where = chat or ("group" if group else person)
        conversation = Conversation(channel, where, thread, "group" if group else "private")
        return Event(
            channel=channel,
            key=key or f"e{number}",
            conversation=conversation,
            sender=Person(f"{channel}:{person}", person.capitalize(), language),
            text=text,
            kind=kind,  # type: ignore[arg-type]  # a test may write any kind; the types check their own
            message_id=message_id or f"u{number}",
            reply_to=Quote("q1", reply_to) if isinstance(reply_to, str) else reply_to,
            attachments=tuple(attachments),
            addressed=addressed,
        )

    async def send(self, text: str = "", **options: Any) -> Event:
        """Bring a message (options as for ``event``) and return once it is accepted, not answered."""
        event = self.event(text, **options)
        await self.manager.accept(event)
        return event

    async def reply(self, event: Event) -> Reply:
        """Wait until an event is answered."""
        record = await asyncio.shield(self._watch.of(event.key))
        receipts = await self._receipts(event)
        messages = [shown for shown in self.channel.visible() if shown.id in receipts]
        return Reply(record, tuple(messages))

    async def say(self, text: str = "", **options: Any) -> Reply:
        """Bring a message (options as for ``event``) and wait for its answer."""
        return await self.reply(await self.send(text, **options))

    async def press(self, button: Button, **options: Any) -> Reply:
        """Press a button of an earlier reply."""
        return await self.say(button.value, kind="button", **options)

    async def stop(self, **options: Any) -> Reply:
        """Say ``/stop`` and wait for its answer."""
        return await self.say("/stop", **options)

    async def _receipts(self, event: Event) -> set[str]:
        rows = await self.queue.delivered(self._watch.seqs[event.key])
        return {row.receipt.message_id for row in rows if row.receipt is not None}
