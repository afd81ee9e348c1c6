"""A program in a pseudo-terminal, and what can be seen of it."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import sys
import time
from collections.abc import Sequence
from pathlib import Path

__all__ = ["ROOT", "Screen", "environment"]

ROOT = Path(__file__).parents[2]
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\r")


def environment(**values: str) -> dict[str, str]:
    """The environment of a program of this working tree, installed or not."""
    path = os.pathsep.join(map(str, (ROOT, ROOT / "adapters", ROOT / "skills", ROOT / "models")))
    return {**os.environ, "PYTHONPATH": path, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30", **values}


class Screen:
    """A Python program in a terminal of its own."""

    def __init__(self, *arguments: str | Path, **values: str) -> None:
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, [sys.executable, *map(str, arguments)], environment(**values))
        self.raw = ""
        self._seen = 0

    def read_until(self, *words: str, seconds: float = 60) -> str:
        """What was shown after the last call, once these words stand in it in this order; without colours."""
        end = time.monotonic() + seconds
        while True:
            text = _CONTROL.sub("", self.raw[self._seen :])
            if _in_order(text, words):
                self._seen = len(self.raw)
                return text
            if time.monotonic() > end:
                raise AssertionError(f"{words} were not shown, but: {text!r}")
            if select.select([self._fd], [], [], 0.2)[0]:
                self._read(f"{words} were not shown before the end, but: {text!r}")

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._fd, keys.encode())

    def status(self) -> int:
        """The exit status, once the program has ended."""
        with contextlib.suppress(OSError):
            while os.read(self._fd, 65536):
                pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def close(self) -> None:
        """Give the terminal back."""
        os.close(self._fd)

    def _read(self, missing: str) -> None:
        try:
            data = os.read(self._fd, 65536).decode(errors="replace")
        except OSError:
            raise AssertionError(missing) from None
        if "\x1b[6n" in data:
            os.write(self._fd, b"\x1b[1;1R")  # a terminal answers where its cursor is
        self.raw += data


def _in_order(text: str, words: Sequence[str]) -> bool:
    place = 0
    for word in words:
        found = text.find(word, place)
        if found < 0:
            return False
        place = found + len(word)
    return True
