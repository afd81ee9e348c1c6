"""What a turn costs without its model: our kernel and channels beside plain bots of the vendors' libraries.

    python benchmarks/turn_overhead.py                  # all of it
    python benchmarks/turn_overhead.py --only kernel    # one of: kernel, telegram, slack

Every bot echoes. ``kernel`` has a channel within the process; the others speak to the pretended platforms of the tests
over loopback HTTP, in the same process, so that a figure holds the platform's work as well, and the difference of two
is the bots'. Ours commits every event, intent, receipt and turn to disk; the plain ones keep nothing. ``one`` is a
conversation where each message follows the last answer, ``many`` are 20 of them at once. Figures are medians over the
rounds, which take turns, so that what else the machine does meets all alike; CPU is of this process, all threads.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, cast

from botframework import Adapter, Context, Conversation, Event, Person, skill
from botframework.adapter import Accept
from botframework.manager import Limits, Manager
from botframework.memory.nothing import NoMemory
from botframework.model import Model
from botframework.queue.sqlite import SQLiteQueue
from botframework.queue.writer import Durability
from botframework.router import Router
from botframework.store.sql import SQLStore
from botframework.testing.channel import FakeChannel
from botframework.turn import Observer, Turn

CONVERSATIONS = 20


class Side(Protocol):
    """One of the bots that are measured, with people to talk to it."""

    async def ask(self, conversation: int, text: str) -> None:
        """Say something; return when its answer stands."""


@skill("echo", "Says it again.")
async def echo(ctx: Context, text: str = "") -> str:
    return text


class NoModel:
    """The echo asks no model."""

    model_name = "none"


@asynccontextmanager
async def our_bot(adapter: Adapter, durability: Durability = "full") -> AsyncIterator[Manager]:
    """The whole kernel around one channel, in a folder of its own on disk."""
    runs = Path(__file__).parents[1] / "runs"  # a real disk, where /tmp often is none
    runs.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=runs) as folder:
        queue = await SQLiteQueue.open(Path(folder) / "queue.db", durability=durability)
        store = await SQLStore.open(f"sqlite:///{folder}/bot.db")
        manager = Manager(
            queue=queue,
            store=store,
            memory=NoMemory(),
            model=Model(cast("Any", NoModel())),
            router=Router([echo]),
            adapters={adapter.name: adapter},
            limits=Limits(concurrency=CONVERSATIONS),
        )
        async with running(manager.run), running(adapter.run, manager.accept):
            yield manager
        await adapter.aclose()
        await store.aclose()
        await queue.aclose()


@asynccontextmanager
async def running(work: Callable[..., Any], accept: Accept | None = None) -> AsyncIterator[None]:
    """``work`` in the background."""
    task = asyncio.create_task(work() if accept is None else work(accept))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Kernel(Observer):
    """Our kernel alone: the channel is a list, a turn is over when it is closed."""

    def __init__(self, manager: Manager) -> None:
        manager.observe(self)
        self._manager = manager
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._count = 0

    def turn_finished(self, turn: Turn) -> None:
        self._waiting.pop(turn.event.key).set_result(None)

    async def ask(self, conversation: int, text: str) -> None:
        self._count += 1
        key = str(self._count)
        self._waiting[key] = over = asyncio.get_running_loop().create_future()
        chat = Conversation("fake", str(conversation))
        await self._manager.accept(Event("fake", key, chat, Person(f"fake:{conversation}"), text))
        await over


@asynccontextmanager
async def our_kernel(durability: Durability) -> AsyncIterator[Side]:
    async with our_bot(FakeChannel("none"), durability) as manager:
        yield Kernel(manager)


class TelegramPeople:
    """People who write in private chats of the pretended Telegram."""

    def __init__(self, telegram: Any) -> None:
        self._telegram = telegram

    async def ask(self, conversation: int, text: str) -> None:
        chat = 100 + conversation
        sender = {"id": chat, "is_bot": False, "first_name": "P", "language_code": "en"}
        await self._telegram.say(text, chat=chat, sender=sender)
        messages = self._telegram.chats.get(chat).messages
        await self._telegram.until(lambda: next(reversed(messages.values()))["from"]["is_bot"])


@asynccontextmanager
async def our_telegram() -> AsyncIterator[Side]:
    from botframework_telegram import TelegramAdapter
    from tests.telegram.driver import fast_settings
    from tests.telegram.fake_server import FakeTelegram

    async with FakeTelegram() as telegram, our_bot(TelegramAdapter(fast_settings(telegram.url, edit_interval=1.0))):
        yield TelegramPeople(telegram)


@asynccontextmanager
async def plain_telegram() -> AsyncIterator[Side]:
    """The echo bot of python-telegram-bot's own examples."""
    from telegram import Update
    from telegram.ext import Application, ContextTypes, MessageHandler, filters

    from tests.telegram.fake_api import TOKEN
    from tests.telegram.fake_server import FakeTelegram

    async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message is not None and update.message.text is not None:
            await update.message.reply_text(update.message.text)

    async with FakeTelegram() as telegram:
        bot = Application.builder().token(TOKEN).base_url(f"{telegram.url}/bot").concurrent_updates(True).build()
        bot.add_handler(MessageHandler(filters.TEXT, answer))
        async with bot:
            await bot.start()
            assert bot.updater is not None
            await bot.updater.start_polling(poll_interval=0.0)
            yield TelegramPeople(telegram)
            await bot.updater.stop()
            await bot.stop()


class SlackPeople:
    """People who write direct messages in the pretended Slack."""

    def __init__(self, slack: Any) -> None:
        self._slack = slack
        for conversation in range(CONVERSATIONS):
            slack.space.add_channel(f"D{conversation:04d}", "im")

    async def ask(self, conversation: int, text: str) -> None:
        channel = f"D{conversation:04d}"
        self._slack.say(channel, text)
        messages = self._slack.space.channels[channel].messages
        await self._slack.until(lambda: messages[-1]["user"] == self._slack.space.bot_user)


@asynccontextmanager
async def our_slack() -> AsyncIterator[Side]:
    from botframework_slack import SlackAdapter
    from tests.slack.conftest import settings_for
    from tests.slack.fake_server import FakeSlack

    async with FakeSlack() as slack, our_bot(SlackAdapter(settings_for(slack, ping_interval=5.0))):
        await slack.socket.connected()
        yield SlackPeople(slack)


@asynccontextmanager
async def plain_slack() -> AsyncIterator[Side]:
    """The echo bot of slack-bolt's own examples, over Socket Mode."""
    from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    from tests.slack.fake_server import FakeSlack
    from tests.slack.fake_workspace import APP_TOKEN, BOT_TOKEN

    async with FakeSlack() as slack:
        client = AsyncWebClient(BOT_TOKEN, base_url=slack.base_url)
        app = AsyncApp(token=BOT_TOKEN, client=client)

        @app.event("message")
        async def answer(event: dict[str, Any], say: Any) -> None:
            await say(event["text"])

        handler: Any = AsyncSocketModeHandler(app, APP_TOKEN, web_client=AsyncWebClient(base_url=slack.base_url))
        await handler.connect_async()
        await slack.socket.connected()
        yield SlackPeople(slack)
        await handler.close_async()


SIDES: dict[str, list[tuple[str, Callable[[], Any]]]] = {
    "kernel": [
        ("our kernel, durable to a power cut", lambda: our_kernel("full")),
        ("our kernel, durable to a kill", lambda: our_kernel("normal")),
    ],
    "telegram": [("our Telegram channel", our_telegram), ("plain python-telegram-bot", plain_telegram)],
    "slack": [("our Slack channel", our_slack), ("plain slack-bolt", plain_slack)],
}


async def measure(side: Side, conversations: int, turns: int) -> tuple[float, float]:
    """Milliseconds per turn of the clock and of CPU, for ``turns`` in all."""

    async def talk(conversation: int) -> None:
        for number in range(turns // conversations):
            await side.ask(conversation, f"This is message {number} of {conversation}.")

    gc.collect()
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(talk(n) for n in range(conversations)))
    return (time.perf_counter() - began) / turns * 1e3, (time.process_time() - cpu) / turns * 1e3


async def main(only: list[str], rounds: int, turns: int) -> None:
    async with AsyncExitStack() as stack:
        sides = [
            (name, await stack.enter_async_context(make()))
            for group, members in SIDES.items()
            if group in only
            for name, make in members
        ]
        figures: dict[tuple[str, int], list[tuple[float, float]]] = {}
        for number in range(rounds + 1):
            for name, side in sides:
                for conversations in (1, CONVERSATIONS):
                    figure = await measure(side, conversations, turns)
                    if number:
                        figures.setdefault((name, conversations), []).append(figure)
        print(f"{turns} turns a round, {rounds} rounds after one to warm up\n")
        print(f"{'':36}{'one: ms':>9}{'CPU ms':>8}{'turns/s':>9}  {'many: ms':>9}{'CPU ms':>8}{'turns/s':>9}")
        for name, _ in sides:
            line = f"{name:36}"
            for conversations in (1, CONVERSATIONS):
                clock, cpu = (statistics.median(values) for values in zip(*figures[name, conversations], strict=True))
                line += f"{clock:9.2f}{cpu:8.2f}{1e3 / clock:9.0f}  "
            print(line.rstrip())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=SIDES, default=list(SIDES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, default=100)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    asyncio.run(main(arguments.only, arguments.rounds, arguments.turns))
