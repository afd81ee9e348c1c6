"""How varied and how repetitive answers are; knows answers, knows no model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from botframework.evaluation.decoding import drawing
from botframework.evaluation.records import Record, chat_of, read, title
from botframework.evaluation.result import Answer, Measure, Part, mean
from botframework.evaluation.rouge import tokens
from botframework.evaluation.subject import Chat, Chatting
from botframework.evaluation.suite import Suite

__all__ = ["distinct", "diversities", "diversity", "repetition"]


def distinct(answers: Sequence[str], n: int) -> float:
    """distinct-n (Li et al. 2016): different n-grams over all n-grams, of all answers together; 0 … 1."""
    grams = [gram for answer in answers for gram in _grams(answer, n)]
    return len(set(grams)) / len(grams) if grams else 0.0


def repetition(answer: str, n: int = 4) -> float:
    """The share of an answer's n-grams that it has had before (seq-rep-n, Welleck et al. 2020); 0 … 1."""
    grams = _grams(answer, n)
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def _grams(text: str, n: int) -> list[tuple[str, ...]]:
    words = tokens(text)
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


def diversity(answers: Sequence[str]) -> tuple[Measure, ...]:
    """distinct-1 and -2, repetition, equal and empty answers, length."""
    count = len(answers)
    same = count - len(set(answers))
    empty = sum(not answer.strip() for answer in answers)
    return (
        Measure("distinct-1", distinct(answers, 1), count, "", "higher", "different over all; Han by character"),
        Measure("distinct-2", distinct(answers, 2), count, "", "higher", "different over all; Han by character"),
        Measure("repetition", 100 * mean([repetition(a) for a in answers]), count, "%", "lower", "4-grams had before"),
        Measure("same answer", 100 * same / max(1, count), count, "%", "lower", "as to an earlier request"),
        Measure("empty", 100 * empty / max(1, count), count, "%", "lower"),
        Measure("length", mean([float(len(tokens(answer))) for answer in answers]), count, "words", "neither"),
    )


def diversities(suite: Suite, files: Sequence[Path], subject: Chatting, limit: int | None) -> Iterator[Part]:
    """One part for each file of chats: what is answered to each first message."""
    for file in files:
        chats = [_opening(chat_of(record)) for record in read(file, "messages", limit, _wrong)]
        answers = subject.answer(chats, suite.max_new_tokens, drawing(suite))
        items = tuple(
            Answer(chat[-1]["content"], answer, "", {"repetition": 100 * repetition(answer)})
            for chat, answer in zip(chats, answers, strict=True)
        )
        yield Part(title(file), diversity(answers), items)


def _wrong(record: Record) -> str | None:
    if any(turn["role"] == "user" for turn in chat_of(record)):
        return None
    return "messages: nobody asks anything; expected a message of the role user"


def _opening(chat: Chat) -> Chat:
    """A chat up to the first message of its person."""
    return chat[: 1 + next(number for number, turn in enumerate(chat) if turn["role"] == "user")]
