"""Cuts Markdown into pieces that Slack takes whole; joined they are the text again."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["LIMIT", "split_markdown"]

LIMIT = 11_000
"""UTF-16 units in one piece. A markdown block takes 12,000 characters; the rest is for what rendering adds."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def split_markdown(text: str, limit: int = LIMIT) -> list[str]:
    """Cut at the last paragraph, line, sentence or word that fits; a code fence that fits in one piece stays whole.

    Args:
        text: Markdown.
        limit: UTF-16 units of the longest piece, at least 2.
    """
    pieces = []
    while text:
        room = _fitting(text, limit)
        if room == len(text):
            pieces.append(text)
            break
        cut = _cut(text, room)
        pieces.append(text[:cut])
        text = text[cut:]
    return pieces or [""]


def _fitting(text: str, limit: int) -> int:
    """How many characters from the start fit into ``limit`` UTF-16 units."""
    if len(text) * 2 <= limit:
        return len(text)
    units = 0
    for index, char in enumerate(text):
        units += 2 if ord(char) > 0xFFFF else 1
        if units > limit:
            return index
    return len(text)


def _cut(text: str, room: int) -> int:
    paragraph = line = start = 0
    fence = ""
    fence_at = 0
    while start < room:
        end = text.find("\n", start) + 1 or len(text) + 1
        match = _FENCE.match(text, start)
        if fence:
            if match and match[1].startswith(fence) and not text[match.end() : end].strip():
                fence = ""
        elif match:
            fence, fence_at = match[1], start
        if not fence and end <= room:
            line = end
            if not text[start:end].strip():
                paragraph = end
        start = end
    if fence and fence_at > 0:
        return max(paragraph, fence_at) if paragraph <= fence_at else fence_at
    if paragraph > room // 2:
        return paragraph
    if line > room // 4:
        return line
    return _cut_within(text, room, inside_fence=bool(fence))


def _cut_within(text: str, room: int, *, inside_fence: bool) -> int:
    window = text[:room]
    newline = window.rfind("\n") + 1
    if newline > room // 4 or (inside_fence and newline):
        return newline
    sentence = max((match.end() for match in re.finditer(r"[.!?]\s+|[。！？；]", window)), default=0)
    if sentence > room // 4:
        return sentence
    space = max((match.end() for match in re.finditer(r"\s+", window)), default=0)
    if space > room // 4:
        return space
    cut = room
    while cut > 1 and room - cut < 32 and _belongs_to_previous(text, cut):
        cut -= 1
    return cut


def _belongs_to_previous(text: str, index: int) -> bool:
    """Whether the character at ``index`` is drawn together with the one before it."""
    char = text[index]
    return (
        unicodedata.combining(char) != 0
        or char in "\u200d\ufe0e\ufe0f\u20e3"
        or text[index - 1] == "\u200d"
        or 0x1F3FB <= ord(char) <= 0x1F3FF
    )
