"""The forward pass of Llama-shaped decoders, with as few operations as there can be; knows no requests and no text.

Most small and middle-sized chat models have this shape (Llama, Qwen 2 and 3, Mistral, and the bundled one). Written
out, a step of a small model takes a fraction of what the same step takes through transformers, whose modules cost
more time in Python than in arithmetic, and the program starts without importing transformers at all. A model of
another shape runs through ``transformers_decoder``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import safe_open
from torch import Tensor

from botframework.engine.kv_cache import RowCache
from botframework.engine.lora import LoraRows, Projection
from botframework.errors import ModelNotFound

__all__ = ["LlamaShape", "LlamaShapedDecoder"]

_SITES = 4  # of a layer: q, k and v; out; gate and up; down
_ARCHITECTURES = {"LlamaForCausalLM", "MistralForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM"}


@dataclass(frozen=True, slots=True)
class LlamaShape:
    """The sizes of a decoder, from its ``config.json``."""

    vocab_size: int
    hidden_size: int
    num_layers: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    context_window: int
    rms_norm_eps: float
    rope_theta: float
    tied: bool

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LlamaShape | None:
        """Read a configuration; None when the model is of another shape."""
        rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
        plain = (
            _ARCHITECTURES.issuperset(config.get("architectures") or ["?"])
            and config.get("hidden_act") == "silu"
            and rope.get("rope_type", rope.get("type", "default")) == "default"
            and rope.get("partial_rotary_factor", 1.0) == 1.0
            and set(config.get("layer_types") or ["full_attention"]) == {"full_attention"}
            and not (config.get("sliding_window") and config.get("use_sliding_window", True))
            and not config.get("quantization_config")
            and not config.get("mlp_bias")
        )
        if not plain:
            return None
        hidden, heads = config["hidden_size"], config["num_attention_heads"]
        return cls(
            vocab_size=config["vocab_size"],
            hidden_size=hidden,
            num_layers=config["num_hidden_layers"],
            num_heads=heads,
            num_kv_heads=config.get("num_key_value_heads") or heads,
            head_dim=config.get("head_dim") or hidden // heads,
            context_window=config["max_position_embeddings"],
            rms_norm_eps=config["rms_norm_eps"],
            rope_theta=rope.get("rope_theta") or config.get("rope_theta") or 10000.0,
            tied=config.get("tie_word_embeddings", False),
        )


@dataclass(frozen=True, slots=True)
class _Layer:
    attention_norm: Tensor  # (H,)
    qkv: Tensor  # ((Nq + 2 Nkv) D, H)
    qkv_bias: Tensor | None
    qk_norm: Tensor | None  # (Nq + Nkv, D)
    out: Tensor  # (H, Nq D)
    out_bias: Tensor | None
    ffn_norm: Tensor  # (H,)
    gate_up: Tensor  # (2 F, H)
    down: Tensor  # (H, F)


class LlamaShapedDecoder:
    """A decoder whose weights lie in ordinary memory, projections of the same input joined into one.

    Args:
        shape: its sizes.
        weights: by their names in the checkpoint; emptied while they are taken over.
    """

    def __init__(self, shape: LlamaShape, weights: dict[str, Tensor]) -> None:
        self.shape = shape
        self.vocab_size, self.num_layers = shape.vocab_size, shape.num_layers
        self.context_window = shape.context_window
        self._embedding = weights.pop("model.embed_tokens.weight")  # (V, H)
        self._head = self._embedding if shape.tied else weights.pop("lm_head.weight")  # (V, H)
        self._norm = weights.pop("model.norm.weight")
        self._layers = [self._layer(index, weights) for index in range(shape.num_layers)]
        self.device, self.dtype = self._embedding.device, self._embedding.dtype
        self._rotation = self._rotations(min(shape.context_window, 512))
        self._group = shape.num_heads // shape.num_kv_heads
        # A wide float32 product of few rows takes a CPU half as long with the large matrix first.
        self._head_first = self.device.type == "cpu" and self.dtype == torch.float32

    @classmethod
    def load(cls, folder: Path, device: str, dtype: torch.dtype) -> LlamaShapedDecoder | None:
        """Read a model folder; None when the model is of another shape.

        Raises:
            ModelNotFound: the configuration or the weights are missing or broken.
        """
        try:
            shape = LlamaShape.from_config(json.loads((folder / "config.json").read_text(encoding="utf-8")))
            files = sorted(folder.glob("*.safetensors"))
            if shape is None or not files:
                return None
            weights: dict[str, Tensor] = {}
            for file in files:
                with safe_open(file, framework="pt", device="cpu") as stored:
                    for name in stored.keys():  # noqa: SIM118 - not a mapping
                        # Copied: a weight that stays mapped to its file may be read from disk again at every step.
                        weights[name] = stored.get_tensor(name).to(device=device, dtype=dtype, copy=True)
            return cls(shape, weights)
        except KeyError as error:
            raise ModelNotFound(f"the model in {folder} is incomplete: {error} is missing") from error
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelNotFound(f"the model in {folder} cannot be read: {error}") from error
        except Exception as error:
            if type(error).__name__ != "SafetensorError":
                raise
            raise ModelNotFound(f"the weights in {folder} cannot be read: {error}") from error

    def _layer(self, index: int, weights: dict[str, Tensor]) -> _Layer:
        prefix = f"model.layers.{index}."
        attention = prefix + "self_attn."

        def joined(owner: str, names: tuple[str, ...], kind: str) -> Tensor:
            return torch.cat([weights.pop(f"{owner}{name}.{kind}") for name in names])

        biased = f"{attention}q_proj.bias" in weights
        normed = f"{attention}q_norm.weight" in weights
        shape = self.shape
        qk_norm = None
        if normed:
            q_norm = weights.pop(f"{attention}q_norm.weight").expand(shape.num_heads, -1)
            k_norm = weights.pop(f"{attention}k_norm.weight").expand(shape.num_kv_heads, -1)
            qk_norm = torch.cat([q_norm, k_norm])
        return _Layer(
            attention_norm=weights.pop(f"{prefix}input_layernorm.weight"),
            qkv=joined(attention, ("q_proj", "k_proj", "v_proj"), "weight"),
            qkv_bias=joined(attention, ("q_proj", "k_proj", "v_proj"), "bias") if biased else None,
            qk_norm=qk_norm,
            out=weights.pop(f"{attention}o_proj.weight"),
            out_bias=weights.pop(f"{attention}o_proj.bias", None),
            ffn_norm=weights.pop(f"{prefix}post_attention_layernorm.weight"),
            gate_up=joined(f"{prefix}mlp.", ("gate_proj", "up_proj"), "weight"),
            down=weights.pop(f"{prefix}mlp.down_proj.weight"),
        )

    def _rotations(self, length: int) -> Tensor:
        """Cosines and signed sines of the positions below ``length``, (length, 2, D) (Su et al. 2021)."""
        dim = self.shape.head_dim
        inverse = 1.0 / (self.shape.rope_theta ** (torch.arange(0, dim, 2, dtype=torch.float32) / dim))  # (D/2,)
        angles = torch.arange(length, dtype=torch.float32)[:, None] * inverse  # (length, D/2)
        cos, sin = angles.cos(), angles.sin()
        # The sine's first half is negative, so that rotating halves is one roll and one multiplication.
        table = torch.stack([torch.cat([cos, cos], -1), torch.cat([-sin, sin], -1)], 1)
        return table.to(device=self.device, dtype=self.dtype)

    @cached_property
    def projections(self) -> Mapping[str, Projection]:
        """The linear layers that LoRA weights may change, by their paths in the checkpoint."""
        shape = self.shape
        q, kv = shape.num_heads * shape.head_dim, shape.num_kv_heads * shape.head_dim
        found: dict[str, Projection] = {}
        for index, layer in enumerate(self._layers):
            inner = layer.down.shape[1]
            sites = (
                (layer.qkv, layer.qkv_bias, {"self_attn.q_proj": q, "self_attn.k_proj": kv, "self_attn.v_proj": kv}),
                (layer.out, layer.out_bias, {"self_attn.o_proj": shape.hidden_size}),
                (layer.gate_up, None, {"mlp.gate_proj": inner, "mlp.up_proj": inner}),
                (layer.down, None, {"mlp.down_proj": shape.hidden_size}),
            )
            for site, (weight, bias, parts) in enumerate(sites):
                offset = 0
                for name, outputs in parts.items():
                    rows = slice(offset, offset + outputs)
                    found[f"model.layers.{index}.{name}"] = Projection(
                        site=index * _SITES + site,
                        offset=offset,
                        width=weight.shape[0],
                        weight=weight[rows],
                        bias=None if bias is None else bias[rows],
                    )
                    offset += outputs
        return found

    def forward(
        self, ids: Tensor, positions: Tensor, visible: Tensor | None, cache: RowCache, lora: LoraRows | None = None
    ) -> Tensor:
        """Logits after the last token of every row.

        Args:
            ids: (B, T) tokens.
            positions: (B, T) where they stand.
            visible: (B, 1, T, L) which stored tokens each may see; None when T is 1 and all are seen, or when
                these are the first T tokens and each sees those before it.
            cache: where keys and values are; told beforehand what this pass writes.
            lora: the LoRA weights of the rows; None when none has any.

        Returns:
            (B, V) in the weights' type.
        """
        shape = self.shape
        heads, kv_heads, dim, eps = shape.num_heads, shape.num_kv_heads, shape.head_dim, shape.rms_norm_eps
        batch, length = ids.shape
        if cache.end > self._rotation.shape[0]:
            self._rotation = self._rotations(min(self.context_window, cache.end * 2))
        rotation = self._rotation[positions]  # (B, T, 2, D)
        cos, sin = rotation[:, :, :1], rotation[:, :, 1:]  # (B, T, 1, D)
        x = F.embedding(ids, self._embedding)  # (B, T, H)
        width = (x.shape[-1],)
        for index, layer in enumerate(self._layers):
            h = F.rms_norm(x, width, layer.attention_norm, eps)
            product = F.linear(h, layer.qkv, layer.qkv_bias)
            if lora is not None:
                lora.add(index * _SITES, h, product)
            qkv = product.view(batch, length, heads + 2 * kv_heads, dim)
            qk = qkv[:, :, : heads + kv_heads]  # (B, T, Nq + Nkv, D)
            if layer.qk_norm is not None:
                qk = F.rms_norm(qk, (dim,), None, eps) * layer.qk_norm
            qk = (qk * cos + qk.roll(dim // 2, -1) * sin).transpose(1, 2)  # (B, Nq + Nkv, T, D)
            keys, values = cache.update(qk[:, heads:], qkv[:, :, heads + kv_heads :].transpose(1, 2), index)
            if length == 1:  # the queries that share a key become its rows, so that no key is repeated
                q = qk[:, :heads].reshape(batch, kv_heads, self._group, dim)
                seen = F.scaled_dot_product_attention(q, keys, values, visible).view(batch, 1, heads * dim)
            else:
                q = qk[:, :heads]
                causal, shared = visible is None, self._group > 1
                seen = F.scaled_dot_product_attention(q, keys, values, visible, 0.0, causal, enable_gqa=shared)
                seen = seen.transpose(1, 2).reshape(batch, length, heads * dim)
            product = F.linear(seen, layer.out, layer.out_bias)
            if lora is not None:
                lora.add(index * _SITES + 1, seen, product)
            x = x + product
            h = F.rms_norm(x, width, layer.ffn_norm, eps)
            product = F.linear(h, layer.gate_up)
            if lora is not None:
                lora.add(index * _SITES + 2, h, product)
            gate, up = product.chunk(2, -1)
            h = F.silu(gate) * up
            product = F.linear(h, layer.down)
            if lora is not None:
                lora.add(index * _SITES + 3, h, product)
            x = x + product
        last = F.rms_norm(x[:, -1], width, self._norm, eps)  # (B, H)
        if self._head_first and batch > 1:
            return torch.mm(self._head, last.t()).t()
        return F.linear(last, self._head)
