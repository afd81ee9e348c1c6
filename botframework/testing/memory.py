"""A memory store in a list, which finds by common words; for tests that need no vectors."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from botframework.memory import Memory, Scope

__all__ = ["ListMemory"]


@dataclass(slots=True)
class _Kept:
    scope: Scope
    key: str | None
    memory: Memory


class ListMemory:
    """A ``MemoryStore`` that keeps its scopes apart as the real one does."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = []
        self._count = itertools.count(1)

    async def remember(self, scope: Scope, text: str, kind: str = "fact", key: str | None = None) -> Memory:
        """Keep ``text``; the same key or fact again replaces it."""
        self._kept = [each for each in self._kept if each.scope != scope or not _replaces(each, text, kind, key)]
        memory = Memory(str(next(self._count)), text, kind)
        self._kept.append(_Kept(scope, key, memory))
        return memory

    async def recall(
        self, scope: Scope, query: str, k: int = 5, kinds: Sequence[str] = ("fact", "turn")
    ) -> list[Memory]:
        """The ``k`` with the most words in common, best first; those with none are left out."""
        wanted = _words(query)
        scored = [
            replace(memory, score=len(wanted & _words(memory.text)) / max(1, len(wanted)))
            for memory in await self.all(scope, kinds)
        ]
        return sorted((memory for memory in scored if memory.score), key=lambda memory: -memory.score)[:k]

    async def all(self, scope: Scope, kinds: Sequence[str] = ("fact",)) -> list[Memory]:
        """Everything in this scope, oldest first."""
        return [each.memory for each in self._kept if _visible(scope, each.scope) and each.memory.kind in kinds]

    async def forget(self, scope: Scope, ids: Sequence[str] | None = None) -> int:
        """Delete those of this scope, or all of it; in a group what this person said alone."""
        gone = [
            each
            for each in self._kept
            if _visible(scope, each.scope)
            and each.scope.person == scope.person
            and (ids is None or each.memory.id in ids)
        ]
        self._kept = [each for each in self._kept if each not in gone]
        return len(gone)

    async def forget_person(self, person: str) -> int:
        """Delete everything of this person."""
        before = len(self._kept)
        self._kept = [each for each in self._kept if each.scope.person != person]
        return before - len(self._kept)

    async def of_person(self, person: str) -> list[Memory]:
        """Everything of this person."""
        return [each.memory for each in self._kept if each.scope.person == person]

    async def aclose(self) -> None:
        """Nothing to close."""


def _replaces(kept: _Kept, text: str, kind: str, key: str | None) -> bool:
    return (key is not None and kept.key == key) or (kind == kept.memory.kind == "fact" and kept.memory.text == text)


def _visible(scope: Scope, kept: Scope) -> bool:
    if scope.private:
        return kept.private and kept.person == scope.person
    return not kept.private and kept.conversation == scope.conversation


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\u4e00-\u9fff]|\w+", text.casefold()))
