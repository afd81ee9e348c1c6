"""Summarises a text of any length through a chat model, by map and reduce; knows no channel and no document."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from botframework_summarisation.chunks import chunks
from botframework_summarisation.request import Shape

__all__ = ["Asked", "Summarizer", "is_chinese"]


class Asked(Protocol):
    """What a summarizer needs of a model."""

    async def ainvoke(self, prompt: str, **options: Any) -> str:
        """The whole answer."""
        ...

    def count_tokens(self, prompt: str) -> int:
        """Tokens of the prompt."""
        ...

    @property
    def context_window(self) -> int:
        """Tokens that prompt and answer together may have."""
        ...


_BULLET = re.compile(r"\s*(?:[-*•·–]|\d{1,2}[.)、])\s*")
_SENTENCE = re.compile(r"[^。！？；\n]+?(?:[。！？；]+|[.!?]+(?=\s|$)|(?=\n)|$)[”’」\"']*", re.DOTALL)
_MOST_LEVELS = 6


@dataclass(slots=True)
class Summarizer:
    """Summarises; ``report`` is told of every part that is done: its number and how many there are."""

    model: Asked
    shape: Shape = "normal"
    temperature: float = 0.0
    max_tokens: int | None = None
    concurrency: int = 4
    report: Callable[[int, int], Awaitable[None]] | None = None
    _done: int = field(default=0, init=False)

    async def summarise(self, text: str) -> str:
        """The summary of ``text``; empty only when the model says nothing."""
        parts = self._parts(text)
        summaries = await self._map(parts)
        if len(parts) > 1 and self.shape in {"normal", "short"}:
            summaries = [await self._reduce("\n".join(summaries), 1)]
        if self.shape == "bullets":
            return _bullets(summaries)
        return "\n\n".join(summary for summary in summaries if summary)

    def _parts(self, text: str) -> list[str]:
        size = self.model.context_window - self._room - self.model.count_tokens(self._prompt("", "normal")) - 8
        parts = [part for part in chunks(text, max(16, size), self.model.count_tokens) if part.strip()]
        if len(parts) == 1 and self.shape in {"long", "bullets"}:
            # One answer of a small model is a sentence or two: a longer summary needs several questions.
            tokens = self.model.count_tokens(text)
            finer = chunks(text, max(64, tokens // 3 + 16), self.model.count_tokens)
            return [part for part in finer if part.strip()] if tokens > 160 else parts
        return parts

    @property
    def _room(self) -> int:
        """Tokens for an answer."""
        return self.max_tokens or max(24, min(256, self.model.context_window // 4))

    async def _map(self, parts: list[str]) -> list[str]:
        places = asyncio.Semaphore(self.concurrency)
        self._done = 0

        async def one(part: str) -> str:
            async with places:
                summary = await self._ask(part)
            self._done += 1
            if self.report is not None and len(parts) > 1:
                await self.report(self._done, len(parts))
            return summary

        tasks = [asyncio.create_task(one(part)) for part in parts]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _reduce(self, text: str, level: int) -> str:
        parts = self._parts(text)
        summaries = await self._map(parts)
        joined = "\n".join(summaries)
        # A model that shortens nothing would be asked for ever.
        if len(parts) == 1 or level == _MOST_LEVELS or len(joined) >= len(text):
            return joined
        return await self._reduce(joined, level + 1)

    async def _ask(self, text: str) -> str:
        prompt = self._prompt(text.strip(), self.shape)
        left = self.model.context_window - self.model.count_tokens(prompt) - 4
        answer = await self.model.ainvoke(
            prompt, temperature=self.temperature, max_tokens=max(16, min(self._room, left))
        )
        return answer.strip()

    @staticmethod
    def _prompt(text: str, shape: Shape) -> str:
        if is_chinese(text):
            return f"{'用一句话总结' if shape == 'short' else '总结'}：\n{text}"
        return f"{'Summarise in one sentence' if shape == 'short' else 'Summarise'}:\n{text}"


def is_chinese(text: str) -> bool:
    """Whether Chinese characters are a fair share of the text."""
    return sum("\u4e00" <= char <= "\u9fff" for char in text) * 4 > len(text)


def _bullets(summaries: list[str]) -> str:
    """Every sentence, or line where the model wrote a list, as a point; each once."""
    points: dict[str, None] = {}
    for summary in summaries:
        lines = [line for line in summary.splitlines() if line.strip()]
        listed = len(lines) > 1 and all(_BULLET.match(line) for line in lines[-2:])
        for point in lines if listed else [match[0] for match in _SENTENCE.finditer(summary)]:
            stripped = _BULLET.sub("", point.strip(), count=1).strip()
            if any(char.isalnum() for char in stripped):
                points[stripped] = None
    return "\n".join(f"- {point}" for point in points)
