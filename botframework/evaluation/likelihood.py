"""Perplexity and bits per byte of chats; knows records with `messages`, knows no model.

Only the text of assistant turns counts, neither its closing token nor anything else of the template, so that bits per
byte compare between models with different tokenizers and templates. Perplexity is per token and does not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from botframework.errors import ModelError
from botframework.evaluation.records import chat_of, read, title
from botframework.evaluation.result import Answer, Measure, Part
from botframework.evaluation.subject import Chat, Chatting, Likelihoods, Spoken
from botframework.evaluation.suite import Suite

__all__ = ["likelihoods"]

NAME = "bits per byte"


def likelihoods(suite: Suite, files: Sequence[Path], subject: Chatting, limit: int | None) -> Iterator[Part]:
    """One part for each file, and one over all of them.

    Raises:
        ModelError: what is measured does not tell likelihoods, as a server does not.
    """
    if not isinstance(subject, Likelihoods):
        raise ModelError(f"suite {suite.name}: {subject.name} does not tell how likely a text is; name a model folder")
    everything: list[Answer] = []
    for file in files:
        records = read(file, "messages", limit)
        chats = [chat_of(record) for record in records]
        items = [_item(c, turns) for c, turns in zip(chats, subject.spoken(chats), strict=True) if turns]
        everything += items
        if items:
            yield _part(title(file), items)
    if len(files) > 1 and everything:
        yield _part("all", everything)


def _item(chat: Chat, turns: list[Spoken]) -> Answer:
    size = sum(turn.size for turn in turns)
    scores = {NAME: math.fsum(t.bits for t in turns), f"{NAME} weight": size, "tokens": sum(t.tokens for t in turns)}
    said = [message["content"] for message in chat if message["role"] == "assistant"]
    return Answer(chat[0]["content"], "", " ‖ ".join(said), {key: float(value) for key, value in scores.items()})


def _part(name: str, items: list[Answer]) -> Part:
    bits = math.fsum(item.scores[NAME] for item in items)
    size = math.fsum(item.scores[f"{NAME} weight"] for item in items)
    tokens = math.fsum(item.scores["tokens"] for item in items)
    detail = "per token, not comparable between tokenizers"
    measures = (
        Measure(NAME, bits / size, len(items), "bits", "lower", "UTF-8 bytes of assistant turns"),
        Measure("perplexity", 2 ** (bits / tokens), len(items), "", "lower", detail),
    )
    return Part(name, measures, tuple(items))
