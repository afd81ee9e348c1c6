"""The commands that every bot has."""

from __future__ import annotations

import json

import pytest

from botframework import Context, skill
from botframework.testing import BotTester, replies
from tests.kernel.skills import chat, haiku


async def test_help_is_made_from_the_skills_signatures() -> None:
    """Every skill stands in /help with its usage and description."""
    async with BotTester([chat, haiku]) as bot:
        text = (await bot.say("/help")).text
        assert "`/haiku <topic>` Writes a haiku." in text
        assert "`/forget [which]` Forgets one thing, or everything." in text


async def test_help_of_one_skill_tells_more() -> None:
    """/help NAME shows usage, aliases and examples."""
    async with BotTester([chat, haiku]) as bot:
        for name in ("haiku", "/poem"):
            text = (await bot.say(f"/help {name}")).text
            assert "/poem" in text
            assert "write a haiku about rain" in text


@pytest.mark.parametrize("text", ["help", "Help!", "/help", "HELP?"])
async def test_help_is_understood_without_a_slash(text: str) -> None:
    """The word alone is enough for the list of everything."""
    async with BotTester([chat]) as bot:
        answer = await bot.say(text)
        assert answer.skill == "help"
        assert "/forget" in answer.text


async def test_chinese_people_get_chinese_texts() -> None:
    """帮助 is answered in Chinese, with the skills' Chinese descriptions."""
    async with BotTester([chat, haiku]) as bot:
        text = (await bot.say("帮助")).text
        assert "写一首俳句。" in text
        assert "忘记一件事" in text


async def test_start_says_hello_by_name() -> None:
    """The first message of a chat is greeted."""
    async with BotTester([haiku]) as bot:
        text = (await bot.say("/start")).text
        assert text.startswith("Hello Ann!")
        assert "/haiku" in text


async def test_an_unknown_command_is_helped() -> None:
    """A typing error is answered with the closest command, anything else with /help."""
    async with BotTester([haiku]) as bot:
        assert "/haiku" in (await bot.say("/haiko frogs")).text
        assert "/help" in (await bot.say("/xyzzy")).text


async def test_reset_begins_anew() -> None:
    """After /reset the earlier turns are no longer history."""
    async with BotTester([haiku]) as bot:
        await bot.say("/haiku frogs")
        assert await bot.store.history("fake/ann")
        await bot.say("/reset")
        assert await bot.store.history("fake/ann") == []


async def test_commands_are_not_part_of_the_conversation() -> None:
    """What the model is shown later holds no /help and no list of memories."""
    async with BotTester([haiku]) as bot:
        for text in ("/help", "/memory", "/why", "/remember I like tea"):
            await bot.say(text)
        assert await bot.store.history("fake/ann") == []


async def test_why_explains_the_last_answer() -> None:
    """/why names the skill, the step, the memories, the model, its tokens and the times."""
    async with BotTester([chat], replies("Earl Grey")) as bot:
        await bot.say("/remember I like tea")
        await bot.say("which tea do I like?")
        text = (await bot.say("/why")).text
        for words in ("**chat**", "nothing else fitted", "I like tea", "scripted", "5 tokens read, 2 written", "Times"):
            assert words in text


async def test_why_shortens_a_long_rule() -> None:
    """A rule of a thousand characters is named, not recited."""

    @skill("long", "Long.", rules=["|".join(f"word{number}" for number in range(200))])
    async def long(ctx: Context, text: str = "") -> str:
        return "yes"

    async with BotTester([chat, long]) as bot:
        await bot.say("word7")
        text = (await bot.say("/why")).text
        assert "Chosen by a rule: `long 1`" in text
        assert "word100" not in text


async def test_why_shows_a_failures_reference() -> None:
    """After an apology /why repeats the reference."""

    @skill("fails", "Fails.")
    async def fails(ctx: Context, text: str = "") -> str:
        raise ValueError

    async with BotTester([fails]) as bot:
        assert "I have not answered anything" in (await bot.say("/why")).text
        reference = (await bot.say("hello")).record.reference
        assert reference in (await bot.say("/why")).text


@pytest.mark.parametrize(
    "text", ["/remember my cat is called Miu", "Remember that my cat is called Miu", "记住：my cat is called Miu"]
)
async def test_remember_keeps_a_fact(text: str) -> None:
    """By command or in plain words, in English and in Chinese."""
    async with BotTester([chat]) as bot:
        reply = await bot.say(text)
        assert reply.skill == "remember"
        assert "1. my cat is called Miu" in (await bot.say("/memory")).text


async def test_memory_is_empty_at_first() -> None:
    """Nothing is claimed to be remembered before anything was."""
    async with BotTester([chat]) as bot:
        assert (await bot.say("/memory")).text == "I remember nothing about you here."
        assert (await bot.say("/forget 1")).text == "I remember nothing about you here."


async def test_one_memory_is_forgotten_by_its_number() -> None:
    """/forget 1 deletes the first; a wrong number deletes nothing and shows the list."""
    async with BotTester([chat]) as bot:
        await bot.say("/remember I like tea")
        await bot.say("/remember I like cake")
        assert "1. I like tea" in (await bot.say("/forget")).text
        assert "/forget all" in (await bot.say("/forget 7")).text
        assert (await bot.say("/forget 1")).text == "Forgotten: I like tea"
        assert "1. I like cake" in (await bot.say("/memory")).text


async def test_forget_that_takes_the_latest() -> None:
    """ "Forget that" undoes the last thing remembered."""
    async with BotTester([chat]) as bot:
        await bot.say("/remember I like tea")
        await bot.say("/remember I like cake")
        assert (await bot.say("forget that")).text == "Forgotten: I like cake"
        assert (await bot.say("忘掉这件事。")).text.endswith("I like tea")


async def test_forgetting_everything_is_confirmed_first() -> None:
    """Only a yes deletes: memories, conversations, settings; a no keeps them."""
    async with BotTester([chat], replies("fine")) as bot:
        await bot.say("/remember I like tea")
        await bot.say("how are you?")
        question = await bot.say("/forget all")
        assert [button.label for button in question.buttons] == ["Yes", "No"]
        assert (await bot.press(question.buttons[1])).text == "Nothing was deleted."
        assert "I like tea" in (await bot.say("/memory")).text
        question = await bot.say("forget everything about me")
        assert (await bot.press(question.buttons[0])).text == "Everything I kept about you is deleted."
        assert (await bot.say("/memory")).text == "I remember nothing about you here."
        assert (await bot.store.export("fake:ann"))["turns"] == []


async def test_in_a_group_nobody_forgets_for_somebody_else() -> None:
    """Another person's fact stays, and is not said to be forgotten."""
    async with BotTester([chat]) as bot:
        await bot.say("/remember the demo is on Friday", person="bob", group=True)
        assert (await bot.say("/forget 1", group=True)).text.startswith("Only whoever told me that")
        assert "the demo is on Friday" in (await bot.say("/memory", group=True)).text
        assert (await bot.say("forget that", person="bob", group=True)).text == "Forgotten: the demo is on Friday"


async def test_forgetting_leaves_others_alone() -> None:
    """What another person told the bot stays."""
    async with BotTester([chat]) as bot:
        await bot.say("/remember I like tea", person="bob")
        await bot.say("/forget all")
        await bot.say("yes")
        assert "I like tea" in (await bot.say("/memory", person="bob")).text


async def test_export_hands_over_everything_as_json() -> None:
    """The file holds the person's turns and memories."""
    async with BotTester([chat], replies("fine")) as bot:
        await bot.say("/remember 我喜欢茶")
        await bot.say("how are you?")
        (file,) = (await bot.say("/export")).files
        data = json.loads(file.data)
        assert data["turns"][0]["user_text"] == "how are you?"
        assert data["memories"][0]["text"] == "我喜欢茶"
        assert "我喜欢茶" in file.data.decode()


async def test_export_is_refused_in_a_group() -> None:
    """Personal data is not posted where others read it."""
    async with BotTester([chat]) as bot:
        reply = await bot.say("/export", group=True)
        assert "private" in reply.text
        assert reply.files == []


async def test_a_chosen_language_stays() -> None:
    """/language zh answers in Chinese from then on, whatever is written, until it is set back."""
    async with BotTester([chat]) as bot:
        assert "`zh` 中文" in (await bot.say("/language")).text
        assert (await bot.say("/language 中文")).text == "我会用中文回答你。"
        assert (await bot.say("/memory")).text.startswith("关于你")
        await bot.say("/language auto")
        assert (await bot.say("what do you remember about me?")).text.startswith("I remember")


@pytest.mark.parametrize(("word", "code"), [("de", "de"), ("German", "de"), ("zh-CN", "zh"), ("法语", "fr")])
async def test_a_language_goes_by_code_or_name(word: str, code: str) -> None:
    """Codes, English names and Chinese names are understood."""
    async with BotTester([chat]) as bot:
        await bot.say(f"/language {word}")
        assert await bot.store.setting("fake:ann", "language") == code


async def test_an_unknown_language_is_refused() -> None:
    """The choices are shown instead."""
    async with BotTester([chat]) as bot:
        assert "I do not know the language klingon" in (await bot.say("/language klingon")).text


async def test_a_teams_own_help_replaces_the_built_in_one() -> None:
    """A skill with a built-in command's name takes its place."""

    @skill("help", "Our help.")
    async def our_help(ctx: Context) -> str:
        return "Ask Bob."

    async with BotTester([chat, our_help]) as bot:
        assert (await bot.say("/help")).text == "Ask Bob."
