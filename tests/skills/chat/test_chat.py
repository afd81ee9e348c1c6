"""The chat skill in a whole bot."""

from __future__ import annotations

import pytest

from botframework.memory import Scope
from botframework.memory.chroma import ChromaMemory
from botframework.testing import BotTester
from botframework_chat import ChatSettings, chat
from tests.memory.hash_embeddings import HashEmbeddings
from tests.skills.scripted_model import answering


def echo(text: str) -> str:
    """The text again."""
    return f"You said {text}"


async def test_without_memories_the_model_gets_the_conversation_alone() -> None:
    """No system message, and the history in order."""
    model = answering(echo)
    async with BotTester([chat], model) as bot:
        assert (await bot.say("hello")).text == "You said hello"
        await bot.say("and again")
    assert model.said == [
        [("human", "hello")],
        [("human", "hello"), ("ai", "You said hello"), ("human", "and again")],
    ]


@pytest.mark.parametrize(
    ("limit", "told"), [(5, ["My cat is called Miro.", "I live in Ghent."]), (1, ["My cat is called Miro."])]
)
async def test_facts_stand_in_the_system_message(limit: int, told: list[str]) -> None:
    """The header that the bundled model was trained on; the related facts first, all of them where they are few."""
    model = answering(echo)
    memory = ChromaMemory(None, HashEmbeddings())
    async with BotTester([chat], model, memory=memory, settings={"chat": ChatSettings(memories=limit)}) as bot:
        event = bot.event("What is my cat called?")
        scope = Scope(event.sender.id, event.conversation.key)
        await memory.remember(scope, "I live in Ghent.")
        await memory.remember(scope, "My cat is called Miro.")
        await bot.say("What is my cat called?")
        why = (await bot.say("/why")).text
    facts = "\n".join(f"- {fact}" for fact in told)
    assert model.said[0][0] == ("system", f"You are a helpful assistant. What you remember about this person:\n{facts}")
    assert [fact in why for fact in ("My cat is called Miro.", "I live in Ghent.")] == [True, limit > 1]


async def test_a_persona_is_always_told() -> None:
    """The configured persona stands before the memories."""
    model = answering(echo)
    settings = ChatSettings(persona="You are Captain Flint, a pirate.", max_tokens=40, temperature=0.2)
    async with BotTester([chat], model, settings={"chat": settings}) as bot:
        await bot.say("hello")
    assert model.said[0][0] == ("system", "You are Captain Flint, a pirate.")
    assert (model.options[0]["max_tokens"], model.options[0]["temperature"]) == (40, 0.2)


async def test_in_a_group_the_model_knows_who_said_what() -> None:
    """Names stand before the lines of several people."""
    model = answering(echo)
    async with BotTester([chat], model) as bot:
        await bot.say("I like tea", group=True, person="ann")
        await bot.say("and I like coffee", group=True, person="ben")
    names = [text.partition(":")[0].lower() for kind, text in model.said[1] if kind == "human"]
    assert names == ["ann", "ben"]


async def test_a_long_conversation_stays_within_the_window() -> None:
    """Old turns are summarised, the summary is kept, and the prompt always fits."""
    model = answering(
        lambda text: "They counted." if text.startswith("Summarise:") else "fine, go on", context_window=150
    )
    memory = ChromaMemory(None, HashEmbeddings())
    async with BotTester([chat], model, memory=memory) as bot:
        for number in range(16):
            await bot.say(f"this is my message with the number {number} in it")
    summaries = [text for text in model.asked if text.startswith("Summarise:")]
    assert 1 <= len(summaries) <= 5
    assert model.said[-1][0] == ("system", "Earlier in this conversation: They counted.")
    assert "number 14" in model.said[-1][-3][1]


async def test_a_message_longer_than_the_window_keeps_its_end() -> None:
    """It is answered all the same."""
    model = answering(lambda _: "fine", context_window=100)
    async with BotTester([chat], model) as bot:
        assert (await bot.say("word " * 500 + "and the question?")).text == "fine"
    assert model.asked[0].endswith("and the question?")


async def test_what_is_said_is_remembered_where_that_is_wanted() -> None:
    """Turns become memories only with ``remember_turns``."""
    for wanted in (True, False):
        memory = ChromaMemory(None, HashEmbeddings())
        settings = {"chat": ChatSettings(remember_turns=wanted)}
        async with BotTester([chat], answering(echo), memory=memory, settings=settings) as bot:
            event = bot.event("My sister plays the violin")
            await bot.say("My sister plays the violin")
            found = await memory.of_person(event.sender.id)
            assert [one.text for one in found] == (["My sister plays the violin"] if wanted else [])


async def test_a_chosen_language_is_asked_of_the_model() -> None:
    """Somebody who chose French and writes English is answered in French."""
    model = answering(echo)
    async with BotTester([chat], model) as bot:
        await bot.say("/language fr")
        await bot.say("Where is the station, please?")
    assert model.said[0][0] == ("system", "You are a helpful assistant. Answer in French.")
