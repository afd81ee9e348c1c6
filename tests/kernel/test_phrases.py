"""The built-in commands in plain words, and talk that only sounds like them."""

from __future__ import annotations

import pytest

from botframework.hours import here
from botframework.testing import BotTester
from tests.kernel.skills import chat, haiku


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("remember my name is Ana", "my name is Ana"),
        ("Please remember I'm vegetarian.", "I'm vegetarian"),
        ("Can you remember that I am allergic to nuts?", "I am allergic to nuts"),
        ("could you remember my sister's name is Bo?", "my sister's name is Bo"),
        ("Don't forget that I live in Oslo", "I live in Oslo"),
        ("I want you to remember that my dog is called Rex", "my dog is called Rex"),
        ("My flight leaves on Monday, please remember that.", "My flight leaves on Monday"),
        ("Make a note: my flight is on Monday", "my flight is on Monday"),
        ("记住我叫小明", "我叫小明"),
        ("请你记住，我对虾过敏。", "我对虾过敏"),
        ("帮我记一下，我周五要看牙医", "我周五要看牙医"),
        ("别忘了我不吃辣", "我不吃辣"),
        ("你能记住我叫小明吗？", "我叫小明"),
        ("我叫小明，请记住。", "我叫小明"),
        ("souviens-toi que je m'appelle Ana", "je m'appelle Ana"),
        ("merk dir bitte, dass ich Ana heiße", "ich Ana heiße"),
        ("recuerda que me llamo Ana", "me llamo Ana"),
    ],
)
async def test_what_is_to_be_remembered_is_taken_from_plain_words(text: str, fact: str) -> None:
    """The fact alone is kept, however it was asked for."""
    async with BotTester([chat]) as bot:
        assert (await bot.say(text)).skill == "remember"
        assert [memory.text for memory in await bot.memory.of_person("fake:ann")] == [fact]


@pytest.mark.parametrize(
    "text",
    [
        "remember that film?",
        "do you remember my name?",
        "can you remember my name?",
        "remember my birthday",
        "I need to remember that.",
        "Remember when I told you about my cat?",
        "Don't forget to buy milk",
        "keep in mind that Python is dynamic",
        "记住了吗",
        "你记得我叫什么吗",
        "你还记得我的猫叫什么吗",
        "记住单词有什么好方法？",
        "我忘了带钥匙",
        "forget my last message",
        "I forget everything",
        "how can I forget him?",
        "delete everything in this list",
        "忘了带钥匙怎么办",
        "what do you know about Paris?",
        "what did I tell you about my cat?",
        "你知道我住在哪里吗",
        "What can you do with eggs?",
        "I want to learn piano. Where do I start?",
        "how do I make you laugh?",
        "你会做什么菜",
        "你会说什么语言",
        "怎么让你开心",
    ],
)
async def test_talk_that_only_sounds_like_a_command_is_answered_as_talk(text: str) -> None:
    """Questions about one fact, idioms, and other people's business go to the model."""
    async with BotTester([chat]) as bot:
        assert (await bot.say(text)).skill == "chat"


@pytest.mark.parametrize("text", ["What can you do?", "how can you help me", "I'm new here. Where do I start?"])
async def test_what_the_bot_can_do_is_told_when_it_is_asked(text: str) -> None:
    """The skills with a sentence on remembering; the commands are left to /help."""
    async with BotTester([chat, haiku]) as bot:
        answer = await bot.say(text)
        assert answer.skill == "help"
        assert "`/haiku <topic>` Writes a haiku." in answer.text
        assert "what do you know about me?" in answer.text
        assert "/export" not in answer.text


@pytest.mark.parametrize("text", ["你会做什么？", "你都能帮我做哪些事情", "你有什么功能？"])
async def test_what_the_bot_can_do_is_told_in_chinese(text: str) -> None:
    """With the skills' Chinese descriptions."""
    async with BotTester([chat, haiku]) as bot:
        answer = (await bot.say(text)).text
        assert "写一首俳句。" in answer
        assert "你记得我什么" in answer


@pytest.mark.parametrize("text", ["Which commands do you have?", "how do I see all commands", "怎么查看所有命令？"])
async def test_all_commands_are_listed_when_they_are_asked_for(text: str) -> None:
    """As /help does."""
    async with BotTester([chat]) as bot:
        assert "/export" in (await bot.say(text)).text


@pytest.mark.parametrize(
    ("text", "usage"),
    [
        ("How do I make you forget something?", "/forget [which]"),
        ("how can I see what you remember about me?", "/memory"),
        ("How do I get you to write a poem?", None),
        ("how do I ask you to haiku about frogs", "/haiku <topic>"),
        ("怎么让你忘记一件事？", "/forget [which]"),
    ],
)
async def test_how_something_is_done_is_answered_with_its_command(text: str, usage: str | None) -> None:
    """The usage line of that command; where there is none, the model answers."""
    async with BotTester([chat, haiku]) as bot:
        answer = await bot.say(text)
        assert answer.skill == ("help" if usage else "chat")
        assert usage is None or answer.text.startswith(f"`{usage}`")


@pytest.mark.parametrize(
    "text",
    [
        "what do you remember about me?",
        "What do you know about me",
        "Tell me everything you know about me.",
        "what have you learned about me so far?",
        "do you remember me?",
        "show me your memory",
        "你记得我什么？",
        "你都知道我哪些事情",
        "你还记得我吗？",
        "关于我，你知道些什么？",
        "你对我了解多少？",
        "que sais-tu de moi ?",
        "was weißt du über mich?",
        "¿qué sabes de mí?",
    ],
)
async def test_memory_is_asked_for_in_plain_words(text: str) -> None:
    """The question itself is understood."""
    async with BotTester([chat]) as bot:
        assert (await bot.say(text)).skill == "memory"


@pytest.mark.parametrize(
    "text", ["/forget my cat", "forget what I told you about my cat", "Please forget that my cat is called Miu."]
)
async def test_one_memory_is_forgotten_by_its_words(text: str) -> None:
    """The one fact that holds them goes, wherever it stands in the list."""
    async with BotTester([chat]) as bot:
        for fact in ("I like tea", "my cat is called Miu", "I live in Oslo"):
            await bot.say(f"/remember {fact}")
        assert (await bot.say(text)).text == "Forgotten: my cat is called Miu"
        assert "2. I live in Oslo" in (await bot.say("/memory")).text


@pytest.mark.parametrize("text", ["/forget my dog", "/forget tea", "forget it", "忘掉我的狗"])
async def test_nothing_is_forgotten_while_it_is_unclear_what_is_meant(text: str) -> None:
    """Words of no fact or of two, and "forget it", are answered with the list."""
    async with BotTester([chat]) as bot:
        for fact in ("I like green tea", "I hate black tea"):
            await bot.say(f"/remember {fact}")
        reply = await bot.say(text)
        assert reply.skill == "forget"
        assert "2. I hate black tea" in reply.text
        assert "2. I hate black tea" in (await bot.say("/memory")).text


@pytest.mark.parametrize(
    "text",
    [
        "forget what I told you",
        "Forget everything you know about me",
        "please forget me",
        "delete all my data",
        "忘掉我告诉你的一切",
        "把我说的话都忘了吧",
        "删除我的所有数据",
    ],
)
async def test_forgetting_everything_is_asked_for_in_plain_words(text: str) -> None:
    """It is confirmed first, as with /forget all."""
    async with BotTester([chat]) as bot:
        await bot.say("/remember I like tea")
        assert len((await bot.say(text)).buttons) == 2
        await bot.say("no")
        assert "I like tea" in (await bot.say("/memory")).text
        await bot.say(text)
        await bot.say("Yes, please!")
        assert await bot.memory.of_person("fake:ann") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Please answer me in French.", "fr"),
        ("from now on, speak German with me", "de"),
        ("speak Spanish", "es"),
        ("以后请用英语回答我", "en"),
        ("说中文吧", "zh"),
        ("sprich bitte englisch mit mir", "en"),
        ("can you speak French?", None),
        ("Do you speak German?", None),
        ("I speak Spanish", None),
        ("你会说英语吗", None),
        ("用英语怎么说早上好", None),
    ],
)
async def test_a_language_is_asked_for_in_plain_words(text: str, code: str | None) -> None:
    """A request sets it; a question whether it is spoken sets nothing."""
    async with BotTester([chat]) as bot:
        assert (await bot.say(text)).skill == ("language" if code else "chat")
        assert await bot.store.setting("fake:ann", "language") == code


@pytest.mark.parametrize(
    "text", ["Let's start over", "new conversation", "clear this chat", "我们重新开始吧", "清空聊天记录"]
)
async def test_beginning_anew_is_asked_for_in_plain_words(text: str) -> None:
    """As with /reset."""
    async with BotTester([haiku]) as bot:
        await bot.say("/haiku frogs")
        assert (await bot.say(text)).skill == "reset"
        assert await bot.store.history("fake/ann") == []


@pytest.mark.parametrize("text", ["export my data", "Send me everything you have about me", "导出我的数据"])
async def test_the_export_is_asked_for_in_plain_words(text: str) -> None:
    """As with /export."""
    async with BotTester([chat]) as bot:
        assert len((await bot.say(text)).files) == 1


@pytest.mark.parametrize(
    ("text", "weekdays"),
    [
        ("What time is it?", "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
        ("tell me today's date please", "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
        ("今天几号，星期几？", "星期一 星期二 星期三 星期四 星期五 星期六 星期日"),
        ("现在几点了", "星期一 星期二 星期三 星期四 星期五 星期六 星期日"),
        ("quelle heure est-il ?", "lundi mardi mercredi jeudi vendredi samedi dimanche"),
        ("wie spät ist es?", "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"),
        ("¿qué día es hoy?", "lunes martes miércoles jueves viernes sábado domingo"),
    ],
)
async def test_the_date_and_the_time_are_those_of_the_machine(text: str, weekdays: str) -> None:
    """No model is asked for what it cannot know; the zone is named."""
    async with BotTester([chat]) as bot:
        before, answer, after = here(), (await bot.say(text)).text, here()
    moments = (before, after)  # the minute may change in between
    assert any(weekdays.split()[moment.weekday()] in answer and f":{moment:%M}" in answer for moment in moments)
    assert f"{after:%Z}" in answer


@pytest.mark.parametrize(
    "text",
    [
        "what time is it in Tokyo?",
        "What day is my exam?",
        "what is time?",
        "今天天气怎么样",
        "东京现在几点",
        "你几点睡觉",
    ],
)
async def test_other_times_are_not_told(text: str) -> None:
    """Another place, an appointment and philosophy go to the model."""
    async with BotTester([chat]) as bot:
        assert (await bot.say(text)).skill == "chat"
