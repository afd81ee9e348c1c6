"""Turns token ids into text as they come, whole characters only; knows no stop strings and no model."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Detokenizer"]

_REPLACEMENT = "\ufffd"
_MAX_UNFINISHED = 64  # tokens; a character has four bytes at most, so what is held longer is not text


class Detokenizer:
    """Decodes one growing sequence.

    A token may end inside a character (a Chinese one has three bytes) and a decoder may drop a leading space, so
    new text is the difference between two decodings of a short window, less an unfinished character at its end.

    Args:
        decode: token ids to text, writing U+FFFD for bytes that form no character; skips special tokens.
    """

    def __init__(self, decode: Callable[[list[int]], str]) -> None:
        self._decode = decode
        self._window: list[int] = []
        self._read = 0  # tokens at the window's start that serve as context only
        self._shown = 0  # characters of the window's text that were returned

    def feed(self, token_id: int) -> str:
        """Add a token and return the characters that it finished."""
        self._window.append(token_id)
        text = self._decode(self._window)
        finished = text.rstrip(_REPLACEMENT)
        if len(self._window) - self._read > _MAX_UNFINISHED:
            finished = text
        new = finished[self._shown :]
        self._shown = max(self._shown, len(finished))
        if len(finished) == len(text) and new:
            self._window = self._window[self._read :]
            self._read = len(self._window)
            self._shown = len(self._decode(self._window))
        return new
