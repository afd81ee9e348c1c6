"""Runs a decoder over rows of a cache; knows no requests, no sampling and no text."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from botframework.engine.decoder import LlamaShapedDecoder
from botframework.engine.kv_cache import RowCache
from botframework.engine.lora import LoraBatch, LoraRows, LoraSet, Projection
from botframework.engine.lora_tensors import LoraTensors
from botframework.errors import ModelError, ModelNotFound

__all__ = ["Decoder", "ModelRunner", "pick_device", "pick_dtype"]

logger = logging.getLogger(__name__)

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class Decoder(Protocol):
    """What a forward pass needs to have, whoever wrote it."""

    vocab_size: int
    num_layers: int
    context_window: int
    device: torch.device
    dtype: torch.dtype

    @property
    def projections(self) -> Mapping[str, Projection]: ...

    def forward(
        self, ids: Tensor, positions: Tensor, visible: Tensor | None, cache: RowCache, lora: LoraRows | None = None
    ) -> Tensor: ...


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
    """A loaded decoder and the cache of its running rows.

    Args:
        decoder: the forward pass.
        eos_ids: tokens that end an answer.
    """

    def __init__(self, decoder: Decoder, eos_ids: frozenset[int]) -> None:
        self.eos_ids = eos_ids
        self.context_window = decoder.context_window
        self.cache = RowCache(decoder.num_layers, decoder.context_window)
        self.decoder = decoder
        self.device = decoder.device
        self._columns = torch.arange(0, device=self.device)
        self._lora = LoraBatch(self.device)

    @classmethod
    def load(cls, folder: Path, *, device: str = "auto", dtype: str = "auto") -> ModelRunner:
        """Read a model folder into ordinary memory.

        Args:
            folder: with ``config.json`` and safetensors files.
            device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
            dtype: ``auto``, ``float32``, ``bfloat16``, ``float16``.

        Raises:
            ModelNotFound: the files are missing or broken.
            ModelError: its layers are of a kind that is not supported.
        """
        device = pick_device(device)
        kind = _DTYPES[pick_dtype(dtype, device)]
        began = time.monotonic()
        decoder: Decoder | None = LlamaShapedDecoder.load(folder, device, kind)
        if decoder is None:
            from botframework.engine.transformers_decoder import TransformersDecoder

            decoder = TransformersDecoder.load(folder, device, kind)
        runner = cls(decoder, cls._eos_ids(folder))
        runner.warm_up()
        logger.info("loaded %s on %s as %s in %.1f s", folder, device, kind, time.monotonic() - began)
        return runner

    @staticmethod
    def _eos_ids(folder: Path) -> frozenset[int]:
        """The ids that the model's own configuration names as ends."""
        found: set[int] = set()
        for name in ("generation_config.json", "config.json"):
            file = folder / name
            try:
                config: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
            except ValueError as error:
                raise ModelNotFound(f"{file} is not JSON: {error}") from error
            value = config.get("eos_token_id")
            found.update(value if isinstance(value, list) else [value] if value is not None else [])
        return frozenset(found)

    def warm_up(self) -> None:
        """Run one short prompt and one step, so that the first answer does not pay for first-time work."""
        self.cache.fit(1, 16)
        self.prefill(0, [0] * 8, 0)
        self.decode([0], [8])
        self.cache.fit(0, 0)

    def fit(self, tensors: LoraTensors) -> LoraSet:
        """Lay LoRA weights out for this model; may be called while it runs.

        Raises:
            ModelError: they were made for another one.
        """
        return LoraSet.fitted(tensors, self.decoder.projections)

    @torch.inference_mode()
    def prefill(self, row: int, token_ids: list[int], start: int, lora: LoraSet | None = None) -> Tensor:
        """Read a piece of a prompt into a row.

        Args:
            row: where its keys and values go; ``cache.fit`` made room.
            token_ids: T tokens.
            start: position of the first of them.
            lora: the row's LoRA weights.

        Returns:
            (1, V) logits after the last one.
        """
        end = start + len(token_ids)
        ids = torch.tensor([token_ids], device=self.device)  # (1, T)
        positions = torch.arange(start, end, device=self.device)  # (T,)
        visible = None
        if start > 0 and end - start > 1:
            visible = (self._first(end) <= positions[:, None])[None, None]  # (1, 1, T, L)
        self.cache.begin_prefill(row, start, end)
        return self.decoder.forward(ids, positions[None], visible, self.cache, self._lora.rows((lora,)))

    @torch.inference_mode()
    def decode(self, token_ids: list[int], positions: list[int], loras: Sequence[LoraSet | None] = ()) -> Tensor:
        """Give every one of the first B rows its next token.

        Args:
            token_ids: B tokens, one for each row.
            positions: B places where they stand.
            loras: B sets of LoRA weights, one for each row; empty when no row has any.

        Returns:
            (B, V) logits.
        """
        longest = max(positions) + 1
        ids = torch.tensor(token_ids, device=self.device)[:, None]  # (B, 1)
        at = torch.tensor(positions, device=self.device)  # (B,)
        visible = None
        if longest != min(positions) + 1:
            visible = (self._first(longest) <= at[:, None])[:, None, None]  # (B, 1, 1, L)
        self.cache.begin_decode(at, longest)
        return self.decoder.forward(ids, at[:, None], visible, self.cache, self._lora.rows(loras))

    def _first(self, length: int) -> Tensor:
        """Positions 0 … length - 1, (length,)."""
        if self._columns.shape[0] < length:
            self._columns = torch.arange(min(self.context_window, length * 2), device=self.device)
        return self._columns[:length]
