"""Runs a transformers causal language model over rows of a cache; knows no requests, no sampling and no text."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM
from transformers.utils.logging import disable_progress_bar

from botframework.engine.kv_cache import RowCache
from botframework.errors import ModelError, ModelNotFound

__all__ = ["ModelRunner", "pick_device", "pick_dtype"]

logger = logging.getLogger(__name__)

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def pick_device(device: str) -> str:
    """Resolve ``auto`` to the fastest device that is there."""
    if device != "auto":
        return device
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def pick_dtype(dtype: str, device: str) -> str:
    """Resolve ``auto``: bfloat16 where the device multiplies it in hardware, float32 elsewhere.

    A CPU without AMX or AVX512-BF16 emulates bfloat16 and is slower with it than with float32.

    Raises:
        ModelError: the name is not one that is known.
    """
    if dtype == "auto":
        if device.startswith("cpu"):
            has = torch.cpu.get_capabilities()
            return "bfloat16" if has.get("amx_bf16") or has.get("avx512_bf16") else "float32"
        return "bfloat16"
    if dtype not in _DTYPES:
        raise ModelError(f"dtype {dtype!r} is unknown; use one of auto, {', '.join(_DTYPES)}")
    return dtype


class ModelRunner:
    """A loaded model and the cache of its running rows.

    Args:
        model: a decoder-only transformers model in evaluation mode.
        max_batch: most rows at a time.

    Raises:
        ModelError: its layers are of a kind that is not supported.
    """

    def __init__(self, model: Any, max_batch: int) -> None:
        config = model.config.get_text_config()
        self.context_window = self._own_window(config)
        self.vocab_size: int = config.vocab_size
        self.device = torch.device(model.device)
        self.dtype: torch.dtype = model.dtype
        self.eos_ids = self._eos_ids(model)
        self._model = model
        self._columns = torch.arange(0, device=self.device)
        self.cache = RowCache(config.num_hidden_layers, max_batch, self.context_window)

    @classmethod
    def load(cls, path: str | Path, device: str, dtype: str, max_batch: int) -> ModelRunner:
        """Read a model folder, or a model of the Hugging Face cache, into ordinary memory.

        Args:
            path: folder or Hugging Face id.
            device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
            dtype: ``auto``, ``float32``, ``bfloat16``, ``float16``.
            max_batch: most rows at a time.

        Raises:
            ModelNotFound: there is no such model or its files cannot be read.
        """
        device = pick_device(device)
        began = time.monotonic()
        disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        try:
            model: Any = AutoModelForCausalLM.from_pretrained(
                str(path), dtype=_DTYPES[pick_dtype(dtype, device)], attn_implementation="sdpa"
            )
        except (OSError, ValueError) as error:
            raise ModelNotFound(f"the model {str(path)!r} cannot be loaded: {error}") from error
        model.requires_grad_(False)
        # A weight that stays mapped to its file may be read from disk again at every step.
        for tensor in (*model.parameters(), *model.buffers()):
            tensor.data = tensor.data.clone() if device == "cpu" else tensor.data.to(device)
        model = model.eval()
        runner = cls(model, max_batch)
        logger.info("loaded %s on %s in %.1f s", path, device, time.monotonic() - began)
        return runner

    @staticmethod
    def _own_window(config: Any) -> int:
        limit = int(getattr(config, "max_position_embeddings", 0) or 2048)
        kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
        if kinds - {"full_attention", "sliding_attention"}:
            raise ModelError(
                f"layers of kind {sorted(kinds)} are not supported; use a model with plain attention layers, "
                "or serve this one elsewhere and set provider: openai"
            )
        if "sliding_attention" in kinds and getattr(config, "sliding_window", None):
            limit = min(limit, int(config.sliding_window))  # within one window, sliding equals full attention
        return limit

    @staticmethod
    def _eos_ids(model: Any) -> frozenset[int]:
        generation = getattr(model, "generation_config", None)
        found: set[int] = set()
        for owner in (generation, model.config):
            value: list[int] | int | None = getattr(owner, "eos_token_id", None)
            found.update(value if isinstance(value, list) else [value] if value is not None else [])
        return frozenset(found)

    def warm_up(self) -> None:
        """Run one short prompt and one step, so that the first answer does not pay for first-time work."""
        self.cache.fit(1, 16)
        self.prefill(0, [0] * 8, 0)
        self.decode([0], [8])
        self.cache.fit(0, 0)

    @torch.inference_mode()
    def prefill(self, row: int, token_ids: list[int], start: int) -> Tensor:
        """Read a piece of a prompt into a row.

        Args:
            row: where its keys and values go; ``cache.fit`` made room.
            token_ids: T tokens.
            start: position of the first of them.

        Returns:
            (1, V) logits after the last one.
        """
        end = start + len(token_ids)
        ids = torch.tensor([token_ids], device=self.device)  # (1, T)
        positions = torch.arange(start, end, device=self.device)  # (T,)
        visible = self._first(end)[None, :] <= positions[:, None]  # (T, L)
        self.cache.begin_prefill(row, start, end)
        return self._forward(ids, positions[None], visible[None, None])

    @torch.inference_mode()
    def decode(self, token_ids: list[int], positions: list[int]) -> Tensor:
        """Give every one of the first B rows its next token.

        Args:
            token_ids: B tokens, one for each row.
            positions: B places where they stand.

        Returns:
            (B, V) logits.
        """
        longest = max(positions) + 1
        ids = torch.tensor(token_ids, device=self.device)[:, None]  # (B, 1)
        at = torch.tensor(positions, device=self.device)  # (B,)
        visible = self._first(longest)[None, :] <= at[:, None]  # (B, L)
        self.cache.begin_decode(at, longest)
        return self._forward(ids, at[:, None], visible[:, None, None])

    def _forward(self, ids: Tensor, positions: Tensor, visible: Tensor) -> Tensor:
        logits: Tensor = self._model(
            input_ids=ids,
            position_ids=positions,
            attention_mask=visible,
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits
        return logits[:, -1]

    def _first(self, length: int) -> Tensor:
        """Positions 0 … length - 1, (length,)."""
        if self._columns.shape[0] < length:
            self._columns = torch.arange(min(self.context_window, length * 2), device=self.device)
        return self._columns[:length]
