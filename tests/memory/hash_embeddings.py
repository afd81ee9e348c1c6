"""Embeddings for tests: deterministic, and close for texts that share words; knows no meaning."""

from __future__ import annotations

import hashlib
import math

from langchain_core.embeddings import Embeddings

from botframework.memory.bm25 import tokenize


class HashEmbeddings(Embeddings):
    """Every word is a pseudo-random direction; a text is the sum of its words, of length 1."""

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        total = [0.0] * self.dimension
        for word in tokenize(text):
            digest = hashlib.blake2b(word.encode(), digest_size=self.dimension).digest()
            total = [value + byte - 127.5 for value, byte in zip(total, digest, strict=True)]
        length = math.hypot(*total)
        return [value / length for value in total] if length else total
