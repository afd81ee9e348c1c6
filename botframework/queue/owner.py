"""The lock file by which one process owns a queue; knows nothing of what is in it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from botframework.errors import QueueError

__all__ = ["OwnerLock"]


class OwnerLock:
    """Held from construction to ``release``; the system frees it when the process dies, however it dies.

    Raises:
        QueueError: another process, named by its id, holds it.
    """

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".lock")
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise QueueError(
                f"{database} is in use by a running bot (process {holder}); stop that one first, "
                "or give this one a data folder of its own"
            ) from None
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode("ascii"))

    def release(self) -> None:
        """Let another process own the queue."""
        os.close(self._file)
