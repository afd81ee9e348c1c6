"""One turn, from an event to a delivered and recorded reply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel

from botframework import Attachment, Button, Buttons, Context, File, Message, Status, Text, skill
from botframework.manager import Limits
from botframework.testing import BotTester, FakeChannel, FakeClock, replies, until
from botframework.turn import Observer, Turn
from botframework.types import Part


@skill("chat", "Talks with the model.")
async def chat(ctx: Context, text: str = "") -> AsyncIterator[str]:
    async for chunk in ctx.model.astream([*ctx.history, Message("user", text)]):
        yield chunk.text


@skill("ask", "Asks for a name.")
async def ask(ctx: Context, text: str = "") -> str:
    if ctx.expected is not None:
        return f"{ctx.expected['greeting']}, {text}!"
    ctx.expect(greeting="Hello")
    return "What is your name?"


@skill("pick", "Offers a choice.")
async def pick(ctx: Context) -> Buttons:
    return Buttons("Tea or coffee?", (Button("Tea", "/order tea"), Button("Coffee", "/order coffee")))


@skill("order", "Takes an order.")
async def order(ctx: Context, what: str) -> str:
    return f"One {what}."


async def test_an_answer_is_streamed_into_one_message() -> None:
    """The first words are posted at once and edited into the whole answer."""
    async with BotTester([chat], replies("one two three")) as bot:
        reply = await bot.say("hello")
        assert reply.text == "one two three"
        assert len(bot.sent) == 1
        assert bot.sent[0].versions[0] == Text("one")


async def test_a_redelivered_event_gets_no_second_reply() -> None:
    """The same event key twice is answered once."""
    async with BotTester() as bot:
        event = bot.event("hello")
        assert await bot.manager.accept(event)
        await bot.reply(event)
        assert not await bot.manager.accept(event)
        await bot.say("again")
        assert bot.channel.texts() == ["hello", "again"]


async def test_messages_of_one_conversation_are_answered_in_order() -> None:
    """Ten messages sent at once come back in the order in which they were sent."""
    async with BotTester() as bot:
        events = [await bot.send(f"number {number}") for number in range(10)]
        for event in events:
            await bot.reply(event)
        assert bot.channel.texts() == [f"number {number}" for number in range(10)]


async def test_history_holds_what_was_said_and_answered() -> None:
    """The next turn of a conversation is given the earlier ones."""
    model = replies("Hi Ann", "Still Ann")
    async with BotTester([chat], model) as bot:
        await bot.say("I am Ann")
        await bot.say("who am I?")
        assert [message.text for message in model.prompts[1]] == ["I am Ann", "Hi Ann", "who am I?"]


async def test_conversations_do_not_see_each_other() -> None:
    """Another person's chat has a history of its own."""
    model = replies("ok")
    async with BotTester([chat], model) as bot:
        await bot.say("a secret", person="ann")
        await bot.say("hello", person="bob")
        assert [message.text for message in model.prompts[1]] == ["hello"]


async def test_group_talk_is_kept_but_not_answered() -> None:
    """What is not addressed to the bot becomes history, with the name of who said it."""
    model = replies("Friday")
    async with BotTester([chat], model) as bot:
        ignored = await bot.say("let us meet on Friday", person="bob", group=True, addressed=False)
        assert ignored.outcome == "ignored"
        assert ignored.messages == ()
        await bot.say("when do we meet?", group=True)
        assert [message.text for message in model.prompts[0]] == ["let us meet on Friday", "when do we meet?"]
        history = await bot.store.history("fake/group")
        assert [message.name for message in history] == ["Bob", "Ann", ""]


async def test_a_pressed_button_is_read_as_its_value() -> None:
    """A button's value is routed like a typed message."""
    async with BotTester([pick, order]) as bot:
        choice = await bot.say("/pick")
        assert [button.label for button in choice.buttons] == ["Tea", "Coffee"]
        reply = await bot.press(choice.buttons[1])
        assert (reply.skill, reply.text) == ("order", "One coffee.")


async def test_without_buttons_a_number_or_a_label_chooses() -> None:
    """Where the channel has no buttons the choices are numbered, and either form of typing one is understood."""
    async with BotTester([order, pick], channel=FakeChannel(buttons=False)) as bot:
        assert (await bot.say("/pick")).text == "Tea or coffee?\n\n1. Tea\n2. Coffee"
        assert (await bot.say("2")).text == "One coffee."
        await bot.say("/pick")
        assert (await bot.say("tea")).text == "One tea."
        assert (await bot.say("2")).text == "One 2."


async def test_a_skill_can_wait_for_the_next_message() -> None:
    """What a skill asked for comes back to it once, with what it kept, and only from the person it asked."""
    async with BotTester([chat, ask], replies("chatting")) as bot:
        assert (await bot.say("/ask", group=True)).text == "What is your name?"
        assert (await bot.say("hello", person="bob", group=True)).skill == "chat"
        answered = await bot.say("Ann", group=True)
        assert (answered.text, answered.decision.by) == ("Hello, Ann!", "expected")
        assert (await bot.say("and now?", group=True)).skill == "chat"


async def test_an_edited_message_is_answered_by_editing_the_reply() -> None:
    """The corrected question replaces the old answer, in the chat and in the history."""
    async with BotTester() as bot:
        await bot.say("helo", message_id="u7")
        again = await bot.say("hello", message_id="u7", kind="edited")
        assert bot.channel.texts() == ["hello"]
        assert again.text == "hello"
        await bot.say("hello!", message_id="u7", kind="edited")
        assert bot.channel.texts() == ["hello!"]
        turns = await bot.store.turns("fake/ann")
        assert [turn.reply_text for turn in turns] == ["hello!"]


async def test_an_edited_message_is_not_its_own_history() -> None:
    """The first form of an edited message and the answer to it are not shown to the model."""
    model = replies("first", "second")
    async with BotTester([chat], model) as bot:
        await bot.say("helo", message_id="u7")
        await bot.say("hello", message_id="u7", kind="edited")
        assert [message.text for message in model.prompts[1]] == ["hello"]


async def test_an_edit_ends_the_answer_to_the_old_text() -> None:
    """A message edited while it is answered is answered once, for its new text."""
    model = replies("old answer here", "new answer", stepwise=True)
    async with BotTester([chat], model) as bot:
        first = await bot.send("helo", message_id="u7")
        model.step()
        await until(lambda: bot.sent)
        second = await bot.send("hello", message_id="u7", kind="edited")
        model.step(10)
        await bot.reply(first)
        assert (await bot.reply(second)).text == "new answer"
        assert bot.channel.texts() == ["new answer"]
        assert model.abandoned == 1


async def test_an_edit_of_an_unknown_message_is_answered_like_a_new_one() -> None:
    """An edited message that never arrived before gets an answer of its own."""
    async with BotTester() as bot:
        assert (await bot.say("hello", message_id="u9", kind="edited")).text == "hello"


async def test_a_thumb_is_kept_for_the_turn_that_it_rates() -> None:
    """A reaction to a reply becomes feedback on its turn, and is not answered."""
    async with BotTester() as bot:
        await bot.say("hello")
        posted = bot.sent[0].id
        rated = await bot.say("👎", kind="reaction", message_id=posted)
        assert rated.messages == ()
        assert [(row["turn"], row["score"]) for row in (await bot.store.export("fake:ann"))["feedback"]] == [
            ("fake:e1", -1)
        ]
        await bot.say("🤷", kind="reaction", message_id=posted)
        await bot.say("👍", kind="reaction", message_id="unknown")
        assert len((await bot.store.export("fake:ann"))["feedback"]) == 1


async def test_a_thumb_button_says_thank_you() -> None:
    """A feedback button is rated and acknowledged."""
    async with BotTester() as bot:
        await bot.say("hello")
        assert "Thank you" in (await bot.say("👍", kind="button", message_id=bot.sent[0].id)).text
        assert (await bot.store.export("fake:ann"))["feedback"][0]["score"] == 1


async def test_several_kinds_of_parts_come_as_several_messages() -> None:
    """Text around a file stays in order, and a status is shown but not posted."""

    @skill("report", "Writes a report.")
    async def report(ctx: Context) -> AsyncIterator[str | Part]:
        yield Status("reading page 3 of 9")
        yield "Here "
        yield "it is:"
        yield File("report.txt", b"words", "text/plain")
        yield Text("*Second* message")
        yield "The end."

    async with BotTester([report]) as bot:
        reply = await bot.say("/report")
        assert [getattr(part, "markdown", "file") for part in reply.parts] == [
            "Here it is:",
            "file",
            "*Second* message",
            "The end.",
        ]
        assert "reading page 3 of 9" in bot.channel.statuses
        assert reply.record.reply_text == "Here it is:\n\n[report.txt]\n\n*Second* message\n\nThe end."


async def test_a_skill_reads_settings_attachments_and_texts() -> None:
    """The context gives a skill its validated settings, the bytes of attachments and the bot's own texts."""

    class Settings(BaseModel):
        shout: bool = False

    @skill("read", "Reads a file.", settings=Settings)
    async def read(ctx: Context, text: str = "") -> str:
        await ctx.status("reading")
        data = await ctx.fetch(ctx.event.attachments[0])
        words = data.decode()
        return f"{words.upper() if ctx.settings_as(Settings).shout else words} {ctx.say('stopped')}"

    channel = FakeChannel()
    channel.files["f1"] = b"hello"
    async with BotTester([read], channel=channel, settings={"read": Settings(shout=True)}) as bot:
        reply = await bot.say("read it, please", attachments=[Attachment("f1", "a.txt")])
        assert reply.text == "HELLO Stopped."
        assert "reading" in channel.statuses


async def test_typing_is_shown_while_the_turn_runs() -> None:
    """A sign of work is sent at the first heartbeat and again every four seconds."""
    clock, model = FakeClock(), replies("done", stepwise=True)
    async with BotTester([chat], model, clock=clock) as bot:
        event = await bot.send("hello")
        await until(lambda: clock.num_sleeping and model.running)
        await clock.advance(9)
        assert bot.channel.statuses == ["", "", ""]
        model.step()
        await bot.reply(event)


async def test_a_long_turn_keeps_its_lease() -> None:
    """A turn that outlasts its lease is not given to another worker."""
    clock, model = FakeClock(), replies("done", stepwise=True)
    async with BotTester([chat], model, clock=clock, limits=Limits(lease=0.3)) as bot:
        event = await bot.send("hello")
        await until(lambda: model.running)
        for _ in range(6):
            await asyncio.sleep(0.1)
            await clock.advance(0.3)
        assert await bot.queue.claim("another", 1.0) is None
        model.step()
        assert (await bot.reply(event)).text == "done"


async def test_observers_are_told_of_every_turn() -> None:
    """An observer sees the start, the first text and the end of a turn."""
    seen: list[str] = []

    class Watch(Observer):
        def turn_started(self, turn: Turn) -> None:
            seen.append(f"started {turn.event.text}")

        def first_text(self, turn: Turn) -> None:
            seen.append("first text")

        def turn_finished(self, turn: Turn) -> None:
            seen.append(f"finished {turn.outcome}")

    async with BotTester(observers=[Watch()]) as bot:
        await bot.say("hi")
    assert seen == ["started hi", "first text", "finished answered"]


async def test_a_turn_is_recorded_with_its_figures() -> None:
    """The store keeps the skill, the decision, the model, its tokens and the times."""
    async with BotTester([chat], replies("one two")) as bot:
        reply = await bot.say("hello there")
        (turn,) = await bot.store.turns("fake/ann")
        assert turn.decision == reply.decision
        assert (turn.decision.skill, turn.decision.by, turn.model) == ("chat", "default", "scripted")
        assert (turn.input_tokens, turn.output_tokens) == (2, 2)
        assert 0 < turn.first_text <= turn.took


async def test_an_empty_answer_is_said_to_be_one() -> None:
    """Where a skill has nothing to say, the person is told so instead of being left alone."""

    @skill("mute", "Says nothing.")
    async def mute(ctx: Context, text: str = "") -> None:
        return None

    async with BotTester([mute]) as bot:
        assert (await bot.say("hello")).text == "I have no answer to that."


async def test_the_drained_bot_gives_unfinished_events_back(tmp_path: Path) -> None:
    """At shutdown a running answer is finished by the next process, in the same message."""
    model, channel = replies("a long answer", stepwise=True), FakeChannel()
    async with BotTester([chat], model, channel=channel, folder=tmp_path) as bot:
        event = await bot.send("hello")
        model.step()
        await until(channel.visible)
        await bot.manager.drain(0.05)
        assert (await bot.queue.counts())["ready"] == 1
        assert bot.manager.num_running == 0
    async with BotTester([chat], replies("a long answer"), channel=channel, folder=tmp_path) as bot:
        assert (await bot.reply(event)).text == "a long answer"
    assert channel.texts() == ["a long answer"]


async def test_draining_lets_a_running_answer_finish() -> None:
    """Within the grace a running turn is completed, and nothing new is claimed."""
    model = replies("one two", stepwise=True)
    async with BotTester([chat], model) as bot:
        event = await bot.send("hello")
        await until(lambda: model.running)
        draining = asyncio.create_task(bot.manager.drain(10))
        await asyncio.sleep(0)
        late = await bot.send("too late", person="bob")
        model.step(2)
        await draining
        assert (await bot.reply(event)).text == "one two"
        assert (await bot.queue.counts())["ready"] == 1
        assert bot.channel.texts(late.conversation.chat) == []


async def test_an_event_of_a_channel_that_is_gone_is_parked() -> None:
    """An event whose channel is no longer configured is kept with the reason, not dropped."""
    async with BotTester() as bot:
        other = bot.event("hello")
        await bot.queue.put(replace(other, channel="pigeon"))
        await until(lambda: bot.retries)
        (parked,) = await bot.queue.list("parked")
        assert "pigeon" in parked.reason
