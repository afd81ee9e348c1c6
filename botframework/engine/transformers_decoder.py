"""The forward pass of any decoder that transformers knows, for models of a shape that ``decoder`` does not cover."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM
from transformers.cache_utils import Cache, DynamicLayer
from transformers.utils.logging import disable_progress_bar

from botframework.engine.kv_cache import RowCache
from botframework.engine.lora import LoraRows, Projection
from botframework.errors import ModelError, ModelNotFound

__all__ = ["TransformersDecoder"]


class _CacheView(Cache):
    """Our rows as transformers' modules expect a cache."""

    def __init__(self, rows: RowCache) -> None:
        super().__init__(layer_class_to_replicate=DynamicLayer)
        self._stored = rows

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *_args: Any, **_kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        return self._stored.update(key_states, value_states, layer_idx)

    def get_seq_length(self, *_args: Any, **_kwargs: Any) -> int:
        return self._stored.start


class TransformersDecoder:
    """A transformers causal language model with plain attention layers.

    Args:
        model: in evaluation mode, with scaled-dot-product attention.

    Raises:
        ModelError: its layers are of a kind that is not supported.
    """

    def __init__(self, model: Any) -> None:
        config = model.config.get_text_config()
        self.vocab_size: int = config.vocab_size
        self.num_layers: int = config.num_hidden_layers
        self.context_window = self._own_window(config)
        self.device = torch.device(model.device)
        self.dtype: torch.dtype = model.dtype
        self._model = model
        self._lora: LoraRows | None = None
        self._hooked = False

    @classmethod
    def load(cls, folder: Path, device: str, dtype: torch.dtype) -> TransformersDecoder:
        """Read a model folder into ordinary memory.

        Raises:
            ModelNotFound: the files are missing or broken.
        """
        disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        try:
            model: Any = AutoModelForCausalLM.from_pretrained(str(folder), dtype=dtype, attn_implementation="sdpa")
        except (OSError, ValueError) as error:
            raise ModelNotFound(f"the model in {folder} cannot be loaded: {error}") from error
        model.requires_grad_(False)
        # A weight that stays mapped to its file may be read from disk again at every step.
        for tensor in (*model.parameters(), *model.buffers()):
            tensor.data = tensor.data.clone() if device == "cpu" else tensor.data.to(device)
        return cls(model.eval())

    @staticmethod
    def _own_window(config: Any) -> int:
        limit = int(getattr(config, "max_position_embeddings", 0) or 2048)
        kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
        if kinds - {"full_attention", "sliding_attention"}:
            raise ModelError(
                f"layers of kind {sorted(kinds)} are not supported; use a model with plain attention layers, "
                "or serve this one elsewhere and set provider: openai"
            )
        if getattr(config, "sliding_window", None) and (
            "sliding_attention" in kinds or not getattr(config, "layer_types", None)
        ):
            limit = min(limit, int(config.sliding_window))  # within one window, sliding equals full attention
        return limit

    @cached_property
    def projections(self) -> Mapping[str, Projection]:
        """The linear layers that LoRA weights may change, by their paths."""
        return {
            path: Projection(site, 0, module.out_features, module.weight, module.bias)
            for site, (path, module) in enumerate(self._linear())
        }

    def forward(
        self, ids: Tensor, positions: Tensor, visible: Tensor | None, cache: RowCache, lora: LoraRows | None = None
    ) -> Tensor:
        """As ``LlamaShapedDecoder.forward``."""
        if visible is None:
            seen = torch.arange(cache.end, device=self.device)
            visible = (seen <= positions[..., None])[:, None]  # (B, 1, T, L)
        if lora is not None and not self._hooked:
            self._hook()
        self._lora = lora
        logits: Tensor = self._model(
            input_ids=ids,
            position_ids=positions,
            attention_mask=visible,
            past_key_values=_CacheView(cache),
            use_cache=True,
            logits_to_keep=1,
        ).logits
        return logits[:, -1]

    def _linear(self) -> list[tuple[str, torch.nn.Linear]]:
        named = self._model.named_modules()
        return [(path, module) for path, module in named if type(module) is torch.nn.Linear]

    def _hook(self) -> None:
        """Have every linear layer's result changed from now on; only once weights are used, for it takes time."""
        for site, (_, module) in enumerate(self._linear()):
            module.register_forward_hook(self._change(site))
        self._hooked = True

    def _change(self, site: int) -> Callable[[torch.nn.Module, tuple[Tensor, ...], Tensor], None]:
        def change(_module: torch.nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            if self._lora is not None:
                self._lora.add(site, inputs[0], output)

        return change
