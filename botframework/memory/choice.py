"""Which of several memories a person means; knows their texts alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from botframework.memory import Memory

__all__ = ["chosen"]

_LATEST = frozenset({"latest", "last", "that", "this", "这个", "这件事", "刚才的", "那个", "它"})
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_COMMON = frozenset(
    {
        "a",
        "about",
        "am",
        "an",
        "and",
        "are",
        "at",
        "called",
        "i",
        "in",
        "is",
        "m",
        "me",
        "mine",
        "my",
        "of",
        "on",
        "our",
    }
    | {"s", "that", "the", "to", "was", "we", "were"}
    | set("我的是了关于这件事")
)
"""Words that stand in most facts."""


def chosen(memories: Sequence[Memory], which: str) -> Memory | None:
    """The one that a number (from 1), ``latest`` or words mean; None where that is none, or several.

    Args:
        memories: oldest first.
        which: words mean the memory that holds all of them, Chinese ones character by character.
    """
    if which in _LATEST:
        return memories[-1] if memories else None
    if which.isdecimal():
        return memories[int(which) - 1] if 1 <= int(which) <= len(memories) else None
    words = _words(which)
    found = [memory for memory in memories if words and words <= _words(memory.text)]
    return found[0] if len(found) == 1 else None


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold())) - _COMMON
