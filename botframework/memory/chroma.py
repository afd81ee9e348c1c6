"""Memories in Chroma, ranked by meaning and by words; knows no chat, no skill and no embedding model by name.

Chroma holds every memory with its vector; a BM25 index per scope is built from it when the scope is first used. Both
rankings are fused half and half. Which memories a scope may see is decided in one place, ``_visible``, and every
query carries that filter.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import sqlite3
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from botframework.errors import MemoryStoreError
from botframework.lockfile import LockFile
from botframework.memory import Memory, Scope
from botframework.memory.bm25 import BM25
from botframework.memory.fusion import fuse
from botframework.memory.scrub import scrub

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection
    from langchain_core.embeddings import Embeddings

__all__ = ["ChromaMemory"]

log = logging.getLogger(__name__)

Result = TypeVar("Result")
_BATCH = 256
_INDEXES = 256
"""Scopes whose word index is kept; the one used longest ago goes first."""
_COLLECTION = "memories-"


class ChromaMemory:
    """A ``MemoryStore`` in a Chroma database that belongs to this process alone.

    Args:
        path: folder of the database; None keeps everything in main memory until ``aclose``.
        embeddings: turns texts into vectors. When it is another one than before, what is stored is embedded anew.
        relatedness: cosine similarity from which on a memory that shares no word with the query is recalled.

    Raises:
        MemoryStoreError: another process uses the folder, or it cannot be written.
    """

    def __init__(self, path: Path | None, embeddings: Embeddings, relatedness: float = 0.2) -> None:
        self._path = path
        self._embeddings = embeddings
        self._relatedness = relatedness
        self._where = f"in {path}" if path else "in main memory"
        self._lock = self._own(path) if path else None
        # One thread: Chroma's calls block, and in one thread they need no lock among themselves.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="memory")
        self._database: tuple[Client, Collection] | None = None
        self._indexes: OrderedDict[str, _Index] = OrderedDict()
        self._closed = False

    def warm(self) -> None:
        """Begin to open the database in the background, so that the first question need not wait for it."""

        def opened() -> None:
            try:
                self._collection.count()
            except Exception as error:
                log.warning("the memory %s cannot be opened: %s", self._where, error)

        self._thread.submit(opened)

    async def remember(self, scope: Scope, text: str, kind: str = "fact", key: str | None = None) -> Memory:
        """Keep ``text``; the same ``key`` (or the same fact) again replaces it instead of standing twice."""
        text = text.strip()
        if not text:
            raise MemoryStoreError("there is nothing to remember: the text is empty")
        memory = Memory(_id(scope, text, kind, key), text, kind, datetime.now(UTC))
        return await self._run("written", lambda: self._remember(scope, memory))

    async def recall(
        self, scope: Scope, query: str, k: int = 5, kinds: Sequence[str] = ("fact", "turn")
    ) -> list[Memory]:
        """The ``k`` most relevant memories of this scope, best first; those that are not related are left out."""
        if k < 1 or not kinds or not query.strip():
            return []
        return await self._run("read", lambda: self._recall(scope, query, k, kinds))

    async def all(self, scope: Scope, kinds: Sequence[str] = ("fact",)) -> list[Memory]:
        """Everything in this scope, oldest first."""

        def read() -> list[Memory]:
            found = [memory for memory in self._index(scope).memories.values() if memory.kind in kinds]
            return sorted(found, key=_age)

        return await self._run("read", read)

    async def forget(self, scope: Scope, ids: Sequence[str] | None = None) -> int:
        """Delete those memories of this scope, or all of them when ``ids`` is None; returns how many.

        In a group a person can only delete what they said themselves.
        """
        if ids is not None and not ids:
            return 0
        return await self._run("written", lambda: self._forget(_own(scope), ids))

    async def forget_person(self, person: str) -> int:
        """Delete everything remembered of or said by this person, in any conversation; returns how many."""
        return await self._run("written", lambda: self._forget({"person": person}, None))

    async def of_person(self, person: str) -> list[Memory]:
        """Everything remembered of or said by this person, in any conversation, oldest first."""
        return await self._run("read", lambda: sorted(self._read({"person": person}), key=_age))

    async def aclose(self) -> None:
        """Write what is pending and close; the folder is free for another process then."""
        if self._closed:
            return
        await self._run("closed", self._close)
        self._closed = True
        self._thread.shutdown()
        if self._lock is not None:
            self._lock.release()

    # What follows runs in the memory's own thread.

    def _remember(self, scope: Scope, memory: Memory) -> Memory:
        self._collection.upsert(
            ids=[memory.id],
            embeddings=self._vectors([memory.text]),
            documents=[memory.text],
            metadatas=[
                {
                    "person": scope.person,
                    "conversation": scope.conversation,
                    "private": scope.private,
                    "kind": memory.kind,
                    "at": memory.at.timestamp(),
                }
            ],
        )
        if (index := self._indexes.get(_key(scope))) is not None:
            index.add(memory)
        return memory

    def _recall(self, scope: Scope, query: str, k: int, kinds: Sequence[str]) -> list[Memory]:
        index = self._index(scope)
        words = {
            memory_id: score
            for memory_id, score in index.bm25.scores(query).items()
            if index.memories[memory_id].kind in kinds
        }
        words = dict(sorted(words.items(), key=lambda item: -item[1])[: _candidates(k)])
        meaning = {
            memory_id: similarity
            for memory_id, similarity in self._similar(scope, query, _candidates(k), kinds).items()
            if memory_id in words or similarity >= self._relatedness
        }
        fused = fuse(meaning, words)
        return [
            replace(index.memories[memory_id], score=fused[memory_id])
            for memory_id in list(fused)[:k]
            if memory_id in index.memories
        ]

    def _similar(self, scope: Scope, query: str, n: int, kinds: Sequence[str]) -> dict[str, float]:
        vector = self._embeddings.embed_query(query)
        if not any(vector):
            return {}
        vectors: Any = [vector]
        found = self._collection.query(
            query_embeddings=vectors, n_results=n, where=_visible(scope, kinds), include=["distances"]
        )
        distances = found["distances"]
        pairs = zip(found["ids"][0], distances[0] if distances else (), strict=True)
        return {memory_id: 1 - distance for memory_id, distance in pairs if math.isfinite(distance)}

    def _forget(self, where: dict[str, Any], ids: Sequence[str] | None) -> int:
        found = self._collection.get(where=where, ids=list(ids) if ids is not None else None, include=[])["ids"]
        for batch in _batches(found):
            self._collection.delete(ids=batch)
        for index in self._indexes.values():
            for memory_id in found:
                index.remove(memory_id)
        if found and self._path is not None:
            try:
                scrub(self._path, found)
            except sqlite3.Error as error:
                log.warning("forgotten texts may still stand in the file of %s: %s", self._path, error)
        return len(found)

    def _index(self, scope: Scope) -> _Index:
        key = _key(scope)
        index = self._indexes.get(key)
        if index is None:
            index = self._indexes[key] = _Index()
            for memory in self._read(_visible(scope)):
                index.add(memory)
            if len(self._indexes) > _INDEXES:
                self._indexes.popitem(last=False)
        self._indexes.move_to_end(key)
        return index

    def _read(self, where: dict[str, Any]) -> list[Memory]:
        found = self._collection.get(where=where, include=["documents", "metadatas"])
        rows = zip(found["ids"], found["documents"] or (), found["metadatas"] or (), strict=True)
        return [_memory(memory_id, text, metadata) for memory_id, text, metadata in rows]

    def _vectors(self, texts: list[str]) -> Any:
        return self._embeddings.embed_documents(texts)

    @property
    def _collection(self) -> Collection:
        if self._closed:
            raise MemoryStoreError("the memory is closed")
        if self._database is None:
            self._database = self._open()
        return self._database[1]

    def _open(self) -> tuple[Client, Collection]:
        try:
            import chromadb
            from chromadb.config import Settings
        except ImportError as error:
            raise MemoryStoreError("the memory needs Chroma: pip install 'botframework[memory]'") from error
        settings = Settings(anonymized_telemetry=False)
        name = _COLLECTION + self._fingerprint()
        configuration: Any = {"hnsw": {"space": "cosine"}}
        if self._path is None:
            # Chroma's in-memory clients of one process share one database.
            client: Any = chromadb.EphemeralClient(settings=settings)
            name = f"{name}-{uuid.uuid4().hex[:12]}"
            return client, client.create_collection(name, configuration=configuration, embedding_function=None)
        client = chromadb.PersistentClient(path=str(self._path), settings=settings)
        collection = client.get_or_create_collection(name, configuration=configuration, embedding_function=None)
        for old in client.list_collections():
            if old.name.startswith(_COLLECTION) and old.name != name:
                self._embed_anew(client.get_collection(old.name, embedding_function=None), collection)
                client.delete_collection(old.name)
        return client, collection

    def _embed_anew(self, old: Collection, new: Collection) -> None:
        ids = old.get(include=[])["ids"]
        log.info("another embedding model is configured: embedding %d memories anew", len(ids))
        for batch in _batches(ids):
            found = old.get(ids=batch, include=["documents", "metadatas"])
            texts = list(found["documents"] or ())
            new.upsert(ids=found["ids"], embeddings=self._vectors(texts), documents=texts, metadatas=found["metadatas"])

    def _fingerprint(self) -> str:
        vector = self._vectors(["The quick brown fox, 敏捷的棕色狐狸."])[0]
        rounded = ",".join(f"{value:.2f}" for value in vector)
        return f"{len(vector)}-{hashlib.sha256(rounded.encode()).hexdigest()[:12]}"

    def _close(self) -> None:
        if self._database is None:
            return
        client, collection = self._database
        if self._path is None:
            client.delete_collection(collection.name)
        client.close()

    async def _run(self, what: str, work: Callable[[], Result]) -> Result:
        if self._closed:
            raise MemoryStoreError("the memory is closed")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except MemoryStoreError:
            raise
        except Exception as error:
            raise MemoryStoreError(f"the memory {self._where} could not be {what}: {error}") from error

    @staticmethod
    def _own(path: Path) -> LockFile:
        file = path / "owner.lock"
        try:
            lock = LockFile.take(file)
        except OSError as error:
            raise MemoryStoreError(f"the memory's folder {path} cannot be written: {error}") from error
        if lock is None:
            raise MemoryStoreError(
                f"the memory in {path} is in use by process {LockFile.holder(file) or '?'}; "
                "stop that bot first, or give this one another folder"
            )
        return lock


@dataclass(slots=True)
class _Index:
    bm25: BM25 = field(default_factory=BM25)
    memories: dict[str, Memory] = field(default_factory=dict)

    def add(self, memory: Memory) -> None:
        self.bm25.add(memory.id, memory.text)
        self.memories[memory.id] = memory

    def remove(self, memory_id: str) -> None:
        self.bm25.remove(memory_id)
        self.memories.pop(memory_id, None)


def _visible(scope: Scope, kinds: Sequence[str] | None = None) -> dict[str, Any]:
    """The filter for what may be read: a person's own in private, the conversation's in a group. The only place."""
    whose = {"person": scope.person} if scope.private else {"conversation": scope.conversation}
    clauses: list[dict[str, Any]] = [{"private": scope.private}, whose]
    if kinds is not None:
        clauses.append({"kind": {"$in": list(kinds)}})
    return {"$and": clauses}


def _own(scope: Scope) -> dict[str, Any]:
    return {"$and": [*_visible(scope)["$and"], {"person": scope.person}]}


def _key(scope: Scope) -> str:
    return f"person {scope.person}" if scope.private else f"group {scope.conversation}"


def _id(scope: Scope, text: str, kind: str, key: str | None) -> str:
    if key is None and kind != "fact":
        return uuid.uuid4().hex
    same = key if key is not None else " ".join(text.casefold().split()).rstrip(".!。！")
    parts = (_key(scope), scope.person, kind, "key" if key is not None else "text", same)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _memory(memory_id: str, text: str, metadata: Mapping[str, Any]) -> Memory:
    return Memory(memory_id, text, str(metadata["kind"]), datetime.fromtimestamp(float(metadata["at"]), UTC))


def _age(memory: Memory) -> tuple[datetime, str]:
    return memory.at, memory.id


def _candidates(k: int) -> int:
    return max(20, 4 * k)


def _batches(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _BATCH):
        yield list(ids[start : start + _BATCH])
