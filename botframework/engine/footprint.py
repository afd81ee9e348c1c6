"""How much memory a model will want; reads the heads of its files, loads nothing and imports no torch."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botframework.errors import ModelNotFound

__all__ = ["Footprint", "parameters_in_name"]

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


@dataclass(frozen=True, slots=True)
class Footprint:
    """A model's size: its parameters, and the bytes of keys and values that one token takes, in numbers."""

    parameters: int
    cached_per_token: int
    context_window: int

    @classmethod
    def of_folder(cls, folder: Path) -> Footprint:
        """Of a model folder.

        Raises:
            ModelNotFound: the files are missing or broken.
        """
        files = sorted(folder.glob("*.safetensors"))
        if not files:
            raise ModelNotFound(f"there are no .safetensors weights in {folder}")
        try:
            whole: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            parameters = sum(_numbers(file) for file in files)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelNotFound(f"the model in {folder} cannot be read: {error}") from error
        config: dict[str, Any] = whole.get("text_config", whole)
        heads = config.get("num_key_value_heads") or config.get("num_attention_heads") or 0
        size = config.get("head_dim") or config.get("hidden_size", 0) // max(1, config.get("num_attention_heads") or 1)
        window = config.get("max_position_embeddings") or 2048
        return cls(parameters, 2 * (config.get("num_hidden_layers") or 0) * heads * size, window)

    def weights(self, dtype: str) -> int:
        """Bytes of the weights in `float32`, `bfloat16` or `float16`."""
        return self.parameters * BYTES[dtype]

    def cache(self, dtype: str, tokens: int) -> int:
        """Bytes of keys and values of so many tokens, all conversations together."""
        return self.cached_per_token * BYTES[dtype] * tokens


def _numbers(file: Path) -> int:
    """How many numbers a .safetensors file holds, by its head."""
    with file.open("rb") as stored:
        length = int.from_bytes(stored.read(8), "little")
        if not 2 <= length <= 100_000_000:
            raise ValueError(f"{file.name} is no .safetensors file")
        head: dict[str, Any] = json.loads(stored.read(length))
    return sum(math.prod(entry["shape"]) for name, entry in head.items() if name != "__metadata__")


def parameters_in_name(name: str) -> int | None:
    """What a model's name says of its size: 600,000,000 for `Qwen/Qwen3-0.6B`; None where it says nothing."""
    found = re.search(r"(?<![\w.])(\d+(?:\.\d+)?)([bm])(?![a-z0-9])", name.lower().replace("_", "-"))
    if found is None:
        return None
    return round(float(found[1]) * (1e9 if found[2] == "b" else 1e6))
