"""Says what a record is and what is wrong with it; knows no files and no tokens.

The kinds, and the fields of each: a translation (`src_lang`, `tgt_lang`, `src`, `tgt`), a summary (`document`,
`summary`), a chat (`messages`, or `prompt` and `completion`), a code task (`prompt`, `code`), prose (`text`), a
preference (`prompt`, `chosen`, `rejected`) and a thumb (`prompt`, `completion`, `label` true or false).
`prompt`, `completion`, `chosen` and `rejected` are text or lists of messages.
"""

from __future__ import annotations

import json
from typing import Any

from botframework.training.languages import LANGUAGES, primary
from botframework.training.recipe import Kind

ROLES = ("system", "user", "assistant")
FIELDS: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "translation": (("src_lang", "tgt_lang", "src", "tgt"),),
    "summary": (("document", "summary"),),
    "code": (("prompt", "code"), ("prompt", "completion")),
    "messages": (("messages",), ("prompt", "completion")),
    "text": (("text",),),
    "lead": (("text",), ("document",)),
    "preference": (("prompt", "chosen", "rejected"),),
    "thumbs": (("prompt", "completion", "label"),),
}
# In the order in which `kind_of` asks: the first kind whose telling field is there.
_TELLING: tuple[tuple[str, Kind], ...] = (
    ("messages", "messages"),
    ("chosen", "preference"),
    ("rejected", "preference"),
    ("label", "thumbs"),
    ("src", "translation"),
    ("tgt", "translation"),
    ("summary", "summary"),
    ("code", "code"),
    ("completion", "messages"),
    ("prompt", "messages"),
    ("text", "text"),
    ("document", "lead"),
)
_LANGUAGE = frozenset({"src_lang", "tgt_lang"})
_SPEECH = frozenset({"prompt", "completion", "chosen", "rejected"})
SPOKEN: frozenset[Kind] = frozenset({"messages", "preference", "thumbs"})
"""Kinds that are conversations."""


def kind_of(record: Any) -> Kind | None:
    """The kind that a record's fields tell, or None."""
    if isinstance(record, dict):
        for field, kind in _TELLING:
            if field in record:
                return kind
    return None


def problem_of(record: Any, kind: Kind) -> str | None:
    """What is wrong with a record of this kind, as `field: what`, or None."""
    if not isinstance(record, dict):
        return f"record: expected an object, got {type_of(record)}"
    for field in _fields_of(record, kind):
        if field not in record:
            return f"{field}: missing"
        value = record[field]
        if field == "messages":
            problem = _problem_of_messages(value, field)
            if problem is None and all(message["role"] != "assistant" for message in value):
                problem = "messages: no assistant turn to learn from"
        elif field == "label":
            problem = None if isinstance(value, bool) else f"label: expected true or false, got {_short(value)}"
        elif kind in SPOKEN and field in _SPEECH and isinstance(value, list):
            problem = _problem_of_messages(value, field)
            if problem is None and field != "prompt" and value[-1]["role"] != "assistant":
                problem = f"{field}: expected an assistant's message at the end"
        elif not isinstance(value, str) or not value.strip():
            problem = f"{field}: expected text, got {_short(value)}"
        elif field in _LANGUAGE and primary(value) not in LANGUAGES:
            problem = f"{field}: no known language, got {_short(value)}; expected a code such as en or zh"
        else:
            problem = None
        if problem is not None:
            return problem
    if kind == "preference" and record["chosen"] == record["rejected"]:
        return "rejected: the same as chosen"
    return None


def _fields_of(record: dict[str, Any], kind: Kind) -> tuple[str, ...]:
    """The fields that a record of this kind has, or was probably meant to have."""
    choices = FIELDS[kind]
    whole = (choice for choice in choices if choice[-1] in record)
    begun = (choice for choice in choices if any(field in record for field in choice))
    return next(whole, None) or next(begun, choices[0])


def type_of(value: Any) -> str:
    """What JSON calls the type of a value, in words."""
    if value is None:
        return "null"
    names = {dict: "object", list: "list", str: "text", bool: "true or false", int: "number", float: "number"}
    return names.get(type(value), type(value).__name__)


def texts_of_record(record: dict[str, Any], kind: Kind) -> list[tuple[str, str]]:
    """(field, text) of everything that a good record says, messages one by one."""
    found: list[tuple[str, str]] = []
    for field in _fields_of(record, kind):
        value = record[field]
        if isinstance(value, list):
            found += [(f"{field}[{i}].content", message["content"]) for i, message in enumerate(value)]
        elif field not in _LANGUAGE and field != "label":
            found.append((field, value))
    return found


def speech(value: str | list[dict[str, str]], role: str) -> list[dict[str, str]]:
    """A `prompt`, `completion`, `chosen` or `rejected` as messages: text is one message of `role`."""
    return [{"role": role, "content": value}] if isinstance(value, str) else value


def _problem_of_messages(messages: Any, field: str) -> str | None:
    if not isinstance(messages, list) or not messages:
        return f"{field}: expected a list of messages, got {_short(messages)}"
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            return f"{field}[{index}]: expected an object with role and content, got {type_of(message)}"
        if message.get("role") not in ROLES:
            return f"{field}[{index}].role: expected one of {', '.join(ROLES)}, got {_short(message.get('role'))}"
        content = message.get("content")
        if not isinstance(content, str) or not content.strip():
            return f"{field}[{index}].content: expected text, got {_short(content)}"
    return None


def _short(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        text = type_of(value)
    return text if len(text) <= 40 else text[:39] + "…"
