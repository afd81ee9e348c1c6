"""A static embedder's folder as what is measured: texts in, unit vectors out; knows no suite."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from botframework.errors import ModelNotFound
from botframework.training.embedder import encode_padded, load_embedder

__all__ = ["EmbedderSubject", "embedder_folder"]

_LONGEST = 128
"""Tokens of a text that are read."""


class EmbedderSubject:
    """The embedder that a folder holds.

    Raises:
        ModelNotFound: there is none in it.
    """

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        try:
            self._model = load_embedder(folder)
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # tokenizers and safetensors raise classes of their own
            raise ModelNotFound(f"{folder} holds no embedder: {error}") from error

    @torch.inference_mode()
    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(N, D) vectors of length one."""
        ids = torch.from_numpy(encode_padded(self._tokenizer, list(texts), _LONGEST)).long()
        vectors: NDArray[np.float32] = self._model(ids).numpy()
        return vectors


def embedder_folder(model: str) -> Path:
    """Where the embedder that goes with a model is: the folder itself, one beside or in it, or the installed one's.

    Raises:
        ModelNotFound: there is none.
    """
    for entry in metadata.entry_points(group="botframework.models", name=model):
        return Path(entry.load().embedder)
    folder = Path(model).expanduser()
    for place in (folder, folder / "embedder", folder.resolve().parent / "embedder"):
        if (place / "embedder.safetensors").is_file():
            return place
    raise ModelNotFound(f"no embedder in {folder}, in its folder embedder, or beside it; name one with --embedder")
