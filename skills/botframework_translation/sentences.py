"""Cuts a text into what is translated one by one and what stands between; knows no model.

The pieces always join to the text again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from botframework_translation.masking import fenced, split_around

__all__ = ["Piece", "clauses", "pieces"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, or (``prose`` False) what is kept as it is: line breaks, list markers, code, spaces."""

    text: str
    prose: bool


_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_MARKER = re.compile(
    r"[ \t\u3000]*(?:>[ \t]?)*[ \t]*"
    r"(?:#{1,6}[ \t]+|[-*+•·–—][ \t]+(?:\[[ xX]\][ \t]+)?|\(?\d{1,3}[.)、][ \t]*(?!\d)|[|][ \t]*)?"
)
_EMPTY = re.compile(r"[\W\d_]*", re.DOTALL)
_END = re.compile(
    r"(?:[。！？；…]+|[.!?]+(?=[\"'”’»)\]]*(?:\s|$)))[\"'”’»」』）)\]]*\s*",
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'])(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|e\.g|i\.e|cf|No|Nr|Fig|approx|z\.B|d\.h|bzw|usw|Hr|Fr|M|Mme|"
    r"Mlle|p\.ex|Sra?|Dra?|Ud|Uds|EE|[A-Z]|\d{1,2})\.\s*$"
)
_CLAUSE = re.compile(r"[,;:，；：、]+\s*|\s+[–—-]\s+")


def pieces(text: str) -> list[Piece]:
    """``text`` as sentences and what stands between them."""
    found: list[Piece] = []
    for block, code in fenced(text):
        if code:
            found.append(Piece(block, False))
            continue
        for line in _LINE.findall(block):
            found += _line(line)
    return found


def clauses(sentence: str) -> list[Piece]:
    """A long sentence cut at its commas, or, without any, in the middle."""
    parts = _cut(sentence, [match.end() for match in _CLAUSE.finditer(sentence)])
    if len(parts) < 2:
        middle = sentence.find(" ", len(sentence) // 2)
        middle = middle + 1 if middle >= 0 else len(sentence) // 2
        parts = [part for part in (sentence[:middle], sentence[middle:]) if part]
    return [piece for part in parts for piece in _trimmed(part)]


def _line(line: str) -> list[Piece]:
    if _EMPTY.fullmatch(line):
        return [Piece(line, False)]
    marker = _MARKER.match(line)
    start = marker.end() if marker else 0
    found = [Piece(line[:start], False)] if start else []
    for part in _cut(line[start:], _ends(line[start:])):
        found += _trimmed(part)
    return found


def _ends(line: str) -> list[int]:
    """Where sentences end in a line; never inside something protected."""
    inside = [False] * (len(line) + 1)
    position = 0
    for piece, protected in split_around(line):
        if protected:
            inside[position : position + len(piece)] = [True] * len(piece)
        position += len(piece)
    ends = []
    for match in _END.finditer(line):
        rest = line[match.end() :]
        if inside[match.start()] or not rest:
            continue
        if match[0][0] == "." and (_ABBREVIATION.search(line[: match.start() + 1]) or rest[:1].islower()):
            continue
        ends.append(match.end())
    return ends


def _cut(text: str, ends: list[int]) -> list[str]:
    starts = [0, *ends]
    return [part for start, end in zip(starts, [*ends, len(text)], strict=True) if (part := text[start:end])]


def _trimmed(part: str) -> list[Piece]:
    if _EMPTY.fullmatch(part):
        return [Piece(part, False)]
    core = part.strip()
    start = part.index(core)
    edges = (Piece(part[:start], False), Piece(core, True), Piece(part[start + len(core) :], False))
    return [piece for piece in edges if piece.text]
