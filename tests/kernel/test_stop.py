"""Ending an answer: by its person, by a newer message, by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from botframework import Context, skill
from botframework.commands import is_stop
from botframework.manager import Limits
from botframework.middleware.access import Access, AccessRules
from botframework.testing import BotTester, FakeChannel, FakeClock, replies, until


@skill("chat", "Talks with the model.")
async def chat(ctx: Context, text: str = "") -> AsyncIterator[str]:
    async for chunk in ctx.model.astream(text or "?"):
        yield chunk.text


async def test_three_chats_stream_at_once_and_stop_ends_one_within_a_token() -> None:
    """Three answers grow together; /stop ends its own before the model makes another word, the others go on."""
    model = replies("a b c d e f g h", stepwise=True)
    async with BotTester([chat], model) as bot:
        events = {name: await bot.send(f"from {name}", person=name) for name in ("ann", "bob", "eve")}
        await until(lambda: model.running == 3)
        model.step(6)
        await until(lambda: model.words == 6)
        await until(lambda: len(bot.sent) == 3)
        words = model.words
        stopping = await bot.send("/stop", person="bob")
        await until(lambda: model.running == 2)
        assert model.words == words
        assert model.abandoned == 1
        model.step(100)
        stopped = await bot.reply(events["bob"])
        assert stopped.outcome == "stopped"
        assert stopped.text.endswith("*stopped*")
        assert len(stopped.text) < len("a b c d e f g h *stopped*")
        assert (await bot.reply(stopping)).text == "Stopped."
        for name in ("ann", "eve"):
            assert (await bot.reply(events[name])).text == "a b c d e f g h"


async def test_stop_works_while_the_platform_is_slow() -> None:
    """The model is freed although a message of the reply is still on its way to the platform."""
    gate = asyncio.Event()

    class Slow(FakeChannel):
        async def send(self, address, part, key):  # type: ignore[no-untyped-def]  # as FakeChannel.send
            await gate.wait()
            return await super().send(address, part, key)

    model = replies("a b c d", stepwise=True)
    async with BotTester([chat], model, channel=Slow()) as bot:
        event = await bot.send("hello")
        model.step()
        await until(lambda: model.words == 1)
        await bot.send("/stop")
        await until(lambda: model.running == 0)
        gate.set()
        assert (await bot.reply(event)).text == "a\n\n⏹ *stopped*"


async def test_a_stop_word_does_what_stop_does() -> None:
    """The configured words end the answer too, in any case and with a full stop."""
    model = replies("a b c d", stepwise=True)
    async with BotTester([chat], model) as bot:
        event = await bot.send("hello")
        model.step()
        await until(lambda: bool(bot.sent))
        assert (await bot.say("停止。", language="zh")).text == "已停止。"
        assert (await bot.reply(event)).outcome == "stopped"


async def test_stop_with_nothing_running_says_so() -> None:
    """A stop that ends nothing is answered as such."""
    async with BotTester() as bot:
        assert (await bot.stop()).text == "Nothing is running here."


async def test_an_answer_stopped_before_its_first_word_leaves_no_message() -> None:
    """Nothing was visible, so nothing is left behind but the answer to /stop."""
    model = replies("a b", stepwise=True)
    async with BotTester([chat], model) as bot:
        event = await bot.send("hello")
        await until(lambda: model.running == 1)
        await bot.stop()
        assert (await bot.reply(event)).outcome == "stopped"
        assert bot.channel.texts() == ["Stopped."]


async def test_stop_ends_what_the_person_had_still_waiting() -> None:
    """Messages sent before the stop and not yet begun are closed without an answer."""
    model = replies("a b c", stepwise=True)
    async with BotTester([chat], model) as bot:
        first = await bot.send("one")
        second = await bot.send("two")
        await until(lambda: model.running == 1)
        await bot.stop()
        assert (await bot.reply(first)).outcome == "stopped"
        assert (await bot.reply(second)).outcome == "stopped"
        model.step(10)
        assert (await bot.say("three")).text == "a b c"
        assert model.asked == ["one", "three"]


async def test_a_stop_leaves_an_open_code_fence_closed() -> None:
    """The mark stands after the code, not in it."""
    model = replies("```python\nx = 1\ny = 2\n```", stepwise=True)
    async with BotTester([chat], model) as bot:
        event = await bot.send("code")
        model.step(4)
        await until(lambda: model.words == 4)
        await bot.stop()
        assert (await bot.reply(event)).text == "```python\nx = 1\n```\n\n⏹ *stopped*"


async def test_with_interrupt_a_new_message_ends_the_running_answer() -> None:
    """By setting, the newest message is the one that counts."""
    model = replies("a b c", "second", stepwise=True)
    async with BotTester([chat], model, limits=Limits(interrupt=True)) as bot:
        first = await bot.send("one")
        model.step()
        await until(lambda: bool(bot.sent))
        second = await bot.send("two")
        model.step(5)
        assert (await bot.reply(first)).outcome == "stopped"
        assert (await bot.reply(second)).text == "second"


async def test_in_a_group_only_the_same_person_interrupts() -> None:
    """Somebody else's message waits for its turn."""
    model = replies("a b c", "second", stepwise=True)
    async with BotTester([chat], model, limits=Limits(interrupt=True)) as bot:
        first = await bot.send("one", group=True)
        await until(lambda: model.running)
        await bot.send("two", person="bob", group=True)
        model.step(10)
        assert (await bot.reply(first)).text == "a b c"


async def test_a_skill_that_ignores_its_end_is_ended_all_the_same() -> None:
    """The person gets the stop at once, and nothing that the skill still says."""
    cleaned = asyncio.Event()

    @skill("stubborn", "Goes on.")
    async def stubborn(ctx: Context, text: str = "") -> AsyncIterator[str]:
        yield "first"
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await cleaned.wait()
        yield "second"
        raise ValueError("after the end")

    async with BotTester([stubborn]) as bot:
        event = await bot.send("go")
        await until(lambda: bot.sent)
        await bot.send("/stop")
        assert (await bot.reply(event)).text == "first\n\n⏹ *stopped*"
        cleaned.set()


async def test_without_interrupt_a_new_message_waits() -> None:
    """Otherwise every message is answered in full."""
    model = replies("a b c", "second", stepwise=True)
    async with BotTester([chat], model) as bot:
        first, second = await bot.send("one"), await bot.send("two")
        model.step(10)
        assert (await bot.reply(first)).text == "a b c"
        assert (await bot.reply(second)).text == "second"


async def test_who_has_no_access_cannot_stop_others() -> None:
    """A denied person's /stop in a group ends nobody's answer."""
    model = replies("a b", stepwise=True)
    access = Access({"fake": AccessRules(deny=["mallory"])})
    async with BotTester([chat], model, middleware=[access]) as bot:
        event = await bot.send("hello", group=True)
        await until(lambda: model.running == 1)
        await bot.send("/stop", person="mallory", group=True)
        model.step(2)
        assert (await bot.reply(event)).text == "a b"


async def test_an_answer_that_takes_too_long_is_given_up() -> None:
    """After the time limit the person reads an apology with a reference under what there is so far."""
    clock, model = FakeClock(), replies("a b c", stepwise=True)
    async with BotTester([chat], model, clock=clock, limits=Limits(timeout=20)) as bot:
        event = await bot.send("hello")
        model.step()
        await until(lambda: bool(bot.sent))
        await clock.advance(21)
        reply = await bot.reply(event)
        assert reply.outcome == "failed"
        assert reply.text.startswith("a\n\nSorry, this took too long")
        assert reply.record.reference in reply.text
        assert model.running == 0


async def test_who_waits_is_told_their_place_once() -> None:
    """With two answers running and one waiting, the next person reads that they are second; the answer replaces it."""
    model = replies("done", stepwise=True)
    async with BotTester([chat], model, limits=Limits(concurrency=2)) as bot:
        events = [await bot.send("hello", person=f"p{number}") for number in range(4)]
        await until(lambda: len(bot.sent) == 2)
        assert sorted(bot.channel.texts()) == ["You are next in line.", "You are second in line."]
        assert bot.manager.position() == (2, None)
        model.step(4)
        for event in events:
            assert (await bot.reply(event)).text == "done"
        assert [shown.text for shown in bot.sent] == ["done"] * 4
        assert bot.manager.position() == (0, 0.0)


async def test_the_place_in_line_comes_with_a_time_once_answers_were_timed() -> None:
    """The wait is estimated from how long earlier answers took."""
    clock, model = FakeClock(), replies("done", stepwise=True)
    async with BotTester([chat], model, clock=clock, limits=Limits(concurrency=1, timeout=900)) as bot:
        first = await bot.send("hello", person="p0")
        await until(lambda: model.running == 1)
        await clock.advance(20)
        model.step()
        await bot.reply(first)
        await bot.send("hello", person="p1")
        await until(lambda: model.running == 1)
        for number in range(2, 5):
            await bot.send("hello", person=f"p{number}")
            await until(lambda number=number: bool(bot.channel.texts(f"p{number}")))  # type: ignore[misc]  # a lambda
        assert bot.channel.texts("p4") == ["You are third in line, about 60 s."]


async def test_who_waits_can_leave_the_line() -> None:
    """A /stop while waiting closes the turn and takes its notice away."""
    model = replies("done", stepwise=True)
    async with BotTester([chat], model, limits=Limits(concurrency=1)) as bot:
        first = await bot.send("hello", person="ann")
        waiting = await bot.send("hello", person="bob")
        await until(lambda: bool(bot.channel.texts("bob")))
        assert (await bot.stop(person="bob")).text == "Stopped."
        assert (await bot.reply(waiting)).outcome == "stopped"
        model.step()
        assert (await bot.reply(first)).text == "done"
        assert len(model.prompts) == 1


async def test_commands_do_not_wait_in_line() -> None:
    """/help is answered at once while the model is busy."""
    model = replies("done", stepwise=True)
    async with BotTester([chat], model, limits=Limits(concurrency=1)) as bot:
        await bot.send("hello", person="ann")
        await until(lambda: model.running == 1)
        assert "/chat" in (await bot.say("/help", person="bob")).text


async def test_the_models_own_line_is_told_too() -> None:
    """Where the chat model knows its waiting line, its place and time are what the person reads."""
    from dataclasses import dataclass

    @dataclass
    class Place:
        position: int
        seconds: float | None

    model = replies("done", stepwise=True)
    object.__setattr__(model, "next_position", lambda: Place(3, 12.4))
    async with BotTester([chat], model, channel=FakeChannel("none")) as bot:
        event = await bot.send("hello")
        await until(lambda: "You are third in line, about 12 s." in bot.channel.statuses)
        model.step()
        assert (await bot.reply(event)).text == "done"


def test_stop_is_recognised_only_as_a_whole_message() -> None:
    """A sentence with the word in it is an ordinary message."""
    words = ("停", "halt")
    assert all(
        is_stop(text, words) for text in ("/stop", "/stop@bot", "Stop!", "@bot stop", "<@U1> stop", "停", "HALT.")
    )
    assert not any(is_stop(text, words) for text in ("please stop the music", "/stopwatch", "bus stop", ""))
