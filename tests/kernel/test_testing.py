"""The test kit itself: it must fail where it should."""

from __future__ import annotations

import asyncio

import pytest

from botframework import Attachment, ContentRefused, Context, RateLimited, Receipt, Text, skill
from botframework.memory import Scope
from botframework.testing import BotTester, FakeChannel, FakeClock, ListMemory, replies


@skill("haiku", "Writes a haiku about anything.", examples=["write a haiku about rain"])
async def haiku(ctx: Context, topic: str):  # type: ignore[no-untyped-def]  # as in the README
    async for chunk in ctx.model.astream(f"Write a haiku about {topic}."):
        yield chunk


async def test_haiku_answers() -> None:
    """The smallest skill and its test, as the README shows them."""
    model = replies("old pond / a frog leaps in / splash")
    async with BotTester(skills=[haiku], model=model) as bot:
        assert (await bot.say("/haiku frogs")).text.endswith("splash")
        assert model.asked == ["Write a haiku about frogs."]


async def test_without_a_skill_the_bot_echoes() -> None:
    """An adapter can be tested without any skill or model."""
    async with BotTester() as bot:
        assert (await bot.say("hello")).text == "hello"


async def test_without_a_model_the_skill_fails() -> None:
    """A skill that needs a model and has none gets an error that says what to give."""
    async with BotTester(skills=[haiku]) as bot:
        assert (await bot.say("/haiku frogs")).outcome == "failed"


async def test_replies_come_in_turn_and_again() -> None:
    """Scripts are texts, functions of the prompt and exceptions; after the last comes the first."""
    model = replies("one", lambda messages: messages[-1].text.upper(), ValueError("broken"))
    async with BotTester(skills=[haiku], model=model) as bot:
        assert (await bot.say("/haiku a")).text == "one"
        assert (await bot.say("/haiku b")).text == "WRITE A HAIKU ABOUT B."
        assert (await bot.say("/haiku c")).outcome == "failed"
        assert (await bot.say("/haiku d")).text == "one"
    assert (await replies("whole").ainvoke("hi")).text == "whole"


async def test_waiting_for_a_parked_event_fails_the_test() -> None:
    """A reply that will never come is an error with its reason, not a hanging test."""
    channel = FakeChannel("none")
    channel.fail(RateLimited("x", 0.001), on="fetch", times=9)

    @skill("read", "Reads.")
    async def read(ctx: Context, text: str = "") -> str:
        return (await ctx.fetch(ctx.event.attachments[0])).decode()

    async with BotTester([read], channel=channel, attempts=2) as bot:
        with pytest.raises(AssertionError, match="the event was parked: x"):
            await bot.say("read", attachments=[Attachment("f", "a.txt")])


async def test_editing_what_was_never_sent_fails_the_test() -> None:
    """A misused channel is reported when the bot closes."""
    channel = FakeChannel()
    bot = await BotTester(channel=channel).__aenter__()
    with pytest.raises(ContentRefused):
        await channel.edit(bot.event().address, Receipt("m9"), Text("x"))
    with pytest.raises(AssertionError, match="'m9' was edited, but no such message stands"):
        await bot.__aexit__(None, None, None)


async def test_other_misuses_are_noted() -> None:
    """Empty messages, previews where there are none and double posts are no good manners."""
    channel = FakeChannel(limit=3)
    address = BotTester(channel=channel).event().address
    await channel.send(address, Text("a"), "k")
    await channel.send(address, Text("a"), "k")
    with pytest.raises(ContentRefused):
        await channel.send(address, Text(" "), "k2")
    with pytest.raises(ContentRefused, match="4 characters, at most 3"):
        await channel.send(address, Text("long"), "k3")
    await channel.preview(address, "x", "k4")
    await channel.delete(address, Receipt("m1"))
    with pytest.raises(ContentRefused):
        await channel.delete(address, Receipt("m1"))
    assert len(channel.violations) == 4


async def test_the_channel_stands_ready_until_cancelled() -> None:
    """Its run method behaves like a platform's: it ends only when it is told to."""

    async def accept(event: object) -> bool:
        return True

    running = asyncio.create_task(FakeChannel().run(accept))
    await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_the_clock_wakes_sleepers_in_order() -> None:
    """Time passes only when the test says so."""
    clock, woken = FakeClock(), []

    async def sleeper(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.now()))

    tasks = [asyncio.create_task(sleeper(seconds)) for seconds in (3, 1, 2)]
    await clock.advance(0)
    assert clock.num_sleeping == 3
    await clock.advance(2.5)
    assert woken == [(1, 1001), (2, 1002)]
    await clock.until(asyncio.gather(*tasks))
    assert woken[-1][0] == 3


async def test_the_list_memory_keeps_scopes_apart() -> None:
    """What is private stays private, what a group said stays in the group."""
    memory = ListMemory()
    private, group = Scope("ann", "dm"), Scope("ann", "g1", private=False)
    await memory.remember(private, "I like tea")
    await memory.remember(private, "I like tea")
    await memory.remember(private, "old", kind="turn", key="t1")
    await memory.remember(private, "new tea", kind="turn", key="t1")
    await memory.remember(group, "we like cake")
    assert [each.text for each in await memory.recall(private, "tea?")] == ["I like tea", "new tea"]
    assert await memory.recall(private, "cake") == []
    assert [each.text for each in await memory.all(Scope("bob", "g1", private=False))] == ["we like cake"]
    assert await memory.forget(Scope("bob", "g2", private=False)) == 0
    assert len(await memory.of_person("ann")) == 3
    assert await memory.forget_person("ann") == 3
    await memory.aclose()
