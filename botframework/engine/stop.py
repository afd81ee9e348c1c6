"""Ends a text before the first stop string, even one that arrives in pieces; knows text only."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["StopMatcher"]


class StopMatcher:
    """Passes text through, holding back whatever may still become a stop string.

    Args:
        stop: texts of at least one character each; the earliest match ends the text.
    """

    def __init__(self, stop: Iterable[str]) -> None:
        self._stop = tuple(stop)
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """Take the next piece and return what can be shown now; sets ``stopped`` on a match."""
        if self.stopped:
            return ""
        if not self._stop:
            return text
        text = self._held + text
        ends = [at for stop in self._stop if (at := text.find(stop)) >= 0]
        if ends:
            self.stopped, self._held = True, ""
            return text[: min(ends)]
        hold = max(self._possible_prefix(text, stop) for stop in self._stop)
        self._held = text[len(text) - hold :]
        return text[: len(text) - hold]

    def flush(self) -> str:
        """Return what is still held back, when the text has ended by itself."""
        held, self._held = self._held, ""
        return held

    @staticmethod
    def _possible_prefix(text: str, stop: str) -> int:
        """Length of the longest end of ``text`` that begins ``stop``."""
        for length in range(min(len(text), len(stop) - 1), 0, -1):
            if text.endswith(stop[:length]):
                return length
        return 0
