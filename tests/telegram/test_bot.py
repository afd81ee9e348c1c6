"""A whole bot on Telegram: the real manager, queue, store and client against the fake server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from botframework import Buttons, Context, Event, Skill, skill
from botframework.manager import Manager
from botframework.model import Model
from botframework.queue.sqlite import SQLiteQueue
from botframework.router import Router
from botframework.store.sql import SQLStore
from botframework.testing import ListMemory, replies
from botframework.types import Button
from botframework_telegram import TelegramAdapter
from tests.telegram.driver import fast_settings
from tests.telegram.fake_server import FakeTelegram


@skill("chat", "Talks.")
async def chat(ctx: Context, text: str = "") -> AsyncIterator[Any]:
    async for chunk in ctx.model.astream(text or "?"):
        yield chunk


class Bot:
    """What a test sees of the running bot."""

    def __init__(self, queue: SQLiteQueue, store: SQLStore, manager: Manager) -> None:
        self.queue = queue
        self.store = store
        self.manager = manager

    async def idle(self, events: int) -> None:
        """Return when ``events`` events have come and none is waiting or running."""
        async with asyncio.timeout(30):
            while True:
                counts = await self.queue.counts()
                if counts.get("done", 0) >= events and self.manager.num_running == 0:
                    assert not counts.get("parked")
                    return
                await asyncio.sleep(0.01)


@asynccontextmanager
async def bot(
    telegram: FakeTelegram, folder: Path, *answers: Any, skills: tuple[Skill, ...] = (chat,)
) -> AsyncIterator[Bot]:
    adapter = TelegramAdapter(fast_settings(telegram.url))
    queue = await SQLiteQueue.open(folder / "queue.db")
    store = await SQLStore.open(f"sqlite+aiosqlite:///{folder / 'bot.db'}")
    manager = Manager(
        queue=queue,
        store=store,
        memory=ListMemory(),
        model=Model(replies(*answers)),
        router=Router(list(skills)),
        adapters={"telegram": adapter},
    )
    tasks = [asyncio.create_task(manager.run()), asyncio.create_task(adapter.run(manager.accept))]
    try:
        yield Bot(queue, store, manager)
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await adapter.aclose()
        await queue.aclose()
        await store.aclose()


async def test_an_answer_is_streamed_into_one_message(telegram: FakeTelegram, tmp_path: Path) -> None:
    """The person sees one message, formatted, and it was answered by the model's words alone."""
    async with bot(telegram, tmp_path, "Good **morning**, Ann.") as running:
        await telegram.say("hello")
        await running.idle(1)
    assert telegram.texts() == ["Good morning, Ann."]
    assert telegram.visible()[0]["entities"] == [{"type": "bold", "offset": 5, "length": 7}]
    assert len(telegram.posted) == 1


async def test_a_long_answer_is_several_messages(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Nothing of a long answer with code is lost, and every message is whole in itself."""
    code = "".join(f"value_{n} = {n}  # a line of code\n" for n in range(300))
    async with bot(telegram, tmp_path, f"Here:\n\n```python\n{code}```\n\nDone.") as running:
        await telegram.say("write code")
        await running.idle(1)
    shown = telegram.visible()
    assert len(shown) >= 3
    assert all(any(e["type"] == "pre" for e in message["entities"]) for message in shown)
    assert "".join(telegram.texts()).replace("\n", "") == f"Here:{code}Done.".replace("\n", "")


async def test_a_redelivered_update_gets_no_second_reply(telegram: FakeTelegram, tmp_path: Path) -> None:
    """The same update, sent three times, is answered once."""
    async with bot(telegram, tmp_path, "once") as running:
        message = await telegram.say("hello")
        await running.idle(1)
        for _ in range(2):
            await telegram.inject(update_id=1000, message=message)
            await telegram.until(lambda: not telegram.waiting)
        await telegram.say("hello", chat=43)
        await running.idle(2)
    assert telegram.texts() == ["once"]
    assert telegram.texts(43) == ["once"]


async def test_stored_but_not_acknowledged_is_answered_once(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Ended between the commit and the acknowledgement, the bot gets the update again and answers it once."""
    await telegram.say("hello")
    queue = await SQLiteQueue.open(tmp_path / "queue.db")
    adapter = TelegramAdapter(fast_settings(telegram.url))
    stored = asyncio.Event()

    async def store_and_die(event: Event) -> bool:
        await queue.put(event)
        stored.set()
        await asyncio.Event().wait()
        return True

    task = asyncio.create_task(adapter.run(store_and_die))
    await asyncio.wait_for(stored.wait(), 10)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await adapter.aclose()
    await queue.aclose()
    assert len(telegram.waiting) == 1
    async with bot(telegram, tmp_path, "hi") as running:
        await telegram.until(lambda: not telegram.waiting)
        await running.idle(1)
    assert telegram.texts() == ["hi"]


async def test_an_edited_question_changes_its_answer(telegram: FakeTelegram, tmp_path: Path) -> None:
    """The earlier reply is edited; no second one is posted."""
    async with bot(telegram, tmp_path, lambda messages: f"about {messages[-1].text}") as running:
        message = await telegram.say("cats")
        await running.idle(1)
        await telegram.rewrite(message, "dogs")
        await running.idle(2)
    assert telegram.texts() == ["about dogs"]
    assert len(telegram.posted) == 1


async def test_in_a_group_only_who_calls_is_answered(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Group talk is not answered; the bot's name brings a reply to that very message."""
    async with bot(telegram, tmp_path, "yes?") as running:
        await telegram.say("just talking", chat=-100123)
        message = await telegram.say("@house_bot are you there", chat=-100123)
        await telegram.say("/help@another_bot", chat=-100123)
        await running.idle(2)
        await telegram.until(lambda: not telegram.waiting)
    (reply,) = telegram.visible(-100123)
    assert reply["text"] == "yes?"
    assert reply["reply_to_message"]["message_id"] == message["message_id"]


async def test_a_button_brings_the_next_turn(telegram: FakeTelegram, tmp_path: Path) -> None:
    """A skill's buttons are pressed and answered with their values."""

    @skill("menu", "Offers.")
    async def menu(ctx: Context, text: str = "") -> AsyncIterator[str | Buttons]:
        if ctx.event.kind == "button":
            yield f"You took {text}."
        else:
            yield Buttons("Which?", (Button("Tea", "tea"), Button("Coffee", "coffee")))

    async with bot(telegram, tmp_path, skills=(menu,)) as running:
        await telegram.say("hello")
        await running.idle(1)
        await telegram.press(telegram.visible()[0], "Coffee")
        await running.idle(2)
    assert telegram.texts() == ["Which?", "You took coffee."]
    assert len(telegram.answered_buttons) == 1


async def test_a_thumb_is_kept(telegram: FakeTelegram, tmp_path: Path) -> None:
    """A reaction to an answer, in a topic too, rates the turn that gave it."""
    async with bot(telegram, tmp_path, "yes?") as running:
        await telegram.say("hello")
        await telegram.say("@house_bot hello", chat=-100123, thread=7, forum=True)
        await running.idle(2)
        await telegram.react(telegram.visible()[0], "👍")
        await telegram.react(telegram.visible(-100123)[0], "👎")
        await running.idle(4)
        kept = await running.store.export("telegram:42")
        scores = [feedback["score"] for feedback in kept["feedback"]]
    assert sorted(scores) == [-1, 1]


async def test_a_send_whose_answer_was_lost_is_not_repeated(telegram: FakeTelegram, tmp_path: Path) -> None:
    """The connection breaks after Telegram posted the message: it is found, not posted again."""
    async with bot(telegram, tmp_path, "only once") as running:
        telegram.fail("sendMessage", when="lost")
        await telegram.say("hello")
        await running.idle(1)
    assert telegram.texts() == ["only once"]
    assert len(telegram.posted) == 1


async def test_a_bot_that_was_blocked_goes_on(telegram: FakeTelegram, tmp_path: Path) -> None:
    """Who blocked the bot stops nobody else's answer, and nothing is parked."""
    async with bot(telegram, tmp_path, "hi") as running:
        telegram.chats.open(42).gone = "bot was blocked by the user"
        await telegram.say("hello")
        await telegram.say("hello", chat=43)
        await running.idle(2)
    assert telegram.texts() == []
    assert telegram.texts(43) == ["hi"]
