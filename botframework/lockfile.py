"""A file that one process holds while it owns a folder; knows nothing of what lies in the folder.

The operating system drops the lock when its holder dies, however it dies, so that a stale one never has to be guessed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

__all__ = ["LockFile"]


class LockFile:
    """Held from ``take`` to ``release``."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    @classmethod
    def take(cls, path: Path) -> LockFile | None:
        """Take the lock at ``path``; None when somebody holds it already.

        Raises:
            OSError: the file cannot be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
        try:
            _lock(file)
        except OSError:
            file.close()
            return None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()).encode())
        file.flush()
        return cls(file)

    @staticmethod
    def holder(path: Path) -> str:
        """The process id that stands in the file at ``path``, for a message; empty where it cannot be read."""
        try:
            return path.read_text().strip()
        except OSError:
            return ""

    def release(self) -> None:
        """Let the next one have it."""
        self._file.close()


def _lock(file: BinaryIO) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
