"""Cuts a long text into parts of so many tokens; knows no model but its way of counting."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

__all__ = ["chunks"]

_LEVELS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[。！？；…]+[”’」』）]*|[.!?]+[\"'”’)]*\s+"),
    re.compile(r"[,;:，、]\s*"),
    re.compile(r"\s+"),
)


def chunks(text: str, size: int, count: Callable[[str], int]) -> list[str]:
    """``text`` in parts of at most ``size`` tokens that join to it, cut where the text itself pauses.

    Args:
        count: the tokens of a text.
    """
    parts: list[str] = []
    for unit in _units(text, size, count, 0):
        if parts and count(parts[-1] + unit) <= size:
            parts[-1] += unit
        else:
            parts.append(unit)
    return parts


def _units(text: str, size: int, count: Callable[[str], int], level: int) -> list[str]:
    if not text or count(text) <= size or len(text) == 1:
        return [text] if text else []
    if level == len(_LEVELS):
        middle = len(text) // 2
        return _units(text[:middle], size, count, level) + _units(text[middle:], size, count, level)
    starts = [0, *(match.end() for match in _LEVELS[level].finditer(text) if match.end() < len(text)), len(text)]
    units = []
    for start, end in itertools.pairwise(starts):
        units += _units(text[start:end], size, count, level + 1)
    return units
