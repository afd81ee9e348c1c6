"""Finds what must come out of a translation unchanged, and hides it meanwhile; knows no language.

Protected are code, addresses, mentions, placeholders of templates and HTML tags; numbers are looked for afterwards.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Masked", "fenced", "mask", "missing_numbers", "numbers", "split_around", "unmask"]

_FENCE = re.compile(r"(^|(?<=\n))[ \t]*(```+|~~~+)[^\n]*\n.*?(?:\n[ \t]*\2[ \t]*(?=\n|$)|\Z)", re.DOTALL)
_PROTECTED = re.compile(
    r"(`+)[^`].*?\1"  # inline code
    r"|\$\$?[A-Za-z_\\][^$\n]*\$"  # formulas
    r"|(?<![a-zA-Z0-9])[a-zA-Z][a-zA-Z0-9+.-]*://[^\s<>\"'“”，。！？、；：（）》】]+"
    r"|(?<![a-zA-Z0-9])www\.[^\s<>\"'“”，。！？、；：（）》】]+"
    r"|(?:mailto:)?[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    r"|</?[A-Za-z!@#][^<>\n]*>"  # HTML tags; Slack's <@U1>, <#C1>, <!here>
    r"|\{\{[^{}\n]*\}\}|\$\{[^{}\n]*\}|%\{[^{}\n]*\}|\{[\w.:!\[\]]*\}"
    r"|%\(\w+\)[-+ #0]*\d*(?:\.\d+)?[sdifgx]|%(?:\d+\$)?[sdifgx@](?![A-Za-z])"
    r"|&(?:[a-zA-Z]{2,8}|#\d{1,6});"
    r"|(?<![A-Za-z0-9_@])@[A-Za-z0-9_.]*[A-Za-z0-9_]"  # mentions
    r"|(?<![\w/])(?:~|\.{1,2})?/(?:[\w.-]+/)+[\w.-]*"  # paths
    r"|(?<!\S):[a-z0-9_+-]+:(?!\S)"  # :smile:
)
_TRAILING = ".,;:!?)]}'\""
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with ``tokens[i]`` standing where ``spans[i]`` stood."""

    text: str
    spans: tuple[str, ...]
    tokens: tuple[str, ...]


def fenced(text: str) -> list[tuple[str, bool]]:
    """``text`` in pieces that join to it again, each with whether it is a fenced code block."""
    pieces: list[tuple[str, bool]] = []
    end = 0
    for match in _FENCE.finditer(text):
        if match.start() > end:
            pieces.append((text[end : match.start()], False))
        pieces.append((match[0], True))
        end = match.end()
    if end < len(text):
        pieces.append((text[end:], False))
    return pieces


def split_around(text: str, *, also_numbers: bool = False) -> list[tuple[str, bool]]:
    """``text`` in pieces that join to it again, each with whether it is protected."""
    pieces: list[tuple[str, bool]] = []
    end = 0
    for start, stop in _protected(text, also_numbers):
        if start > end:
            pieces.append((text[end:start], False))
        pieces.append((text[start:stop], True))
        end = stop
    if end < len(text):
        pieces.append((text[end:], False))
    return pieces


def mask(text: str, *, also_numbers: bool = False) -> Masked:
    """``text`` with a number in the place of every protected span: models copy numbers more faithfully than signs.

    The numbers are four digits long and do not occur in ``text``.
    """
    taken = set(_NUMBER.findall(text))
    free = (str(number) for number in range(2041, 9999, 11) if str(number) not in taken)
    spans: list[str] = []
    tokens: list[str] = []
    masked: list[str] = []
    for piece, protected in split_around(text, also_numbers=also_numbers):
        if protected:
            token = next(free)
            spans.append(piece)
            tokens.append(token)
            masked.append(token)
        else:
            masked.append(piece)
    return Masked("".join(masked), tuple(spans), tuple(tokens))


def unmask(masked: Masked, translated: str) -> str | None:
    """``translated`` with every span back in its place; None when the model lost or doubled one."""
    for token in masked.tokens:
        if len(re.findall(rf"(?<!\d){token}(?!\d)", translated)) != 1:
            return None
    by_token = dict(zip(masked.tokens, masked.spans, strict=True))
    if not by_token:
        return translated
    return re.sub(r"\d{4,}", lambda match: by_token.get(match[0], match[0]), translated)


def numbers(text: str) -> Counter[str]:
    """The numbers written in digits, and how often each occurs."""
    return Counter(_NUMBER.findall(text))


def missing_numbers(source: str, translated: str) -> Sequence[str]:
    """The numbers of ``source`` that ``translated`` has not, or not as often."""
    return sorted((numbers(source) - numbers(translated)).elements())


def _protected(text: str, also_numbers: bool) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for match in _PROTECTED.finditer(text):
        start, stop = match.span()
        if "://" in match[0] or match[0].startswith("www."):
            while stop > start and text[stop - 1] in _TRAILING and not _opened(text[start:stop]):
                stop -= 1
        found.append((start, stop))
    if also_numbers:
        taken = [False] * len(text)
        for start, stop in found:
            taken[start:stop] = [True] * (stop - start)
        found += [match.span() for match in _NUMBER.finditer(text) if not any(taken[slice(*match.span())])]
        found.sort()
    return found


def _opened(address: str) -> bool:
    """Whether a closing bracket at the end of an address belongs to it, as in Wikipedia's."""
    return address.endswith(")") and address.count("(") >= address.count(")")
