"""Keeps a conversation within a model's window; knows no person's memories and no channel.

What no longer fits is summarised by the model. Half of the window is freed at a time and the summary is kept, so that
the model is asked for one only once in many turns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botframework import Message

__all__ = ["Fitted", "Summary", "fit", "named", "window"]


class Counting(Protocol):
    """What is needed of a model."""

    async def ainvoke(self, prompt: Any, **options: Any) -> str:
        """The whole answer."""
        ...

    def count_tokens(self, prompt: Any) -> int:
        """Tokens of the prompt."""
        ...


@dataclass(frozen=True, slots=True)
class Summary:
    """What was said up to a message; ``until`` is that message's mark."""

    until: str
    text: str

    def dumps(self) -> str:
        """As one text that ``loads`` reads."""
        return f"{self.until}\n{self.text}"

    @classmethod
    def loads(cls, text: str) -> Summary:
        """What ``dumps`` wrote."""
        until, _, rest = text.partition("\n")
        return cls(until, rest)


@dataclass(frozen=True, slots=True)
class Fitted:
    """The turns that fit, and the summary of those that do not."""

    turns: list[Message]
    summary: Summary | None = None
    fresh: bool = False
    """True where the summary was just made and should be kept."""


def mark(message: Message) -> str:
    """A short name for one message of a history."""
    said = f"{message.role}\0{message.at.isoformat()}\0{message.text}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def named(history: Sequence[Message], person: str, *, group: bool) -> list[Message]:
    """The history, where several people talk with their names before what they said."""
    names = {message.name for message in history if message.role == "user" and message.name} | {person}
    if not group or len(names) < 2:
        return list(history)
    return [
        Message(message.role, f"{message.name}: {message.text}", message.name, message.at)
        if message.role == "user" and message.name
        else message
        for message in history
    ]


def window(model: Counting, turns: Sequence[Message], budget: int) -> list[Message]:
    """The latest turns within ``budget`` tokens, beginning with somebody's question."""
    kept: list[Message] = []
    used = 0
    for message in reversed(turns):
        used += model.count_tokens([message])
        if used > budget:
            break
        kept.insert(0, message)
    while kept and kept[0].role == "assistant":
        kept.pop(0)
    return kept


async def fit(model: Counting, turns: Sequence[Message], budget: int, kept: Sequence[Summary] = ()) -> Fitted:
    """The turns within ``budget`` tokens, with a summary of the earlier ones where they do not all fit.

    Args:
        kept: summaries made before; the one that ends at one of ``turns`` is continued.
    """
    if not turns:
        return Fitted([])
    marks = [mark(message) for message in turns]
    for summary in kept:
        if summary.until in marks:
            rest = list(turns[marks.index(summary.until) + 1 :])
            if model.count_tokens(rest or [turns[-1]]) + model.count_tokens(summary.text) <= budget:
                return Fitted(rest, summary)
            return await _shortened(model, rest, budget, summary)
    if model.count_tokens(turns) <= budget:
        return Fitted(list(turns))
    return await _shortened(model, turns, budget, None)


async def _shortened(model: Counting, turns: Sequence[Message], budget: int, before: Summary | None) -> Fitted:
    rest = window(model, turns, budget // 2)
    gone = turns[: len(turns) - len(rest)]
    if not gone:
        return Fitted(rest, before)
    lines = [before.text] if before else []
    lines += [f"{message.name or message.role.capitalize()}: {message.text}" for message in gone]
    # The end of what is gone matters most; a model's window bounds how much of it can be read.
    text = "\n".join(lines)
    while model.count_tokens(text) > budget and "\n" in text:
        text = text.split("\n", 1)[1]
    if model.count_tokens(text) > budget:
        text = text[-2 * budget :]
    prompt = f"{'总结：' if _is_chinese(text) else 'Summarise:'}\n{text}"
    answer = (await model.ainvoke(prompt, max_tokens=max(32, budget // 4), temperature=0.0)).strip()
    return Fitted(rest, Summary(mark(gone[-1]), answer), fresh=True) if answer else Fitted(rest, before)


def _is_chinese(text: str) -> bool:
    return sum("\u4e00" <= char <= "\u9fff" for char in text) * 4 > len(text)
