"""The translation skill in a whole bot."""

from __future__ import annotations

import codecs
import re

import pytest

from botframework import Context, Quote, skill
from botframework.testing import BotTester
from botframework_translation import TranslationSettings, translate
from tests.skills.scripted_model import SmallModel, answering


@skill("chat", "Echoes.")
async def chat(ctx: Context, text: str = "") -> str:
    return f"chat: {text}"


def answer(prompt: str) -> str:
    """The name of the language in brackets, and the text without its vowels."""
    instruction, _, text = prompt.partition("\n")
    return f"[{instruction.removeprefix('Translate into ').rstrip(':')}] {garbled(text)}"


def garbled(text: str) -> str:
    """A text in no language."""
    return codecs.encode(re.sub("[\u4e00-\u9fff]", "q", text), "rot13")


@pytest.fixture
def model() -> SmallModel:
    return answering(answer)


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("/translate fr Good morning", "[French] Tbbq zbeavat"),
        ("/translate French Good morning, my friend.", "[French] Tbbq zbeavat, zl sevraq."),
        ("/translate zh\nGood morning", "[Chinese] Tbbq zbeavat"),
        ("Translate good morning into French", "[French] tbbq zbeavat"),
        ("用法语怎么说早上好？", "[French] ddd"),
        ("把“我爱你”翻译成英文", "[English] ddd"),
        ("How do you say thank you in German?", "[German] gunax lbh"),
        ("/translate Where is the station?", "[Chinese] Jurer vf gur fgngvba?"),
        ("/translate 车站在哪里？", "[English] ddddd？"),
        ("/tr de One. Two!", "[German] Bar. [German] Gjb!"),
    ],
)
async def test_a_translation_is_asked_for_in_many_ways(model: SmallModel, said: str, reply: str) -> None:
    """By command and in words; without a target into the person's language or out of it."""
    async with BotTester([chat, translate], model) as bot:
        answered = await bot.say(said)
        assert (answered.skill, answered.text) == ("translation", reply)


async def test_protected_spans_reach_the_person_unchanged(model: SmallModel) -> None:
    """Code, addresses, mentions, numbers and placeholders come out as they went in, whatever the model does."""
    spans = ["`pip install x`", "https://example.com/a?b=1", "@ana_b", "{name}", "%s", "7:30", "<b>", "ana@example.com"]
    text = "Please send {} and {} to {}, not {} or {}, at {} with {} {}.".format(*spans)
    for lossy in (answer, lambda prompt: "bla bla", lambda prompt: answer(prompt).upper()):
        async with BotTester([translate], answering(lossy)) as bot:
            reply = (await bot.say(f"/translate fr {text}")).parts[-1].markdown  # type: ignore[union-attr]  # a Text
            for span in spans:
                assert span in reply


async def test_a_reply_translates_the_quoted_message(model: SmallModel) -> None:
    """``/translate de`` as a reply takes the text that is replied to."""
    async with BotTester([chat, translate], model) as bot:
        quote = Quote("m1", "The train is late.")
        assert (await bot.say("/translate de", reply_to=quote)).text == "[German] Gur genva vf yngr."
        assert (await bot.say("/translate", reply_to=quote)).text == "[Chinese] Gur genva vf yngr."
        assert (await bot.say("translate this into Spanish", reply_to=quote)).text == "[Spanish] Gur genva vf yngr."


async def test_without_a_quote_the_last_message_is_meant(model: SmallModel) -> None:
    """ "Translate that" means what was said just before."""
    async with BotTester([chat, translate], model) as bot:
        await bot.say("hello")
        assert (await bot.say("translate that into French")).text == "[French] pung: uryyb"


async def test_with_nothing_to_translate_the_text_is_asked_for(model: SmallModel) -> None:
    """The next message is then translated into the language named before."""
    async with BotTester([chat, translate], model) as bot:
        assert (await bot.say("/translate de")).text == "What shall I translate into German? Send me the text."
        assert (await bot.say("Good night")).text == "[German] Tbbq avtug"
        assert (await bot.say("and now?")).skill == "chat"
    async with BotTester([chat, translate], model) as bot:
        assert "/translate fr" in (await bot.say("/translate")).text
        assert (await bot.say("Good night, my friend")).text == "[Chinese] Tbbq avtug, zl sevraq"


async def test_a_text_already_in_the_language_is_given_back(model: SmallModel) -> None:
    """Nothing is asked of the model then."""
    async with BotTester([translate], model) as bot:
        reply = await bot.say("/translate en Where is the station, please?")
        assert reply.text == "This is in English already:\n\nWhere is the station, please?"
        assert model.said == []


async def test_paragraphs_lists_and_code_keep_their_shape(model: SmallModel) -> None:
    """A message with Markdown comes back with the same Markdown."""
    text = "# Plan\n\n1. Get up. Go.\n2. Rest\n\n```sh\nls\n```"
    async with BotTester([translate], answering(lambda prompt: garbled(prompt.partition("\n")[2]))) as bot:
        reply = await bot.say(f"/translate fr {text}")
        assert reply.parts[-1].markdown == "# Cyna\n\n1. Trg hc. Tb.\n2. Erfg\n\n```sh\nls\n```"  # type: ignore[union-attr]  # a Text


async def test_what_could_not_be_translated_is_said() -> None:
    """The sentence stays as it was and is named, in the person's language."""
    model = answering(lambda prompt: "" if "odd" in prompt else "bien")
    async with BotTester([translate], model) as bot:
        reply = await bot.say("/translate fr Good. An odd one.")
        assert reply.text.startswith("bien An odd one.")
        assert "could not translate this part" in reply.text
        assert "“An odd one.”" in reply.text


async def test_a_model_that_does_not_know_the_language_is_doubted() -> None:
    """When the answer is plainly still in the language of the text, that is said."""
    model = answering(lambda prompt: prompt.partition("\n")[2])
    async with BotTester([translate], model) as bot:
        assert "not sure that this is Finnish" in (await bot.say("/translate fi Where is the next train station?")).text


async def test_the_settings_reach_the_model(model: SmallModel) -> None:
    """Temperature and the language pair are configured."""
    settings = TranslationSettings(temperature=0.3, pair=("fr", "de"))
    async with BotTester([translate], model, settings={"translation": settings}) as bot:
        assert (await bot.say("/translate Where is the station?")).text == "[French] Jurer vf gur fgngvba?"
    assert model.options[0]["temperature"] == 0.3
