"""No text, however hostile, holds the event loop up while the rules of skills and commands are tried on it."""

from __future__ import annotations

import contextlib
import re
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType

import pytest

import botframework_codegen.request as codegen
import botframework_summarisation.request as summarisation
import botframework_translation.request as translation
from botframework.language import detect
from botframework.skill import Skill
from botframework.testing import BotTester, replies
from botframework_chat import chat
from botframework_codegen import code
from botframework_summarisation import summarise
from botframework_translation import autotranslate, translate, wish

SKILLS = (translate, autotranslate, summarise, code, chat)
LENGTH = 20_000
MOST_SECONDS = 0.2
"""Of the processor's time for one rule on one text."""

# A beginning, what is said again and again, and an end.
SHAPES = (
    ("a", " ", "b"),
    ("", "\n", "x"),
    ("", "请", ""),
    ("", "麻烦你可以", "x"),
    ("", "请你可以", "把"),
    ("以后都", "从今以后", "x"),
    ("把", "这", "x"),
    ("翻译", "翻译成英文，", "x"),
    ("", "用英语怎么说", "x"),
    ("", "的英语", " 怎么"),
    ("", "详细", "x"),
    ("", "please, ", "x"),
    ("translate", " ", "x"),
    ("translate: ", "\t\n ", "x"),
    ("translate", " the following", " x"),
    ("translate x", " to French", " y"),
    ("translate from", " from", "x"),
    ("", "\ntranslate this", " x"),
    ("", "how do you say in French ", "x"),
    ("", "hello in French ", "x"),
    ("", "a ", "in French?"),
    ("用英语说", "早", "？"),
    ("check ", "a ", "python x"),
    ("what is the French for a", "?", "x"),
    ("", "what is the French for ", "x"),
    ("", 'what is "a', "b"),
    ("", "“", "x"),
    ("", "comment dire ", "x"),
    ("", "\n \n summarise", "x"),
    ("summarise ", "short ", "x"),
    ("summarise in ", " ", "bullet x"),
    ("", "写", "x"),
    ("", "how to in python ", "x"),
    ("write a ", "python ", "x"),
    ("python", " ", ""),
    ("", "print(", "x"),
    ("", "${", "x"),
    ("a@", "b@", "x"),
    ("help", " ", "x"),
    ("stop", "!", "x"),
    ("remember", " ", ""),
    ("remember my ", "a ", ""),
    ("remember ", "my ", ""),
    ("", "please, ", "remember"),
    ("", "my a, ", "remember that"),
    ("forget my ", "a", "?"),
    ("how do I make you forget ", "a", "?"),
    ("what do you know about me ", "please ", "x"),
    ("", "请帮我", "记住"),
    ("what time is it ", "now ", "x"),
    ("今天几号", "星期几", "x"),
    ("记住", "我", "吗"),
    ("你", "都还", "x"),
    ("忘掉我", "一切", "x"),
    ("我", "，记住", "x"),
    ("en", "-", "x"),
    ("", "x" * 50 + " ", ""),
)
TEXTS = [f"{front}{again * (LENGTH // len(again))}{end}" for front, again, end in SHAPES]
# A short text takes as long as a long one where the possibilities double with each word, and some rules read no other.
SHORT = [f"{front}{again * ((150 - len(front)) // len(again))}{end}" for front, again, end in SHAPES]
HOSTILE = TEXTS + SHORT


@contextlib.contextmanager
def quick(what: str) -> Iterator[None]:
    """Fail when the block takes too much of the processor's time, also when it would never end."""

    def expired(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(what)

    before = signal.signal(signal.SIGVTALRM, expired)
    signal.setitimer(signal.ITIMER_VIRTUAL, 5 * MOST_SECONDS)
    started = time.process_time()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    assert time.process_time() - started < MOST_SECONDS, what


def _search_all(skill: Skill) -> None:
    for number, rule in enumerate(skill.rules, 1):
        for text in HOSTILE:
            with quick(f"rule {number} of {skill.name} on {text[:30]!r}: {rule.pattern[:80]}"):
                rule.search(text)


@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.name)
def test_the_rules_of_skills_take_no_time(skill: Skill) -> None:
    """Each rule decides at once on every hostile text."""
    _search_all(skill)


async def test_the_rules_of_commands_take_no_time() -> None:
    """What the built-in commands are recognised by decides at once too."""
    async with BotTester(list(SKILLS), model=replies("")) as bot:
        commands = [skill for skill in bot.manager.router.skills if skill not in SKILLS]
    assert any(skill.rules for skill in commands)
    for skill in commands:
        _search_all(skill)


def _wish_of_a_command(text: str) -> None:
    with contextlib.suppress(wish.UnknownLanguage):
        wish.from_command(text)


@pytest.mark.parametrize(
    "read",
    [
        translation.from_message,
        translation.from_command,
        translation.loosely,
        translation.refers_back,
        wish.from_message,
        _wish_of_a_command,
        summarisation.parse,
        codegen.parse,
        detect,
    ],
    ids=lambda read: f"{read.__module__.rpartition('.')[0]}-{read.__name__}",
)
def test_reading_a_request_takes_no_time(read: Callable[[str], object]) -> None:
    """A request is read, and the language told, from a hostile text in time, all patterns together."""
    for text in HOSTILE:
        with quick(f"{read.__name__} on {text[:30]!r}"):
            read(text)


def test_a_slow_pattern_would_be_found() -> None:
    """The measurement itself notices a pattern that takes long."""
    with pytest.raises(TimeoutError), quick("slow"):
        re.search(r"(?:\s*)*\s*x$", " " * LENGTH)
