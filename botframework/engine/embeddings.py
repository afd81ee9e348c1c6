"""Sentence embeddings from a static embedder folder: the weighted mean of token vectors, of length one.

Knows numpy and tokenizers; needs no torch. Folders are made by `botframework train embedder`.
"""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from botframework.errors import ModelNotFound

__all__ = ["StaticEmbeddings"]


def _embedder_folder(name: str | Path) -> Path:
    """The `embedder` of the model installed under that name, else the folder itself."""
    for entry in metadata.entry_points(group="botframework.models", name=str(name)):
        try:
            return Path(entry.load().embedder)
        except (ImportError, AttributeError) as error:
            raise ModelNotFound(f"the model package {entry.value!r} of {name!r} has no embedder: {error}") from error
    return Path(name).expanduser()


class StaticEmbeddings(Embeddings):
    """Embeds text by looking tokens up and averaging; the same text always gets the same vector.

    Sentences of equal meaning in English, Chinese, French, German and Spanish lie close together.
    """

    def __init__(self, folder: str | Path) -> None:
        """Load `embedder.safetensors`, `config.json` and the tokenizer from `folder`, or from an installed model's.

        Raises:
            ModelNotFound: a file is missing or does not fit the others.
        """
        place = _embedder_folder(folder)
        try:
            config: dict[str, Any] = json.loads((place / "config.json").read_text(encoding="utf-8"))
            tensors = load_file(place / "embedder.safetensors")
            self._tokenizer = Tokenizer.from_file(str(place / config.get("tokenizer", "tokenizer.json")))
        except Exception as error:  # tokenizers and safetensors raise classes of their own
            raise ModelNotFound(
                f"{place} is no embedder folder: {error}. Make one with `botframework train embedder`."
            ) from error
        self._vectors: NDArray[np.float32] = tensors["embedding"].astype(np.float32)  # (V, D)
        self._weights: NDArray[np.float32] = tensors.get("weight", np.ones(len(self._vectors))).astype(
            np.float32
        )  # (V,)
        if self._tokenizer.get_vocab_size() != len(self._vectors) or len(self._weights) != len(self._vectors):
            raise ModelNotFound(f"{place}: tokenizer and vectors have different sizes; train the embedder again.")

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._vectors.shape[1])

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector of length one per text; a text without tokens gets zeros."""
        encodings = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        return [self._mean(encoding.ids) for encoding in encodings]

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text, the same as a document's."""
        return self.embed_documents([text])[0]

    def _mean(self, ids: list[int]) -> list[float]:
        summed = self._weights[ids] @ self._vectors[ids]  # (D,)
        length = float(np.linalg.norm(summed))
        result: list[float] = (summed / length if length else summed).tolist()
        return result
