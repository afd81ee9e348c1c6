"""Latency and throughput of answers; knows times, knows no model. One request at a time, then a batch."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from botframework.errors import ModelError
from botframework.evaluation.result import Measure, Part
from botframework.evaluation.subject import Chat, Chatting, Timed
from botframework.evaluation.suite import Suite

__all__ = ["speeds"]

PROMPTS = (
    "Hello, how are you today?",
    "What can you do?",
    "Tell me a short story about a fox.",
    "Translate into French:\nThe weather is nice today.",
    "Write Python code: a function that counts the words in a text",
    "Summarise:\nThe library will close for two weeks in July. The heating will be replaced and the walls painted.",
    "你好，你能做什么？",
    "讲一个关于猫的小故事。",
)


def speeds(suite: Suite, files: Sequence[Path], subject: Chatting, limit: int | None) -> Iterator[Part]:
    """Time to the first token, time per token, tokens per second of single requests; answers per second of a batch.

    Raises:
        ModelError: the subject cannot be timed.
    """
    if not isinstance(subject, Timed):
        raise ModelError(f"suite {suite.name}: {subject.name} cannot be timed; name a model folder or a server")
    prompts = PROMPTS[: limit or len(PROMPTS)]
    chats: list[Chat] = [[{"role": "user", "content": prompt}] for prompt in prompts]
    subject.time(chats[0], 8)  # the first request pays for what is made once
    times = [subject.time(chat, suite.max_new_tokens) for chat in chats]
    first = [timing.first for timing in times]
    after = [(t.total - t.first) / (t.tokens - 1) for t in times if t.tokens > 1]
    rates = [timing.tokens / timing.total for timing in times]
    begin = time.perf_counter()
    subject.answer(chats * 4, suite.max_new_tokens)
    batch = time.perf_counter() - begin
    count = len(times)
    yield Part(
        "answers",
        (
            Measure("first token, median", statistics.median(first), count, "s", "lower", "one request at a time"),
            Measure("first token, slowest", max(first), count, "s", "lower", "one request at a time"),
            Measure("per token, median", 1000 * statistics.median(after or [0.0]), count, "ms", "lower"),
            Measure("tokens per second", statistics.median(rates), count, "", "higher", "one request at a time"),
            Measure("answers per second", count * 4 / batch, count * 4, "", "higher", "side by side in batches"),
        ),
    )
