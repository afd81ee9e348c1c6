"""Renders Markdown as Telegram's text with entities; knows no network.

No parse mode is used: what a model writes is parsed here and only offsets travel, so that no Markdown, however odd or
unfinished, can be refused. Offsets and lengths are UTF-16 code units. Telegram's own rules are kept: code holds and
is held by nothing but a quote, quotes are not nested.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token
from telegram import MessageEntity

from botframework_telegram.utf16 import units

__all__ = ["TEXT_LIMIT", "render"]

TEXT_LIMIT = 4096
"""UTF-16 code units in one message."""

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_INLINE = {"strong": MessageEntity.BOLD, "em": MessageEntity.ITALIC, "s": MessageEntity.STRIKETHROUGH}
_CODE = (MessageEntity.CODE, MessageEntity.PRE)
_STYLES = (MessageEntity.BOLD, MessageEntity.ITALIC, MessageEntity.STRIKETHROUGH)
_LINKS = ("http://", "https://", "tg://", "ton://")


def render(markdown: str, limit: int = TEXT_LIMIT) -> tuple[str, list[MessageEntity]]:
    """The text that is shown and its entities, sorted by offset.

    A table is aligned where that fits into ``limit`` code units; what would still be longer is shown as it is written.
    """
    for aligned in (True, False):
        text, spans = _Renderer(aligned).render(markdown)
        if units(text) <= limit:
            break
    else:
        return markdown.strip(), []
    if not text:
        return markdown.strip(), []
    spans = _allowed(spans)
    spans.sort(key=lambda span: (span.start, -span.end))
    return text, [
        MessageEntity(span.kind, span.start, span.end - span.start, url=span.url, language=span.language)
        for span in spans
    ]


@dataclass(slots=True)
class _Span:
    kind: str
    start: int
    end: int = -1
    url: str | None = None
    language: str | None = None


@dataclass(slots=True)
class _List:
    number: int | None
    """The next item's number; None for bullets."""


@dataclass(slots=True)
class _Renderer:
    aligned: bool
    parts: list[str] = field(default_factory=list)
    at: int = 0
    """UTF-16 code units written so far."""
    gap: int = 0
    """Line breaks that the next text needs before it."""
    spans: list[_Span] = field(default_factory=list)
    waiting: list[_Span] = field(default_factory=list)
    """Opened spans that begin with the next text."""
    open: list[_Span] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)
    bullet: str = ""
    """What stands before the next text: the marks of items just opened."""
    quotes: int = 0

    def render(self, markdown: str) -> tuple[str, list[_Span]]:
        tokens = _MARKDOWN.parse(markdown)
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.type == "table_open":
                end = next(i for i in range(index, len(tokens)) if tokens[i].type == "table_close")
                self._table(tokens[index:end])
                index = end
            else:
                self._block(token)
            index += 1
        text = "".join(self.parts)
        length = units(text.rstrip())
        for span in self.spans:
            span.end = min(span.end, length)
        return text.rstrip(), [span for span in self.spans if span.end > span.start]

    def _block(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self._separate(2)
                self._open(MessageEntity.BOLD)
            case "heading_close":
                self._close()
                self._separate(2)
            case "paragraph_open":
                self._separate(1 if token.hidden else 2)
            case "paragraph_close":
                self._separate(1 if token.hidden else 2)
            case "bullet_list_open" | "ordered_list_open":
                if self.lists:
                    self.gap = min(self.gap, 1)
                self._separate(1 if self.lists else 2)
                start = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None
                self.lists.append(_List(start))
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
                self._separate(1 if self.lists else 2)
            case "list_item_open":
                self._item()
            case "list_item_close":
                if self.bullet:
                    self._write("")
                self.gap = min(max(self.gap, 1), 1)
            case "blockquote_open":
                self._separate(2)
                self.quotes += 1
                if self.quotes == 1:
                    self._open(MessageEntity.BLOCKQUOTE)
            case "blockquote_close":
                self.quotes -= 1
                if self.quotes == 0:
                    self._close()
                self._separate(2)
            case "fence" | "code_block":
                self._pre(token.content, token.info.strip().split(" ")[0] if token.info.strip() else None)
            case "hr":
                self._separate(2)
                self._write("———")
                self._separate(2)
            case "inline":
                self._inline(token.children or [])
            case _:
                pass  # opening and closing tokens that show nothing

    def _item(self) -> None:
        current = self.lists[-1]
        if current.number is None:
            mark = "• "
        else:
            mark = f"{current.number}. "
            current.number += 1
        self.bullet = (self.bullet or "  " * (len(self.lists) - 1)) + mark

    def _inline(self, tokens: Sequence[Token]) -> None:
        hrefs: list[str] = []
        for token in tokens:
            name, _, side = token.type.rpartition("_")
            if name in _INLINE:
                if side == "open":
                    self._open(_INLINE[name])
                else:
                    self._close()
            elif token.type == "text":
                self._write(token.content)
            elif token.type in ("softbreak", "hardbreak"):
                self._write("\n" + "  " * len(self.lists))
            elif token.type == "code_inline":
                self._open(MessageEntity.CODE)
                self._write(token.content)
                self._close()
            elif token.type == "link_open":
                hrefs.append(str(token.attrs.get("href", "")))
                self._open(MessageEntity.TEXT_LINK, url=hrefs[-1])
            elif token.type == "link_close":
                self._link_end(hrefs.pop())
            elif token.type == "image":
                href = str(token.attrs.get("src", ""))
                self._open(MessageEntity.TEXT_LINK, url=href)
                self._write(token.content or href)
                self._link_end(href if token.content else "")

    def _link_end(self, href: str) -> None:
        """Close a link; an address that Telegram takes no link to is written behind its text."""
        span = self._close()
        if (span.url or "").lower().startswith(_LINKS):
            return
        if span in self.spans:
            self.spans.remove(span)
        if href and not href.startswith("mailto:"):
            self._write(f" ({href})")

    def _pre(self, content: str, language: str | None) -> None:
        self._separate(1 if self.lists else 2)
        if self.bullet:
            self._write("")
            self.gap = 1
        self._open(MessageEntity.PRE, language=language)
        self._write(content.rstrip("\n"))
        self._close()
        self._separate(1 if self.lists else 2)

    def _table(self, tokens: Sequence[Token]) -> None:
        rows: list[list[str]] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                shown = (child.content for child in token.children or [] if child.content)
                rows[-1].append("".join(shown))
        if self.aligned:
            columns = max(map(len, rows), default=0)
            widths = [max((_width(row[i]) for row in rows if i < len(row)), default=0) for i in range(columns)]
            lines = [
                " | ".join(
                    cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False)
                ).rstrip()
                for row in rows
            ]
            lines.insert(1, "-+-".join("-" * width for width in widths))
        else:
            lines = ["|".join(row) for row in rows]
        self._pre("\n".join(lines), None)

    def _separate(self, breaks: int) -> None:
        if self.parts and not self.bullet:
            self.gap = max(self.gap, breaks)

    def _write(self, text: str) -> None:
        if self.gap and self.parts:
            self._append("\n" * self.gap)
        fresh = bool(self.gap) or not self.parts
        self.gap = 0
        if self.bullet:
            self._append(self.bullet)
            self.bullet = ""
        elif fresh and self.lists and not any(span.kind == MessageEntity.PRE for span in self.waiting):
            self._append("  " * len(self.lists))
        for span in self.waiting:
            span.start = self.at
        self.waiting.clear()
        self._append(text)

    def _append(self, text: str) -> None:
        if text:
            self.parts.append(text)
            self.at += units(text)

    def _open(self, kind: str, *, url: str | None = None, language: str | None = None) -> None:
        span = _Span(kind, self.at, url=url, language=language)
        self.open.append(span)
        self.waiting.append(span)

    def _close(self) -> _Span:
        span = self.open.pop()
        if span in self.waiting:
            self.waiting.remove(span)
        else:
            span.end = self.at
            self.spans.append(span)
        return span


def _allowed(spans: list[_Span]) -> list[_Span]:
    """The same without what Telegram does not nest: a link's code, a style over code."""
    links = [span for span in spans if span.kind == MessageEntity.TEXT_LINK]
    code = sorted(
        (
            span
            for span in spans
            if span.kind in _CODE and not any(link.start <= span.start and span.end <= link.end for link in links)
        ),
        key=lambda span: span.start,
    )
    allowed: list[_Span] = []
    for span in spans:
        if span.kind in _CODE:
            if any(span is kept for kept in code):
                allowed.append(span)
            continue
        if span.kind not in _STYLES:
            allowed.append(span)
            continue
        start = span.start
        for hole in code:
            if span.start <= hole.start and hole.end <= span.end:
                if hole.start > start:
                    allowed.append(_Span(span.kind, start, hole.start))
                start = hole.end
        if span.end > start:
            allowed.append(_Span(span.kind, start, span.end))
    return allowed


def _width(text: str) -> int:
    """Columns that ``text`` takes in a fixed-width font."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else not unicodedata.combining(char) for char in text)
