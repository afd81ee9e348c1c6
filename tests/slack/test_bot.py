"""A whole bot on Slack: the real manager, queue and store, talked to as people do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from botframework import Button, Buttons, Context, Part, skill
from botframework.manager import Limits, Manager
from botframework.model import Model
from botframework.queue.sqlite import SQLiteQueue
from botframework.router import Router
from botframework.store.sql import SQLStore
from botframework.testing import ListMemory, replies
from botframework.testing.model import ScriptedModel
from botframework_slack import SlackAdapter
from tests.slack.conftest import settings_for
from tests.slack.fake_server import FakeSlack

MENTION = "<@U0BOT>"


@skill("echo", "Asks the model.")
async def echo(ctx: Context, text: str = "") -> AsyncIterator[str | Part]:
    async for chunk in ctx.model.astream(text):
        yield chunk.text


@skill("choose", "Offers a choice.")
async def choose(ctx: Context, text: str = "") -> AsyncIterator[str | Part]:
    yield Buttons("Which?", (Button("Tea", "/echo tea"), Button("Coffee", "/echo coffee")))


@asynccontextmanager
async def bot(slack: FakeSlack, folder: Path, *texts: str, stepwise: bool = False) -> AsyncIterator[ScriptedModel]:
    """A running bot whose model gives these answers."""
    scripted = replies(*texts, stepwise=stepwise)
    adapter = SlackAdapter(settings_for(slack))
    queue = await SQLiteQueue.open(folder / "queue.db")
    store = await SQLStore.open(f"sqlite+aiosqlite:///{folder / 'bot.db'}")
    manager = Manager(
        queue=queue,
        store=store,
        memory=ListMemory(),
        model=Model(scripted),
        router=Router([echo, choose], echo),
        adapters={"slack": adapter},
        limits=Limits(),
    )
    tasks = [asyncio.create_task(manager.run()), asyncio.create_task(adapter.run(manager.accept))]
    try:
        await slack.socket.connected()
        yield scripted
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await adapter.aclose()
        await store.aclose()
        await queue.aclose()


async def test_mention_gets_one_answer(slack: FakeSlack, tmp_path: Path) -> None:
    """A mention, which comes as two events over two sockets' worth of copies, gets one answer in its thread."""
    slack.socket.duplicate = True
    async with bot(slack, tmp_path, "good day") as model:
        ts = slack.say("C0GEN", f"{MENTION} hello")
        await slack.stands("C0GEN", "good day", thread=ts)
        await slack.socket.acknowledged()
        slack.say("C0GEN", "and you?", thread=ts)
        await slack.stands("C0GEN", "good day", "good day", thread=ts)
    assert model.asked == ["hello", "and you?"]
    assert slack.shown("C0GEN") == []


async def test_talk_of_others_is_left_alone(slack: FakeSlack, tmp_path: Path) -> None:
    """What people say to each other is not answered, what they say to the bot in private is."""
    async with bot(slack, tmp_path, "yes?"):
        slack.say("C0GEN", "lunch?")
        await slack.socket.acknowledged()
        slack.say("D0ANN", "hello")
        await slack.answer("D0ANN")
    assert slack.shown("C0GEN") == []


async def test_answer_is_streamed_by_edits(slack: FakeSlack, tmp_path: Path) -> None:
    """An answer stands early and grows; at the end it is one message."""
    async with bot(slack, tmp_path, "one two three", stepwise=True) as model:
        slack.say("D0ANN", "count")
        model.step()
        [shown] = await slack.answer("D0ANN")
        assert shown.text == "one"
        model.step(2)
        await slack.stands("D0ANN", "one two three")
    assert slack.calls["chat.postMessage"] == 1


async def test_stop_ends_the_answer(slack: FakeSlack, tmp_path: Path) -> None:
    """``/stop`` as a slash command ends an answer in a direct message."""
    async with bot(slack, tmp_path, "one two three", stepwise=True) as model:
        slack.say("D0ANN", "count")
        model.step()
        await slack.answer("D0ANN")
        slack.command("D0ANN", "/stop")
        await slack.answer("D0ANN", count=2)
        assert model.running == 0
        assert model.abandoned == 1


async def test_edited_question_is_answered_again(slack: FakeSlack, tmp_path: Path) -> None:
    """When a question is edited its answer is replaced where it stands."""
    async with bot(slack, tmp_path, "first", "second"):
        ts = slack.say("D0ANN", "one?")
        await slack.stands("D0ANN", "first")
        slack.edit("D0ANN", ts, "two?")
        await slack.stands("D0ANN", "second")


async def test_button_is_answered(slack: FakeSlack, tmp_path: Path) -> None:
    """Pressing a button is as good as writing its value."""
    async with bot(slack, tmp_path, "here you are") as model:
        ts = slack.say("C0GEN", f"{MENTION} /choose")
        [shown] = await slack.answer("C0GEN", ts)
        slack.press("C0GEN", shown, "Coffee")
        await slack.answer("C0GEN", ts, count=2)
        assert model.asked == ["coffee"]


@pytest.mark.parametrize("failure", [{"retry_after": 0}, {"reset": "after"}, {"reset": "before"}, {"status": 502}])
async def test_trouble_on_the_way_out(slack: FakeSlack, tmp_path: Path, failure: dict[str, Any]) -> None:
    """Whatever goes wrong with a post, the answer stands once."""
    slack.fail("chat.postMessage", **failure)
    async with bot(slack, tmp_path, "good day"):
        slack.say("D0ANN", "hello")
        await slack.stands("D0ANN", "good day")
        slack.say("D0ANN", "again")
        await slack.stands("D0ANN", "good day", "good day")


async def test_long_answer_is_several_messages(slack: FakeSlack, tmp_path: Path) -> None:
    """An answer too long for one message stands in several, in order, complete."""
    text = "\n\n".join(f"Paragraph {number}: " + "word " * 50 for number in range(100)).strip()
    async with bot(slack, tmp_path, text):
        slack.say("D0ANN", "tell me everything")
        await slack.until(lambda: "".join(one.text for one in slack.shown("D0ANN")) == text, 20)
    assert len(slack.shown("D0ANN")) == 3
