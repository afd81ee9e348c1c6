"""Cuts Markdown into messages; knows no network and no entities.

Cut where a reader would: between paragraphs, else lines, else sentences, else words, never inside a surrogate pair
and, where that can be helped, not inside ``**bold**``, a link or inline code. A fence that is cut is closed at the end
of one message and opened again in the next. The time is linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from botframework_telegram.utf16 import units

__all__ = ["Piece", "pieces", "split"]

_FENCE = re.compile(r"(?P<lead>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(?P<mark>`{3,32}|~{3,32})(?P<info>[^`\r\n]*)$")
_SPAN = re.compile(
    r"`[^`\n]{1,512}`"
    r"|!?\[[^\[\]\n]{0,256}\]\([^()\s]{0,512}\)"
    r"|\*\*[^*\n]{1,512}\*\*"
    r"|~~[^~\n]{1,512}~~"
    r"|\*[^*\s][^*\n]{0,512}\*"
    r"|https?://\S{1,512}"
)
_SENTENCE = re.compile(r"[.!?…][\"')\]]*\s+|[。！？；]+")
_SPACE = re.compile(r"\s+|[，、]")
_RESERVE = 64
"""Code units kept free for closing a fence."""
_AHEAD = 160
"""Characters behind a piece that are looked at for the end of markup which begins in it."""
_ZWJ = "\u200d"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text, with what is put around it so that its Markdown stands by itself."""

    body: str
    before: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """What is sent."""
        return self.before + self.body + self.after


def split(text: str, limit: int) -> list[str]:
    """``text`` as messages of at most ``limit`` UTF-16 code units."""
    return [piece.text for piece in pieces(text, limit)]


def pieces(text: str, limit: int) -> Iterator[Piece]:
    """The same with the added fences apart: the bodies joined are exactly ``text``."""
    if limit < 4 * _RESERVE:
        raise ValueError(f"a limit of {limit} leaves no room for text (at least {4 * _RESERVE})")
    start = 0
    fence: _Fence | None = None
    while True:
        before = fence.opening if fence else ""
        if len(text) - start <= limit and units(before) + units(text[start:]) <= limit:
            yield Piece(text[start:], before)
            return
        window = _head(text, start, limit - units(before))
        if fence or "```" in window or "~~~" in window:
            window = _head(text, start, limit - units(before) - _RESERVE)
        lines = _lines(window, fence, start == 0 or text[start - 1] == "\n")
        after = start + len(window)
        end = _cut(window, lines, text[after : after + _AHEAD])
        body = window[:end]
        fence = lines[bisect_right([line.start for line in lines], end) - 1].fence
        closing = ""
        if fence:
            closing = fence.closing if body.endswith("\n") else "\n" + fence.closing
        yield Piece(body, before, closing)
        start += end


@dataclass(frozen=True, slots=True)
class _Fence:
    lead: str
    mark: str
    info: str

    @property
    def opening(self) -> str:
        return f"{self.lead}{self.mark}{self.info}\n"

    @property
    def closing(self) -> str:
        return f"{self.lead}{self.mark}"

    def is_closed_by(self, line: str) -> bool:
        return re.fullmatch(rf"[ \t>]*{re.escape(self.mark[0])}{{{len(self.mark)},}}\s*", line) is not None


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    fence: _Fence | None
    """The fence that is open where this line begins."""
    opens: bool = False
    """The line is a fence's first."""
    blank_before: bool = False


def _head(text: str, start: int, budget: int) -> str:
    """The longest beginning of ``text[start:]`` that has at most ``budget`` code units."""
    head = text[start : start + budget]
    excess = units(head) - budget
    while excess > 0:
        head = head[: -((excess + 1) // 2)]
        excess = units(head) - budget
    return head


def _lines(window: str, fence: _Fence | None, at_line_start: bool) -> list[_Line]:
    lines: list[_Line] = []
    start = 0
    blank = False
    for number, line in enumerate(re.findall(r"[^\n]*\n|[^\n]+", window)):
        whole = line.endswith("\n") and (at_line_start or number > 0)
        opening = _FENCE.match(line.rstrip("\r\n")) if whole and fence is None else None
        lines.append(_Line(start, fence, opening is not None, blank))
        if opening is not None:
            lead = re.sub(r"[^ \t>]", " ", opening["lead"])
            lead = (lead if ">" in lead else lead[:3])[:12]
            fence = _Fence(lead, opening["mark"], opening["info"].strip().split(" ")[0][:16])
        elif whole and fence is not None and fence.is_closed_by(line):
            fence = None
        blank = not line.strip()
        start += len(line)
    if window.endswith("\n"):
        lines.append(_Line(start, fence, False, blank))
    return lines


def _cut(window: str, lines: list[_Line], ahead: str) -> int:
    """Where to end this piece: 0 < cut ≤ len(window); ``ahead`` is what follows the window."""
    size = len(window)
    spans = [match.span() for match in _SPAN.finditer(window + ahead)]
    starts = [span[0] for span in spans]

    def whole(at: int) -> bool:
        index = bisect_right(starts, at - 1) - 1
        return index < 0 or spans[index][1] <= at

    after_opening = {following.start for line, following in pairwise(lines) if line.opens}
    borders = [line for line in lines if line.start > 0 and line.start not in after_opening]
    fenced = [(line.start, line.fence) for line in lines]
    fence_starts = [start for start, _ in fenced]

    def outside(at: int) -> bool:
        return fenced[bisect_right(fence_starts, at) - 1][1] is None

    tiers: tuple[list[int], ...] = (
        [line.start for line in borders if line.fence is None and line.blank_before],
        [line.start for line in borders if line.fence is None and whole(line.start)],
        [line.start for line in borders],
        [match.end() for match in _SENTENCE.finditer(window) if whole(match.end()) and outside(match.end())],
        [match.end() for match in _SPACE.finditer(window) if whole(match.end()) and outside(match.end())],
        [match.end() for match in _SPACE.finditer(window)],
    )
    for least in (size // 2, size // 8):
        for tier in tiers:
            if tier and tier[-1] >= max(least, 1):
                return tier[-1]
    index = bisect_right(starts, size - 1) - 1
    if index >= 0 and spans[index][1] >= size and spans[index][0] >= size // 8:
        return spans[index][0]
    return _whole_character(window + ahead, size)


def _whole_character(window: str, at: int) -> int:
    """The last place at or before ``at`` that does not part a letter from its marks; ``at`` if none is near."""
    for place in range(at, max(at - 32, 0), -1):
        char = window[place]
        if not (unicodedata.combining(char) or char in (_ZWJ, "\ufe0f", "\n") or window[place - 1] == _ZWJ):
            return place
    return at
