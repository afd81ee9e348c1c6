"""The skill itself: the messages that the model gets, and its answer; knows no channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from pydantic import BaseModel, Field

from botframework import Context, Message, skill
from botframework_chat.history import Summary, fit, named

__all__ = ["ChatSettings", "chat"]

PERSONA = "You are a helpful assistant."


class ChatSettings(BaseModel, extra="forbid"):
    """How the chat skill works. Options that are None keep the model's own default."""

    persona: str = PERSONA
    """Who the bot is, for the model to read before every conversation."""
    max_tokens: int | None = Field(None, ge=1)
    """Longest answer in tokens; None: the model's own limit, and at most a third of a small window."""
    temperature: float | None = Field(None, ge=0, le=2)
    memories: int = Field(5, ge=0, le=50)
    """How many memories at most are recalled for one answer."""
    remember_turns: bool = False
    """Keep what is said as memories, to be recalled in later conversations."""


# Some name what the other skills work on (languages, texts, Python) without asking for that work.
EXAMPLES = (
    "hello, how are you today?",
    "good morning",
    "thank you very much",
    "who are you and what can you do?",
    "tell me a joke",
    "what is the capital of France?",
    "who wrote this book?",
    "can you explain how rainbows form?",
    "can you help me with my homework?",
    "how do I get to the station?",
    "give me an idea for dinner",
    "how do you cook rice?",
    "what did I tell you about my cat?",
    "write a poem about the sea",
    "write a letter to my friend",
    "do you speak French?",
    "I am learning Spanish at school",
    "what is Python and who made it?",
    "I sent you a text message yesterday",
    "I read a long article this morning",
    "I have lost my document and my keys",
    "what does a programmer do?",
    "my English teacher is nice",
    "many people live in Germany and China",
    "I like talking with you",
    "what happened in the news?",
    "I feel sad and tired",
    "what is the meaning of life?",
    "你好，你是谁？",
    "谢谢你的帮助",
    "给我讲个笑话",
    "法国的首都是哪里？",
    "今天晚饭吃什么好？",
    "为什么天空是蓝色的？",
    "你还记得我的名字吗？",
    "我心情不太好",
    "你会说英语吗？",
    "我喜欢学外语",
    "帮我写一首诗",
    "推荐一本好书",
    "函数在数学里是什么意思？",
    "今天的会议很长",
    "我们聊聊天吧",
)
_LANGUAGES = {"en": "English", "zh": "Chinese", "fr": "French", "de": "German", "es": "Spanish"}
_SUMMARY = "summary"
_AMPLE = 512
"""Tokens of room for an answer from which on the model's own limit is left to it."""


@skill(
    "chat",
    "Talks with you about anything.",
    examples=EXAMPLES,
    settings=ChatSettings,
    descriptions={"zh": "随便聊聊，什么都可以问。"},
)
async def chat(ctx: Context, text: str = "") -> AsyncIterator[str]:
    """Answer from the conversation and from what is remembered."""
    settings = ctx.settings_as(ChatSettings)
    question = text or ctx.text
    if not question.strip():
        yield ctx.say("chat-greeting")
        return
    room = settings.max_tokens or max(32, ctx.model.context_window // 3)
    prompt = await _prompt(ctx, settings, question, room)
    options: dict[str, Any] = {}
    if settings.max_tokens is not None or room < _AMPLE:
        options["max_tokens"] = room
    if settings.temperature is not None:
        options["temperature"] = settings.temperature
    answer = ""
    async for chunk in ctx.model.astream(prompt, **options):
        piece = chunk.text if answer else chunk.text.lstrip()
        if piece:
            answer += piece
            yield piece
    if answer.strip() and settings.remember_turns:
        await ctx.memory.remember(question, kind="turn")


async def _prompt(ctx: Context, settings: ChatSettings, question: str, room: int) -> list[Message]:
    group = ctx.conversation.kind == "group"
    asked = Message("user", question, ctx.person.name, ctx.event.at)
    *history, asked = named([*ctx.history, asked], ctx.person.name, group=group)
    system = await _system(ctx, settings, question)
    asked = _cut(ctx, asked, system, room)
    fixed = ctx.model.count_tokens(_messages(system, [asked]))
    budget = ctx.model.context_window - room - fixed
    kept = [Summary.loads(memory.text) for memory in await ctx.memory.all(kinds=(_SUMMARY,))] if history else []
    fitted = await fit(ctx.model, history, budget, kept)
    if fitted.summary is not None:
        if fitted.fresh:
            await ctx.memory.remember(fitted.summary.dumps(), kind=_SUMMARY, key=f"summary {ctx.conversation.key}")
        earlier = f"{system}\nEarlier in this conversation: {fitted.summary.text}".strip()
        longer = ctx.model.count_tokens(_messages(earlier, [*fitted.turns, asked]))
        if longer + room <= ctx.model.context_window:
            system = earlier
    return _messages(system, [*fitted.turns, asked])


async def _remembered(ctx: Context, settings: ChatSettings, question: str) -> list[str]:
    """What is known that bears on the question; of a person of whom little is known, all of it."""
    kinds = ("fact", "turn") if settings.remember_turns else ("fact",)
    found = await ctx.memory.recall(question, settings.memories, kinds)
    if len(found) < settings.memories:
        known = await ctx.memory.all()
        if len(known) <= settings.memories:
            seen = {memory.id for memory in found}
            rest = [memory for memory in known if memory.id not in seen][: settings.memories - len(found)]
            ctx.memory.used += rest
            found = [*found, *rest]
    return [memory.text for memory in found]


async def _system(ctx: Context, settings: ChatSettings, question: str) -> str:
    """Persona, memories and language in one text; empty where there is nothing to say beyond the default."""
    facts = await _remembered(ctx, settings, question) if settings.memories else []
    sentences = [settings.persona] if settings.persona else []
    if ctx.detected is not None and ctx.language != ctx.detected and ctx.language in _LANGUAGES:
        sentences.append(f"Answer in {_LANGUAGES[ctx.language]}.")
    if not facts:
        return "" if sentences == [PERSONA] else " ".join(sentences)
    room = ctx.model.context_window // 4
    while len(facts) > 1 and ctx.model.count_tokens("\n".join(facts)) > room:
        facts.pop()
    header = " ".join([*sentences, "What you remember about this person:"])
    return "\n".join([header, *(f"- {' '.join(fact.split())}" for fact in facts)])


def _cut(ctx: Context, asked: Message, system: str, room: int) -> Message:
    """A message that is longer than the window keeps its end, where the question usually stands."""
    text = asked.text
    while len(text) > 16 and ctx.model.count_tokens(_messages(system, [Message("user", text)])) + room > (
        ctx.model.context_window
    ):
        text = text[len(text) // 8 + 1 :]
    return asked if text is asked.text else Message("user", text, asked.name, asked.at)


def _messages(system: str, turns: list[Message]) -> list[Message]:
    return [Message("system", system), *turns] if system else turns
