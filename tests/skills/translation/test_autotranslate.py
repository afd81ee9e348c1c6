"""Auto-translation in a whole bot: the mode of a conversation, from being switched on to being switched off."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from botframework import Context, skill
from botframework.middleware import Middleware
from botframework.middleware.language import Language
from botframework.middleware.limits import RateLimit
from botframework.store import Store
from botframework.testing import BotTester
from botframework_translation import autotranslate, translate
from tests.skills.scripted_model import SmallModel, answering


@skill("chat", "Echoes.")
async def chat(ctx: Context, text: str = "") -> str:
    return f"chat: {text}"


@skill("ask", "Asks for a name.")
async def ask(ctx: Context, text: str = "") -> str:
    if ctx.expected is None:
        ctx.expect(question="name")
        return "Who?"
    return f"asked: {text}"


SKILLS = (chat, autotranslate, translate, ask)


@pytest.fixture
def model() -> SmallModel:
    """Answers with the first letters of the language asked for."""
    return answering(lambda prompt: prompt.removeprefix("Translate into ").partition(":")[0][:2].lower())


async def test_every_message_is_translated_until_it_is_switched_off(model: SmallModel) -> None:
    """A message in that language becomes the language of who switched it on; commands still work."""
    async with BotTester(SKILLS, model) as bot:
        assert "is off" in (await bot.say("/autotranslate")).text
        switched = await bot.say("/autotranslate fr")
        assert switched.text.startswith("From now on I translate every message here into French, and what is in French")
        assert "into English" in switched.text
        reply = await bot.say("Where is the station?")
        assert (reply.text, reply.skill, reply.decision.by) == ("fr", "autotranslate", "mode")
        assert (await bot.say("Bonjour mes amis, comment allez-vous ?")).text == "en"
        assert (await bot.say("translate this into German")).text == "fr"
        assert (await bot.say("/translate de Good morning")).text == "ge"
        assert "every message into French, and from French into English" in (await bot.say("/autotranslate")).text
        assert "no longer" in (await bot.say("/autotranslate off")).text
        assert (await bot.say("Where is the station?")).text == "chat: Where is the station?"
        assert "is off" in (await bot.say("/autotranslate off")).text


async def test_a_pair_works_both_ways(model: SmallModel) -> None:
    """Each of the two languages becomes the other, any third one the first."""
    async with BotTester(SKILLS, model) as bot:
        await bot.say("/autotranslate en zh")
        said = ("Where is the station?", "车站在哪里？", "Où est la gare, s'il vous plaît ?")
        assert [(await bot.say(text)).text for text in said] == ["ch", "en", "en"]


async def test_somebodys_own_language_is_paired_with_another(model: SmallModel) -> None:
    """Who writes Chinese and wants Chinese gets what is Chinese already in English."""
    async with BotTester(SKILLS, model) as bot:
        assert "翻译成英语" in (await bot.say("以后都翻译成中文")).text
        assert (await bot.say("今天天气很好，我们去公园吧。")).text == "en"
        assert (await bot.say("Where is the station?")).text == "ch"


@pytest.mark.parametrize(
    ("on", "off"),
    [
        ("translate everything into French from now on", "stop translating"),
        ("以后都翻译成法语", "不用翻译了"),
    ],
)
async def test_words_switch_it_on_and_off(model: SmallModel, on: str, off: str) -> None:
    """The words that end it are not translated, nor are those that change the language."""
    async with BotTester(SKILLS, model) as bot:
        assert (await bot.say(on)).decision.by == "rule"
        assert (await bot.say("Where is the station?")).text == "fr"
        await bot.say("translate everything into German from now on")
        assert (await bot.say("Where is the station?")).text == "ge"
        assert await bot.store.setting("fake/ann", "mode") is not None
        await bot.say(off)
        assert await bot.store.setting("fake/ann", "mode") is None


async def test_it_stays_on_after_a_restart_and_only_where_it_was_switched_on(model: SmallModel, tmp_path: Path) -> None:
    """The mode belongs to the conversation and is kept."""
    async with BotTester(SKILLS, model, folder=tmp_path) as bot:
        await bot.say("/autotranslate de")
        assert (await bot.say("hello", person="bob")).skill == "chat"
    async with BotTester(SKILLS, model, folder=tmp_path) as bot:
        assert (await bot.say("Where is the station?", key="after")).text == "ge"


async def test_an_unknown_language_changes_nothing(model: SmallModel) -> None:
    """The word is named, with what can be written instead."""
    async with BotTester(SKILLS, model) as bot:
        await bot.say("/autotranslate fr")
        assert "“klingon” is no language" in (await bot.say("/autotranslate klingon")).text
        assert (await bot.say("Where is the station?")).text == "fr"


async def test_in_a_group_talk_among_people_is_translated(model: SmallModel) -> None:
    """Only while it is on there, and the people's own commands, names and smiles bring nothing else."""
    async with BotTester(SKILLS, model) as bot:
        talk = {"group": True, "addressed": False, "person": "bob"}
        assert (await bot.say("Where is the station?", **talk)).outcome == "ignored"
        await bot.say("/autotranslate fr", group=True)
        assert (await bot.say("Where is the station?", **talk)).text == "fr"
        assert (await bot.say("@ann help me with this, please", **talk)).skill == "autotranslate"
        assert (await bot.say("stop", **talk)).text == "fr"
        for silent in ("👍", "https://example.com", "42"):
            assert (await bot.say(silent, **talk)).messages == ()
        elsewhere = await bot.say("Where is the station?", **{**talk, "chat": "another"})
        assert elsewhere.outcome == "ignored"
        assert "no longer" in (await bot.say("stop translating", **talk)).text
        assert (await bot.say("Where is the station?", **talk)).outcome == "ignored"


async def test_talk_among_people_answers_no_question_of_the_bot(model: SmallModel) -> None:
    """What the bot waits for stays waited for."""
    async with BotTester(SKILLS, model) as bot:
        await bot.say("/autotranslate fr", group=True)
        await bot.say("/ask", group=True)
        assert (await bot.say("Where is Bob, please?", group=True, addressed=False)).text == "fr"
        assert (await bot.say("Bob", group=True)).text == "asked: Bob"


async def test_talk_beyond_the_limit_is_passed_over_in_silence(model: SmallModel) -> None:
    """Nobody is told to wait for an answer that they did not ask for, yet the limit holds."""

    def limited(store: Store) -> Sequence[Middleware]:
        return [Language(store), RateLimit(0.001, burst=2)]

    async with BotTester(SKILLS, model, middleware=limited) as bot:
        await bot.say("/autotranslate fr", group=True, person="bob")
        talk = {"group": True, "addressed": False, "person": "bob"}
        assert (await bot.say("Where is the station?", **talk)).text == "fr"
        refused = await bot.say("Where is the train?", **talk)
        assert (refused.outcome, refused.messages) == ("refused", ())


async def test_an_edited_message_is_translated_anew_in_place(model: SmallModel) -> None:
    """The translation that stands there is edited."""
    async with BotTester(SKILLS, model) as bot:
        await bot.say("/autotranslate fr", group=True)
        talk = {"group": True, "addressed": False, "message_id": "m7"}
        await bot.say("Where is the station?", **talk)
        await bot.say("Où est la gare, mon ami ?", kind="edited", **talk)
        assert [shown.text for shown in bot.sent][1:] == ["en"]


async def test_stop_is_a_command_of_the_bot_also_then(model: SmallModel) -> None:
    """Said to the bot, the word is answered, not swallowed or translated."""
    async with BotTester(SKILLS, model) as bot:
        await bot.say("/autotranslate fr")
        assert (await bot.say("stop")).skill == "stop"


async def test_help_shows_the_command(model: SmallModel) -> None:
    """With its usage line, in the person's language."""
    async with BotTester(SKILLS, model) as bot:
        assert "`/autotranslate [language] [other]` Translates every message here" in (await bot.say("/help")).text
        assert "自动翻译这里的每条消息" in (await bot.say("帮助")).text
