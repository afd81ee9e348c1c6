"""How a reply reaches a channel, and what a crash in the middle of it leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from botframework import (
    ChannelUnavailable,
    ContentRefused,
    Context,
    ConversationGone,
    Event,
    File,
    RateLimited,
    Receipt,
    Text,
    skill,
)
from botframework.delivery import is_complete
from botframework.plain import plain
from botframework.queue import Claim
from botframework.queue.sqlite import SQLiteQueue
from botframework.testing import BotTester, FakeChannel, FakeClock, replies, until
from botframework.types import Part

WORDS = "one two three four five"


@skill("chat", "Talks with the model.")
async def chat(ctx: Context, text: str = "") -> AsyncIterator[str]:
    async for chunk in ctx.model.astream(text or "?"):
        yield chunk.text


@skill("pages", "Sends two texts and a file.")
async def pages(ctx: Context) -> AsyncIterator[Part]:
    yield Text("page one")
    yield File("notes.txt", b"notes", "text/plain")
    yield Text("page two")


async def left_over(
    folder: Path, channel: FakeChannel, *rows: tuple[str, bool, bool], text: str = "hello", posted: bool = True
) -> Event:
    """An event whose answering was killed: its parts as (text, has a receipt, is final) stand in the outbox."""
    event = BotTester(channel=channel).event(text, key="crashed", message_id="u0")
    queue = await SQLiteQueue.open(folder / "queue.db")
    await queue.put(event)
    claim = await queue.claim("dead", 60)
    assert isinstance(claim, Claim)
    for index, (words, _, _) in enumerate(rows):
        await queue.intend(claim, index, Text(words))
    for index, (words, has_receipt, final) in enumerate(rows):
        if has_receipt or posted:
            receipt = await channel.send(event.address, Text(words), f"fake:crashed:{index}")
            if has_receipt:
                await queue.deliver(claim, index, Text(words), receipt, final)
    await queue.aclose()
    channel.calls.clear()
    return event


async def test_a_channel_without_streaming_gets_the_whole_text_once() -> None:
    """Nothing is sent before the end, and nothing is edited."""
    async with BotTester([chat], replies(WORDS), channel=FakeChannel("none")) as bot:
        assert (await bot.say("hi")).text == WORDS
        assert [call for call in bot.channel.calls if call[0] != "working"] == [("send", WORDS)]


async def test_a_preview_is_shown_until_the_text_is_sent() -> None:
    """Unfinished text is previewed, and only the whole one is posted."""
    async with BotTester([chat], replies(WORDS), channel=FakeChannel("preview")) as bot:
        assert (await bot.say("hi")).text == WORDS
        assert bot.channel.previews[0] == "one"
        assert all(WORDS.startswith(text) for text in bot.channel.previews)
        assert [call for call, _ in bot.channel.calls].count("send") == 1


async def test_a_long_preview_posts_what_is_full() -> None:
    """Text over the limit is posted part by part; only the last part is a preview."""
    model = replies("aaaa bbbb cccc", stepwise=True)
    async with BotTester([chat], model, channel=FakeChannel("preview", limit=5)) as bot:
        event = await bot.send("hi")
        for expected in ("aaaa", " bbbb", "cccc"):
            model.step()
            while expected.strip() not in "".join(bot.channel.previews):
                await _call(bot)
        assert (await bot.reply(event)).record.reply_text == "aaaa \n\nbbbb \n\ncccc"
        assert "".join(bot.channel.texts()) == "aaaa bbbb cccc"


async def test_edits_are_throttled() -> None:
    """Between two edits at least the channel's interval passes; the last edit has the whole text."""
    clock, model = FakeClock(), replies("a b c d e f", stepwise=True)
    async with BotTester([chat], model, channel=FakeChannel(edit_interval=1.0), clock=clock) as bot:
        event = await bot.send("hi")
        model.step()
        while not bot.sent:
            await _call(bot)
        model.step(2)
        await _produced(model, 3)
        assert len(bot.sent[0].versions) == 1
        await clock.advance(1.0)
        await until(lambda: len(bot.sent[0].versions) == 2)
        assert bot.sent[0].text == "a b c"
        model.step(3)
        assert (await bot.reply(event)).text == "a b c d e f"
        assert len(bot.sent[0].versions) == 3


async def test_text_that_stalls_is_shown_when_its_time_comes() -> None:
    """Words that came too soon for an edit become visible although the model stays silent after them."""
    clock, model = FakeClock(), replies("a b c", stepwise=True)
    async with BotTester([chat], model, channel=FakeChannel(edit_interval=5.0), clock=clock) as bot:
        event = await bot.send("hi")
        model.step(2)
        await until(lambda: bool(bot.sent))
        await _produced(model, 2)
        await clock.advance(6.0)
        await until(lambda: bot.sent[0].text == "a b")
        model.step()
        await bot.reply(event)


async def test_long_text_is_split_and_every_piece_stands_once() -> None:
    """Pieces follow each other, and joined they are the answer."""
    text = "".join(f"{number:04d} " for number in range(20))
    async with BotTester([chat], replies(text), channel=FakeChannel(limit=30)) as bot:
        reply = await bot.say("hi")
        assert len(reply.messages) == 4
        assert "".join(shown.text for shown in reply.messages) == text


async def test_a_rate_limit_on_the_last_edit_is_waited_for() -> None:
    """When the platform asks to wait, the final text comes after that time."""
    clock = FakeClock()
    channel = FakeChannel("none")
    channel.fail(RateLimited("slow down", 7), times=2)
    async with BotTester([chat], replies(WORDS), channel=channel, clock=clock) as bot:
        event = await bot.send("hi")
        await until(lambda: ("send", WORDS) in channel.calls)
        await clock.advance(7)
        await clock.advance(6)
        assert not bot.sent
        await clock.advance(1.5)
        assert (await bot.reply(event)).text == WORDS


async def test_a_rate_limited_conversation_holds_nobody_up() -> None:
    """While one conversation waits for its platform, another is answered."""
    clock = FakeClock()
    channel = FakeChannel("none")
    channel.fail(RateLimited("slow down", 60))
    async with BotTester(channel=channel, clock=clock) as bot:
        slow = await bot.send("slow", person="ann")
        await until(lambda: ("send", "slow") in channel.calls)
        assert (await bot.say("quick", person="bob")).text == "quick"
        await clock.advance(61)
        assert (await bot.reply(slow)).text == "slow"


async def test_a_rate_limited_update_does_not_hold_up_the_answer() -> None:
    """A streamed edit that is refused for a while is skipped; the end of the text is delivered."""
    clock, channel, model = FakeClock(), FakeChannel(), replies("a b c d", stepwise=True)
    async with BotTester([chat], model, channel=channel, clock=clock) as bot:
        event = await bot.send("hi")
        model.step()
        await until(lambda: bot.sent)
        channel.fail(RateLimited("slow down", 5), on="edit")
        model.step()
        await until(lambda: ("edit", "a b") in channel.calls)
        model.step()
        await _produced(model, 3)
        await clock.advance(4)
        assert channel.texts() == ["a"]
        await clock.advance(2)
        await until(lambda: channel.texts() == ["a b c"])
        model.step()
        assert (await bot.reply(event)).text == "a b c d"


async def test_the_end_waits_as_long_as_an_update_was_asked_to() -> None:
    """When the answer ends within a pause that the platform asked for, the last edit comes after it."""
    clock, channel, model = FakeClock(), FakeChannel(), replies("a b", stepwise=True)
    async with BotTester([chat], model, channel=channel, clock=clock) as bot:
        event = await bot.send("hi")
        model.step()
        await until(lambda: bot.sent)
        channel.fail(RateLimited("slow down", 5), on="edit")
        model.step()
        began = clock.now()
        assert (await clock.until(bot.reply(event), step=0.5)).text == "a b"
        assert clock.now() - began >= 5


async def test_an_update_that_fails_is_made_up_for_later() -> None:
    """A platform that is away for a moment, or refuses half a table, still gets the whole text at the end."""
    for error in (ChannelUnavailable("away"), ContentRefused("unclosed")):
        channel, model = FakeChannel(), replies("a b c", stepwise=True)
        async with BotTester([chat], model, channel=channel) as bot:
            event = await bot.send("hi")
            model.step()
            await until(lambda channel=channel: channel.visible())  # type: ignore[misc]  # a lambda with a default
            channel.fail(error, on="edit")
            model.step()
            await until(lambda channel=channel: ("edit", "a b") in channel.calls)  # type: ignore[misc]  # as above
            model.step()
            assert (await bot.reply(event)).text == "a b c"


async def test_a_file_that_changed_is_replaced(tmp_path: Path) -> None:
    """After a crash a text that stands where a file belongs is deleted, not edited."""

    @skill("plot", "Draws.")
    async def plot(ctx: Context) -> Part:
        return File("plot.txt", b"data", "text/plain")

    channel = FakeChannel(findable=False)
    event = await left_over(tmp_path, channel, ("drawing", True, False), text="/plot")
    async with BotTester([plot], channel=channel, folder=tmp_path) as bot:
        assert len((await bot.reply(event)).files) == 1
        assert len(channel.visible()) == 1


async def test_a_channel_that_is_away_for_a_moment_is_tried_again() -> None:
    """Within the turn a failed send is repeated, after finding out that it did not arrive."""
    clock, channel = FakeClock(), FakeChannel("none")
    channel.fail(ChannelUnavailable("connection reset"), times=2)
    async with BotTester([chat], replies(WORDS), channel=channel, clock=clock) as bot:
        event = await bot.send("hi")
        await until(lambda: ("send", WORDS) in channel.calls)
        assert (await clock.until(bot.reply(event))).text == WORDS
        assert bot.retries == []


async def test_a_send_whose_answer_was_lost_is_not_repeated() -> None:
    """When the platform took the message and the connection broke, the message is found and kept."""
    clock, channel = FakeClock(), FakeChannel("none")
    channel.fail(ChannelUnavailable("connection reset"), accepted=True)
    async with BotTester([chat], replies(WORDS), channel=channel, clock=clock) as bot:
        event = await bot.send("hi")
        await until(lambda: ("send", WORDS) in channel.calls)
        assert (await clock.until(bot.reply(event))).text == WORDS
        assert channel.texts() == [WORDS]


async def test_a_channel_that_stays_away_gets_the_same_text_later() -> None:
    """After a few tries the queue keeps the event; what was generated is delivered then, not generated again."""
    clock, channel, model = FakeClock(), FakeChannel("none"), replies(WORDS, "another answer")
    channel.fail(ChannelUnavailable("no route"), times=4)
    async with BotTester([chat], model, channel=channel, clock=clock) as bot:
        event = await bot.send("hi")
        await until(lambda: ("send", WORDS) in channel.calls)
        reply = await clock.until(bot.reply(event))
        assert (reply.text, reply.decision.by, len(model.prompts)) == (WORDS, "default", 1)
        assert bot.retries == ["no route"]
        assert channel.texts() == [WORDS]


async def test_refused_markdown_is_sent_as_plain_text() -> None:
    """Content that a platform will not format is delivered without its marks."""
    channel = FakeChannel("none")
    channel.fail(ContentRefused("can't parse entities"))
    async with BotTester([chat], replies("**bold** [link](https://a.b)"), channel=channel) as bot:
        assert (await bot.say("hi")).text == "bold link (https://a.b)"


async def test_content_refused_in_every_form_becomes_an_apology() -> None:
    """Where neither form is taken the person is told, and the turn is closed."""
    channel = FakeChannel("none")
    channel.fail(ContentRefused("no"), times=2)
    async with BotTester([chat], replies("**bold**"), channel=channel) as bot:
        assert "would not take my answer" in (await bot.say("hi")).text


async def test_a_streamed_message_that_was_deleted_is_posted_anew() -> None:
    """When somebody deletes the growing message, the whole answer still arrives."""
    channel = FakeChannel()
    channel.fail(ContentRefused("message to edit not found"), on="edit", times=10)
    async with BotTester([chat], replies(WORDS), channel=channel) as bot:
        await bot.say("hi")
        assert channel.texts() == [WORDS]


async def test_a_conversation_that_is_gone_closes_its_turn() -> None:
    """When the person blocked the bot, the event is done and nothing is retried."""
    channel = FakeChannel("none")
    channel.fail(ConversationGone("blocked"))
    async with BotTester(channel=channel) as bot:
        reply = await bot.say("hi")
        assert (reply.outcome, bot.retries) == ("gone", [])
        assert (await bot.queue.counts())["done"] == 1


async def test_a_crash_before_anything_was_sent_leaves_nothing_double(tmp_path: Path) -> None:
    """An intent that never reached the platform is sent."""
    channel = FakeChannel()
    event = await left_over(tmp_path, channel, ("he", False, False), posted=False)
    async with BotTester(channel=channel, folder=tmp_path) as bot:
        assert (await bot.reply(event)).text == "hello"
        assert channel.texts() == ["hello"]


async def test_a_crash_between_send_and_receipt_is_found_out(tmp_path: Path) -> None:
    """A message that was posted without its receipt being written is found and edited."""
    channel = FakeChannel()
    event = await left_over(tmp_path, channel, ("he", False, False))
    async with BotTester(channel=channel, folder=tmp_path) as bot:
        assert (await bot.reply(event)).text == "hello"
        assert channel.texts() == ["hello"]
        assert channel.calls[0] == ("find", "he")


async def test_a_half_streamed_reply_is_finished_by_editing(tmp_path: Path) -> None:
    """What a crash cut off is completed in the message that stands."""
    channel = FakeChannel()
    event = await left_over(tmp_path, channel, ("he", True, False))
    async with BotTester(channel=channel, folder=tmp_path) as bot:
        assert (await bot.reply(event)).text == "hello"
        assert channel.texts() == ["hello"]
        assert {call for call, _ in channel.calls} - {"working"} == {"edit"}


async def test_a_shorter_answer_removes_what_is_too_much(tmp_path: Path) -> None:
    """Parts that the new answer does not have are deleted, also when their receipt is missing."""
    channel = FakeChannel()
    rows = (("old", True, True), ("text", True, True), ("that was long", False, False))
    event = await left_over(tmp_path, channel, *rows)
    async with BotTester(channel=channel, folder=tmp_path) as bot:
        assert (await bot.reply(event)).text == "hello"
        assert channel.texts() == ["hello"]
        assert is_complete(await bot.queue.delivered(1))


async def test_a_complete_reply_is_not_made_again(tmp_path: Path) -> None:
    """When only the closing was missed, nothing is generated or sent, and the turn still becomes history."""
    channel, model = FakeChannel(), replies("another answer")
    event = await left_over(tmp_path, channel, ("the answer", True, True))
    async with BotTester([chat], model, channel=channel, folder=tmp_path) as bot:
        reply = await bot.reply(event)
        assert (reply.text, model.prompts, channel.calls) == ("the answer", [], [])
        assert [message.text for message in await bot.store.history("fake/ann")] == ["hello", "the answer"]


async def test_a_reply_of_several_parts_is_completed_where_it_broke_off(tmp_path: Path) -> None:
    """The first part stands; the others are added after it."""
    channel = FakeChannel()
    event = await left_over(tmp_path, channel, ("page one", True, True), ("gone", False, False), text="/pages")
    async with BotTester([pages], channel=channel, folder=tmp_path) as bot:
        reply = await bot.reply(event)
        assert [getattr(part, "markdown", "file") for part in reply.parts] == ["page one", "file", "page two"]
        assert len(channel.visible()) == 3


async def test_every_part_is_final_only_when_the_reply_is_whole() -> None:
    """A kill after any call leaves an outbox that does not look complete before the last part is there."""
    seen: list[bool] = []

    class Watching(FakeChannel):
        async def send(self, address: object, part: Part, key: str) -> Receipt:
            seen.append(is_complete(await bot.queue.delivered(1)))
            return await super().send(address, part, key)  # type: ignore[arg-type]  # passed on as it came

    async with BotTester([pages], channel=Watching("none")) as bot:
        await bot.say("/pages")
        assert seen == [False, False, False]
        assert is_complete(await bot.queue.delivered(1))


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("# Title\n\n> quoted *word*", "Title\n\nquoted word"),
        ("```python\nx = a*b*c\n```", "x = a*b*c\n"),
        ("**bold** and __strong__ and ~~gone~~", "bold and strong and gone"),
        ("`code` [a](https://b.c) ![i](d)", "code a (https://b.c) i (d)"),
        ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
    ],
)
def test_plain_text_keeps_the_words(markdown: str, words: str) -> None:
    """Marks go, words and addresses stay."""
    assert plain(markdown) == words


async def _call(bot: BotTester) -> None:
    bot.channel.changed.clear()
    async with asyncio.timeout(5):
        await bot.channel.changed.wait()


async def _produced(model: Any, words: int) -> None:
    await until(lambda: model.words >= words)
