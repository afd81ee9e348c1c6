"""What a person reads when something fails, and what becomes of the event."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from botframework import (
    Attachment,
    ChannelUnavailable,
    ContentRefused,
    Context,
    ConversationGone,
    Event,
    RateLimited,
    SkillError,
    skill,
)
from botframework.errors import ContextTooLong, ModelBusy, ModelError, QueueError, StoreError
from botframework.manager import Limits
from botframework.middleware import Next
from botframework.queue import Claim
from botframework.queue.sqlite import SQLiteQueue
from botframework.testing import BotTester, FakeChannel, FakeClock, replies, until
from botframework.turn import Turn
from botframework.types import Buttons, Image, Part


def failing(error: BaseException, *before: str) -> Any:
    @skill("fails", "Fails.")
    async def fails(ctx: Context, text: str = "") -> AsyncIterator[str]:
        for piece in before:
            yield piece
        raise error

    return fails


async def test_an_exception_becomes_one_apology_with_a_reference(caplog: pytest.LogCaptureFixture) -> None:
    """The person reads a short sentence, the log has the trace under the same reference, nothing is retried."""
    async with BotTester([failing(ZeroDivisionError("secret detail"))]) as bot:
        reply = await bot.say("hello")
        assert reply.text.startswith("Sorry, something went wrong")
        assert reply.record.reference in reply.text
        assert "secret detail" not in reply.text
        assert (reply.outcome, bot.retries, len(bot.sent)) == ("failed", [], 1)
        logged = caplog.text.split(f"[{reply.record.reference}]", 1)[1]
        assert "Traceback" in logged
        assert "ZeroDivisionError: secret detail" in logged


async def test_the_apology_is_in_the_persons_language() -> None:
    """Who writes Chinese is apologised to in Chinese."""
    async with BotTester([failing(ValueError())]) as bot:
        assert (await bot.say("今天天气怎么样？")).text.startswith("抱歉")


async def test_what_was_said_before_the_failure_stays() -> None:
    """The apology comes under the text that was already there."""
    async with BotTester([failing(ValueError(), "half an ", "answer")]) as bot:
        reply = await bot.say("hello")
        assert reply.text.startswith("half an answer\n\nSorry")
        assert len(bot.sent) == 1


async def test_an_apology_is_not_shown_to_the_model() -> None:
    """History keeps what the person said; the reference is none of the model's business."""
    async with BotTester([failing(ValueError())]) as bot:
        await bot.say("hello")
        assert [message.text for message in await bot.store.history("fake/ann")] == ["hello"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SkillError("The document has no text in it."), "The document has no text in it."),
        (ModelBusy("full"), "too many people"),
        (ContextTooLong("9000 tokens"), "too long for me"),
        (ModelError("broken"), "Sorry, something went wrong"),
        (asyncio.CancelledError(), "Sorry, something went wrong"),
    ],
)
async def test_known_failures_are_explained(error: BaseException, words: str) -> None:
    """A skill's own error and the model's are said in words that help."""
    async with BotTester([failing(error)]) as bot:
        reply = await bot.say("hello")
        assert words in reply.text
        assert reply.outcome == "failed"


async def test_a_wrong_argument_is_answered_with_the_usage() -> None:
    """The person reads what is wrong and how the command is written."""

    @skill("count", "Counts.")
    async def count(ctx: Context, number: int) -> str:
        return str(number)

    async with BotTester([count]) as bot:
        reply = await bot.say("/count many")
        assert "number must be a whole number, not 'many'" in reply.text
        assert "`/count <number>`" in reply.text


async def test_a_channel_that_fails_inside_a_skill_is_the_queues_business() -> None:
    """When an attachment cannot be fetched now, the event is tried again later."""

    @skill("read", "Reads a file.")
    async def read(ctx: Context, text: str = "") -> str:
        return (await ctx.fetch(ctx.event.attachments[0])).decode()

    clock, channel = FakeClock(), FakeChannel()
    channel.files["f1"] = b"words"
    channel.fail(RateLimited("later", 0.05), on="fetch")
    async with BotTester([read], channel=channel, clock=clock) as bot:
        reply = await bot.say("read", attachments=[Attachment("f1", "a.txt")])
        assert (reply.text, bot.retries) == ("words", ["later"])


async def test_a_person_who_left_during_the_answer_closes_the_turn() -> None:
    """A conversation that is gone in the middle of an answer ends it without a retry."""
    channel = FakeChannel()
    channel.fail(ConversationGone("blocked"), on="edit")
    async with BotTester([failing(ValueError(), "half")], channel=channel) as bot:
        channel.fail(ConversationGone("blocked"), on="send")
        assert (await bot.say("hello")).outcome == "gone"


async def test_an_error_in_middleware_is_apologised_for() -> None:
    """A fault of the kernel's own surroundings closes the turn like a skill's."""

    async def broken(turn: Turn, proceed: Next) -> None:
        raise RuntimeError("broken middleware")

    async with BotTester(middleware=[broken]) as bot:
        reply = await bot.say("hello")
        assert (reply.outcome, reply.record.reference in reply.text) == ("failed", True)


async def test_an_apology_that_cannot_be_delivered_is_left_to_the_queue() -> None:
    """When the channel is away as well, the event is tried again and answered then."""

    async def broken_once(turn: Turn, proceed: Next) -> None:
        if turn.claim.attempt == 1:
            raise RuntimeError("broken middleware")
        await proceed(turn)

    clock, channel = FakeClock(), FakeChannel()
    channel.fail(ChannelUnavailable("away"), times=4)
    async with BotTester(middleware=[broken_once], channel=channel, clock=clock) as bot:
        event = await bot.send("hello")
        reply = await clock.until(bot.reply(event))
        assert "Sorry" in reply.text
        assert bot.retries == ["away"]


async def test_a_store_that_fails_for_a_moment_loses_no_turn() -> None:
    """When history cannot be written after the answer, the event is closed later and nothing is sent twice."""
    channel = FakeChannel()
    async with BotTester(channel=channel) as bot:
        save, failures = bot.store.save_turn, [StoreError("disk full")]

        async def flaky(record: Any) -> None:
            if failures:
                raise failures.pop()
            await save(record)

        bot.store.save_turn = flaky  # type: ignore[assignment, method-assign]  # the fault is injected at the seam
        reply = await bot.say("hello")
        assert (reply.text, bot.retries) == ("hello", ["disk full"])
        assert channel.texts() == ["hello"]
        assert [turn.decision.by for turn in await bot.store.turns("fake/ann")] == ["default"]


async def test_an_event_out_of_attempts_is_parked_with_its_reason() -> None:
    """A channel that never comes back leaves the event for the operator."""
    clock, channel = FakeClock(), FakeChannel("none")
    channel.fail(ChannelUnavailable("no route"), times=100)
    async with BotTester(channel=channel, clock=clock, attempts=1) as bot:
        await bot.send("hello")
        async with asyncio.timeout(10):
            while not (parked := await bot.queue.list("parked")):
                await clock.advance(1)
        assert "no route" in parked[0].reason


async def test_a_turn_that_another_worker_took_over_is_dropped() -> None:
    """Once the lease is lost, this worker neither sends nor closes anything more."""
    clock, model = FakeClock(), replies("a b c", stepwise=True)

    @skill("chat", "Talks.")
    async def chat(ctx: Context, text: str = "") -> AsyncIterator[str]:
        async for chunk in ctx.model.astream(text):
            yield chunk.text

    async with BotTester([chat], model, clock=clock, limits=Limits(lease=0.05, concurrency=1, waiting=0)) as bot:
        await bot.send("hello")
        await until(lambda: model.running)
        await asyncio.sleep(0.06)
        claim = await bot.queue.claim("another", 60)
        assert claim is not None
        await clock.advance(0.3)
        await until(lambda: not bot.manager.num_running)
        assert bot.sent == []
        await bot.queue.complete(claim)


async def test_an_event_claimed_twice_by_one_worker_is_answered_once() -> None:
    """When a lease ended because the process stood still, the first try ends and the second answers."""
    model = replies("one two", stepwise=True)

    @skill("chat", "Talks.")
    async def chat(ctx: Context, text: str = "") -> AsyncIterator[str]:
        async for chunk in ctx.model.astream(text):
            yield chunk.text

    async with BotTester([chat], model, limits=Limits(lease=0.5, heartbeat=100)) as bot:
        event = await bot.send("hello")
        await until(lambda: len(model.prompts) == 2)
        model.step(4)
        assert (await bot.reply(event)).text == "one two"
        assert bot.channel.texts() == ["one two"]
        assert (model.running, model.abandoned) == (0, 1)


async def test_a_lost_lease_found_at_the_send_ends_the_turn() -> None:
    """A worker that learns of it only when it writes the intent sends nothing."""
    gate, running = asyncio.Event(), []

    @skill("slow", "Waits.")
    async def slow(ctx: Context, text: str = "") -> str:
        running.append(text)
        await gate.wait()
        return "late"

    async with BotTester([slow], limits=Limits(lease=0.05, heartbeat=100, concurrency=1, waiting=0)) as bot:
        await bot.send("hello")
        await until(lambda: running)
        await asyncio.sleep(0.06)
        claim = await bot.queue.claim("another", 60)
        assert claim is not None
        gate.set()
        await until(lambda: not bot.manager.num_running)
        assert bot.sent == []
        await bot.queue.complete(claim)


async def test_a_queue_that_cannot_be_read_is_tried_again() -> None:
    """A failing claim is logged and repeated; the bot goes on."""
    async with BotTester() as bot:
        claim, failures = bot.queue.claim, [QueueError("disk"), QueueError("disk")]

        async def flaky(worker: str, lease: float) -> Claim | None:
            if failures:
                raise failures.pop()
            return await claim(worker, lease)

        bot.queue.claim = flaky  # type: ignore[method-assign]  # the fault is injected at the seam
        assert (await bot.say("hello")).text == "hello"
        assert failures == []


async def test_failing_signs_of_work_do_not_harm_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    """A typing sign that the platform refuses, and one that breaks, leave the answer alone."""
    clock, model, channel = FakeClock(), replies("done", stepwise=True), FakeChannel()
    channel.fail(ChannelUnavailable("away"), on="working")
    channel.fail(ValueError("a bug"), on="working")

    @skill("chat", "Talks.")
    async def chat(ctx: Context, text: str = "") -> AsyncIterator[str]:
        async for chunk in ctx.model.astream(text):
            yield chunk.text

    async with BotTester([chat], model, channel=channel, clock=clock) as bot:
        event = await bot.send("hello")
        await until(lambda: model.running)
        await clock.advance(5)
        model.step()
        assert (await bot.reply(event)).text == "done"
    assert any(record.levelno == logging.ERROR and "errand" in record.message for record in caplog.records)


@pytest.mark.parametrize(("part", "times"), [(Image("cat.png", b"png"), 1), (Buttons("*Choose*", ()), 2)])
async def test_a_refused_part_that_is_no_text_becomes_an_apology(part: Part, times: int) -> None:
    """A picture that the platform refuses is replaced by a sentence."""

    @skill("show", "Shows.")
    async def show(ctx: Context) -> Part:
        return part

    channel = FakeChannel("none")
    channel.fail(ContentRefused("no such format"), times=times)
    async with BotTester([show], channel=channel) as bot:
        assert "would not take my answer" in (await bot.say("/show")).text


async def test_events_queued_before_the_start_are_answered(tmp_path: Any) -> None:
    """What was committed while no bot was running is answered when one starts."""
    channel = FakeChannel()
    queue = await SQLiteQueue.open(tmp_path / "queue.db")
    events: list[Event] = [BotTester(channel=channel).event("hello", person=name, key=name) for name in ("a", "b")]
    for event in events:
        await queue.put(event)
    await queue.aclose()
    async with BotTester(channel=channel, folder=tmp_path) as bot:
        assert [(await bot.reply(event)).text for event in events] == ["hello", "hello"]
