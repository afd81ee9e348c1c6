"""A memory that is switched off: recalls nothing and keeps nothing."""

from __future__ import annotations

from collections.abc import Sequence

from botframework.errors import MemoryStoreError
from botframework.memory import Memory, Scope

__all__ = ["NoMemory"]


class NoMemory:
    """The ``MemoryStore`` behind ``memory: {enabled: false}``."""

    async def remember(self, scope: Scope, text: str, kind: str = "fact", key: str | None = None) -> Memory:
        """A turn is let go; a fact that a person wants kept is refused rather than lost unsaid.

        Raises:
            MemoryStoreError: always, for a fact.
        """
        if kind == "fact":
            raise MemoryStoreError("the memory is switched off (memory.enabled is false)")
        return Memory(key or "", text, kind)

    async def recall(
        self, scope: Scope, query: str, k: int = 5, kinds: Sequence[str] = ("fact", "turn")
    ) -> list[Memory]:
        """Nothing."""
        return []

    async def all(self, scope: Scope, kinds: Sequence[str] = ("fact",)) -> list[Memory]:
        """Nothing."""
        return []

    async def forget(self, scope: Scope, ids: Sequence[str] | None = None) -> int:
        """There is nothing to forget."""
        return 0

    async def forget_person(self, person: str) -> int:
        """There is nothing to forget."""
        return 0

    async def of_person(self, person: str) -> list[Memory]:
        """Nothing."""
        return []

    async def aclose(self) -> None:
        """There is nothing to close."""
