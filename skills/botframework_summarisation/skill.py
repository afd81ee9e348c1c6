"""The skill itself: what is to be summarised, and the answer; knows no channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from pydantic import BaseModel, Field

from botframework import Attachment, Context, Message, SkillError, skill
from botframework_summarisation.documents import KINDS, kind_of, text_of
from botframework_summarisation.hints import HINTS
from botframework_summarisation.request import PATTERNS, Request, parse
from botframework_summarisation.summarizer import Summarizer

__all__ = ["SummarySettings", "summarise"]


class SummarySettings(BaseModel, extra="forbid"):
    """How the summarisation skill works."""

    max_tokens: int | None = Field(None, ge=16)
    """Longest summary of one part in tokens; None: a quarter of the model's window, at most 256."""
    temperature: float = Field(0.0, ge=0, le=2)
    max_megabytes: float = Field(10, gt=0, le=200)
    """Largest document that is read."""
    concurrency: int = Field(4, ge=1, le=64)
    """Parts of a long text that the model is asked for side by side."""


EXAMPLES = (
    "summarise this text",
    "give me a summary of the attached document",
    "can you sum up this article in a few sentences?",
    "what are the key points of this text?",
    "summarize the last 20 messages",
    "what did I miss in this conversation?",
    "what was said in the chat while I was away?",
    "shorten this article",
    "tl;dr",
    "make this shorter and keep the main points",
    "a short summary in bullet points please",
    "总结一下这篇文章",
    "概括一下上面的对话",
    "这份文件讲了什么？",
    "帮我总结附件里的内容",
    "这段话的要点是什么？",
    "用一句话概括这篇报道",
    "总结最近二十条消息",
    "把下面的文字缩短成摘要",
    "我错过了什么？帮我归纳一下",
)


@skill(
    "summarisation",
    "Summarises a text, a document (.txt, .md, .pdf, .docx) or the last messages.",
    command="summarise",
    aliases=("summarize", "sum", "总结"),
    examples=EXAMPLES,
    rules=(*PATTERNS, *HINTS),
    settings=SummarySettings,
    descriptions={"zh": "总结一段文字、一个文档（.txt、.md、.pdf、.docx）或最近的消息。"},
)
async def summarise(ctx: Context, request: str = "") -> AsyncIterator[str]:
    """Summarise what is given, attached, quoted or was said last."""
    settings = ctx.settings_as(SummarySettings)
    wanted = Request(ctx.text) if ctx.expected is not None else parse(request or ctx.text)
    text = await _text(ctx, wanted, settings)
    if not text.strip():
        yield ctx.say("summary-what")
        ctx.expect()
        return

    async def report(number: int, count: int) -> None:
        await ctx.status(ctx.say("summary-part", number=number, count=count))

    summarizer = Summarizer(
        ctx.model, wanted.shape, settings.temperature, settings.max_tokens, settings.concurrency, report
    )
    summary = await summarizer.summarise(text)
    if summary:
        yield summary


async def _text(ctx: Context, wanted: Request, settings: SummarySettings) -> str:
    if ctx.event.attachments:
        texts = [await _document(ctx, attachment, settings) for attachment in ctx.event.attachments]
        return "\n\n".join(texts)
    if wanted.messages is not None:
        return _talk(ctx.history[-wanted.messages :] if wanted.messages else ctx.history)
    if wanted.text:
        return wanted.text
    quote = ctx.event.reply_to
    if quote is not None and quote.text.strip():
        return quote.text
    # "Summarise this" just after a long message means that message, otherwise the talk so far.
    if ctx.history and len(ctx.history[-1].text) > 400:
        return ctx.history[-1].text
    return _talk(ctx.history)


def _talk(history: list[Message]) -> str:
    return "\n".join(f"{message.name or message.role.capitalize()}: {message.text}" for message in history)


async def _document(ctx: Context, attachment: Attachment, settings: SummarySettings) -> str:
    if kind_of(attachment) is None:
        kinds = ", ".join(f".{kind}" for kind in KINDS)
        raise SkillError(ctx.say("summary-kind", name=attachment.name, kinds=kinds))
    limit = int(settings.max_megabytes * 1024 * 1024)
    if attachment.size is not None and attachment.size > limit:
        raise SkillError(ctx.say("summary-large", name=attachment.name, limit=f"{settings.max_megabytes:g}"))
    await ctx.status(ctx.say("summary-reading", name=attachment.name))
    try:
        data = await ctx.fetch(attachment)
    except LookupError as error:
        raise SkillError(ctx.say("summary-gone", name=attachment.name)) from error
    if len(data) > limit:
        raise SkillError(ctx.say("summary-large", name=attachment.name, limit=f"{settings.max_megabytes:g}"))
    return await asyncio.to_thread(text_of, attachment, data)
