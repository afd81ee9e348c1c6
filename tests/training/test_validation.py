"""What is wrong with a record."""

from __future__ import annotations

import json
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botframework.training.recipe import Kind, Source
from botframework.training.templates import render
from botframework.training.validation import FIELDS, kind_of, problem_of, texts_of_record

KINDS: tuple[Kind, ...] = get_args(Kind)
USER, ASSISTANT = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}
PAIR = {"src_lang": "en", "tgt_lang": "fr", "src": "cat", "tgt": "chat"}
GOOD: dict[Kind, dict[str, Any]] = {
    "translation": PAIR,
    "summary": {"document": "Long.", "summary": "Short."},
    "messages": {"messages": [USER, ASSISTANT]},
    "code": {"prompt": "add", "code": "x = 1"},
    "text": {"text": "Prose."},
    "lead": {"document": "One. Two."},
    "preference": {"prompt": [USER], "chosen": [ASSISTANT], "rejected": "No."},
    "thumbs": {"prompt": "Hi", "completion": "Hello!", "label": False},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_record_has_no_problem(kind: Kind) -> None:
    """Every kind has a record that passes, and its kind is told by its fields."""
    assert problem_of(GOOD[kind], kind) is None
    assert kind_of(GOOD[kind]) == kind
    assert texts_of_record(GOOD[kind], kind)


@pytest.mark.parametrize(
    ("kind", "record", "problem"),
    [
        ("text", [], "record: expected an object, got list"),
        ("text", None, "record: expected an object, got null"),
        ("text", {}, "text: missing"),
        ("text", {"text": " "}, 'text: expected text, got " "'),
        ("text", {"text": {"a": "b" * 50}}, 'text: expected text, got {"a": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…'),
        ("translation", {**PAIR, "tgt_lang": "xx"}, 'tgt_lang: no known language, got "xx"; expected a code such as'),
        ("translation", {**PAIR, "src": None}, "src: expected text, got null"),
        ("messages", {"messages": "hi"}, 'messages: expected a list of messages, got "hi"'),
        ("messages", {"messages": []}, "messages: expected a list of messages, got []"),
        ("messages", {"messages": ["hi"]}, "messages[0]: expected an object with role and content, got text"),
        (
            "messages",
            {"messages": [{"role": "bot", "content": "hi"}]},
            'messages[0].role: expected one of system, user, assistant, got "bot"',
        ),
        ("messages", {"messages": [USER, {"role": "assistant"}]}, "messages[1].content: expected text, got null"),
        ("messages", {"messages": [USER]}, "messages: no assistant turn to learn from"),
        ("messages", {"prompt": "Hi", "completion": [USER]}, "completion: expected an assistant's message at the end"),
        ("messages", {"prompt": "Hi"}, "completion: missing"),
        ("messages", {"text": "Hi"}, "messages: missing"),
        ("code", {"prompt": [USER], "code": "x"}, "prompt: expected text, got [{"),
        ("code", {"completion": "x = 1"}, "prompt: missing"),
        ("preference", {"prompt": "Hi", "chosen": "a", "rejected": "a"}, "rejected: the same as chosen"),
        ("preference", {"prompt": "Hi", "chosen": "a"}, "rejected: missing"),
        ("thumbs", {"prompt": "Hi", "completion": "a", "label": 1}, "label: expected true or false, got 1"),
    ],
)
def test_a_problem_is_told_by_its_field(kind: Kind, record: Any, problem: str) -> None:
    """The message names the field, what was expected and what was found."""
    assert str(problem_of(record, kind)).startswith(problem)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ROLES = st.sampled_from(["system", "user", "assistant", "", None])
MESSAGE = st.fixed_dictionaries({}, optional={"role": ROLES, "content": SCALARS})
VALUE = st.recursive(
    SCALARS | MESSAGE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
NAMES = sorted({field for choices in FIELDS.values() for choice in choices for field in choice} | {"source", "lang"})


@settings(deadline=None)
@given(VALUE | st.dictionaries(st.sampled_from(NAMES), VALUE | st.lists(MESSAGE, max_size=3)), st.sampled_from(KINDS))
def test_any_value_is_judged_and_what_passes_can_be_rendered(record: Any, kind: Kind) -> None:
    """No JSON value crashes the check, and no record that passes it crashes training."""
    kind_of(record)
    problem = problem_of(record, kind)
    if problem is not None:
        assert ": " in problem
        json.dumps(problem)
        return
    assert all(text.strip() for _, text in texts_of_record(record, kind))
    source = Source(name="s", kind=kind, file="f.jsonl", weight=1, canonical=0.5)
    assert render(record, source, Random(0))
