"""Messages without a command reach the right one of the four skills, by rules and by the bundled embedder."""

from __future__ import annotations

from botframework import Conversation, Event, Person
from botframework.engine.embeddings import StaticEmbeddings
from botframework.router import Route, Router
from botframework_chat import chat
from botframework_codegen import code
from botframework_summarisation import summarise
from botframework_translation import translate

WORK = {
    "translation": (
        "I'd like this paragraph in Spanish",
        "what's the English for 蝴蝶",
        "could you turn my email into German",
        "用西班牙语怎么说谢谢",
        "怎么用德语表示感谢",
        "Translate the sign on the door to French, please",
        "can I have that in Chinese",
        "comment dire bonjour en chinois",
        "hello in French",
        "I love you in Spanish?",
        "用法语说早上好",
        "把我的名字翻译成英文",
    ),
    "summarisation": (
        "make a summary of the report",
        "shorten this article please",
        "这篇文章主要讲了什么",
        "what happened in the chat while I was away",
        "gist of this text",
        "Summarise the last ten messages",
        "帮我总结一下这份报告",
        "what did we talk about?",
    ),
    "codegen": (
        "I need a bash script to back up my files",
        "how to sort a list of dictionaries by key",
        "write a small function that adds two numbers",
        "用 Python 计算斐波那契数列",
        "Can you write a Java class for a stack?",
        "写一个判断质数的程序",
        "how do I read a file in Python?",
        "check if a number is prime python",
        "Python: sum of a list",
    ),
}
TALK = (
    "what is the capital of Spain?",
    "I'm sad today",
    "how do you make pancakes?",
    "who wrote Hamlet?",
    "do you speak French?",
    "tell me about summer",
    "你会说英语吗",
    "我喜欢学法语",
    "what is Python?",
    "my text message didn't arrive",
    "推荐一本书",
    "Hello, how are you?",
    "what is the meaning of life",
    "Can you help me with my homework?",
    "How do I get to the station?",
    "write a poem about rain",
    "write a letter to my landlord",
    "I live in Germany",
    "Spanish food is delicious",
    "my English teacher is nice",
    "我住在法国",
    "the meeting was long",
    "我今天开会了",
    "what does a programmer do?",
    "what's your favourite book",
    "Wie geht es dir?",
    "How many people live in China?",
    "中文难学吗",
    "she sent me a message",
    "¿Cómo estás?",
    "函数是什么意思",
    'What does "snack" mean?',
    "写首程序员的打油诗",
    "你能翻译吗？",
    "do you ever write code?",
    "什么是摘要？",
    "films in French?",
    "I can count in German",
    "用英语说话很难",
    "I like Python",
)


async def test_messages_in_words_reach_the_right_skill() -> None:
    """Nine in ten requests find their skill, and ordinary talk about languages, texts and code stays with chat."""
    router = Router([chat, translate, summarise, code], chat, StaticEmbeddings("mini"))

    async def skill_of(text: str) -> str:
        route = await router.route(Event("test", text, Conversation("test", "1"), Person("test:1"), text))
        assert isinstance(route, Route)
        return route.skill.name

    missed = [text for name, texts in WORK.items() for text in texts if await skill_of(text) != name]
    assert len(missed) * 10 <= sum(map(len, WORK.values())), missed
    strayed = [text for text in TALK if await skill_of(text) != "chat"]
    assert len(strayed) <= 1, strayed
