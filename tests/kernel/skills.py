"""Two skills for bots whose built-in commands are tried."""

from __future__ import annotations

from collections.abc import AsyncIterator

from botframework import Context, skill

__all__ = ["chat", "haiku"]


@skill(
    "haiku",
    "Writes a haiku.",
    aliases=["poem"],
    examples=["write a haiku about rain"],
    descriptions={"zh": "写一首俳句。"},
)
async def haiku(ctx: Context, topic: str) -> str:
    return f"{topic}..."


@skill("chat", "Talks.")
async def chat(ctx: Context, text: str = "") -> AsyncIterator[str]:
    await ctx.memory.recall(text)
    async for chunk in ctx.model.astream(text):
        yield chunk.text
