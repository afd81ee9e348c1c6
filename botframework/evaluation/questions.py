"""Answers to single messages of newcomers, to be read one by one; knows questions and answers, no model.

A file is a YAML list of questions: ``id``, ``lang``, ``text``, ``topic`` (what a good answer is about), ``any`` (words
of which a good answer most likely holds one), ``earlier`` (turns before), ``memory`` (facts that are remembered). That
one of the words stands in the answer is a hint, no verdict: an answer may be good without and bad with one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from botframework.errors import DataError
from botframework.evaluation.decoding import drawing
from botframework.evaluation.diversity import diversity, repetition
from botframework.evaluation.result import Answer, Part, rate
from botframework.evaluation.subject import Chat, Chatting
from botframework.evaluation.suite import Suite, evenly

__all__ = ["MEMORY", "Question", "hinted", "questions", "read_questions", "shown", "transcript"]

MEMORY = "You are a helpful assistant. What you remember about this person:\n"
"""What stands in front of the facts in the prompts of the chat skill."""


class _Turn(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["user", "assistant"]
    content: str = Field(min_length=1)


class Question(BaseModel):
    """One message with what is known before it and hoped for after it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    lang: str
    text: str = Field(min_length=1)
    topic: str
    any: tuple[str, ...] = Field(min_length=1)
    earlier: tuple[_Turn, ...] = ()
    memory: tuple[str, ...] = ()

    def chat(self) -> Chat:
        """The messages that a model is asked with."""
        facts = "\n".join(f"- {fact}" for fact in self.memory)
        system = [{"role": "system", "content": MEMORY + facts}] if facts else []
        turns = [{"role": turn.role, "content": turn.content} for turn in self.earlier]
        return [*system, *turns, {"role": "user", "content": self.text}]


def read_questions(file: Path) -> list[Question]:
    """The questions of a file.

    Raises:
        DataError: it is no list of questions, or an id stands twice.
    """
    try:
        found = TypeAdapter(list[Question]).validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{file}: cannot be read as YAML: {error}") from error
    except ValidationError as error:
        lines = [f"{file}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise DataError("\n".join(lines)) from error
    if not found:
        raise DataError(f"{file}: there is no question in it")
    names = [question.id for question in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"{file}: these ids stand twice: {', '.join(twice)}")
    return found


def hinted(question: Question, answer: str) -> bool:
    """Whether one of the words stands in the answer, in any case of letters."""
    plain = answer.lower().replace("’", "'")
    return any(word.lower().replace("’", "'") in plain for word in question.any)


def questions(suite: Suite, files: Sequence[Path], subject: Chatting, limit: int | None) -> Iterator[Part]:
    """One part for each file, and the share of hints by language and topic."""
    for file in files:
        asked = evenly(read_questions(file), limit)
        answers = subject.answer([question.chat() for question in asked], suite.max_new_tokens, drawing(suite))
        hits = [float(hinted(question, answer)) for question, answer in zip(asked, answers, strict=True)]
        measures = [rate("on topic (hint)", hits, "one of the expected words stands in the answer")]
        for language in sorted({question.lang for question in asked}):
            chosen = [hit for hit, question in zip(hits, asked, strict=True) if question.lang == language]
            measures.append(rate(f"on topic (hint) {language}", chosen))
        items = tuple(
            Answer(shown(q), a, " | ".join(q.any), {"on topic (hint)": hit, "repetition": 100 * repetition(a)}, q.id)
            for q, a, hit in zip(asked, answers, hits, strict=True)
        )
        yield Part(file.stem, (*measures, *diversity(answers)), items)


def shown(question: Question) -> str:
    """A question for a reader, with what stands before it."""
    facts = [f"(remembered: {fact})" for fact in question.memory]
    turns = [f"{turn.role}: {turn.content}" for turn in question.earlier]
    return "\n".join([*facts, *turns, question.text])


def transcript(parts: Sequence[Part], model: str, command: str) -> str:
    """The answers as Markdown to be read one by one.

    Args:
        command: what prints it again.
    """
    lines = [f"# {model} answers newcomers", "", f"Printed by `{command}`."]
    for part in parts:
        share = part.measures[0]
        lines += [
            "",
            f"{share.count} messages; in {share.value:.0f} % of the answers one of the expected words stands.",
        ]
        for number, answer in enumerate(part.answers, 1):
            asked = "  \n> ".join(answer.request.splitlines())
            said = "\n".join(f"    {line}" for line in (answer.answer or "(nothing)").splitlines())
            mark = "" if answer.scores["on topic (hint)"] else " · none of the expected words"
            lines += ["", f"**{number}. {answer.note}**{mark}", "", f"> {asked}", "", said]
    return "\n".join(lines) + "\n"
