"""Lengths and slices in UTF-16 code units, in which Telegram counts; knows nothing else."""

from __future__ import annotations

__all__ = ["clean", "cut", "units"]


def units(text: str) -> int:
    """The length of ``text`` in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text) if not text.isascii() else len(text)


def cut(text: str, start: int, length: int) -> str:
    """``length`` code units from ``start``; half of a surrogate pair becomes U+FFFD."""
    raw = text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * (start + length)]
    return raw.decode("utf-16-le", "replace")


def clean(text: str) -> str:
    """``text`` as every database takes it: lone surrogates become U+FFFD, NUL is dropped."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "")
