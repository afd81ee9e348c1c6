"""A dictionary that forgets its oldest entries; knows nothing of what it keeps."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

__all__ = ["Recent"]

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The latest entries, so that what is never asked for again takes no more room than this.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._entries: OrderedDict[Key, Value] = OrderedDict()

    def put(self, key: Key, value: Value) -> None:
        """Keep ``value`` as the latest."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def get(self, key: Key, default: Value) -> Value:
        """What was kept under ``key``, else ``default``."""
        return self._entries.get(key, default)

    def take(self, key: Key) -> Value | None:
        """Like ``get``, and keep it no longer."""
        return self._entries.pop(key, None)
