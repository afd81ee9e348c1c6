"""One set of LoRA weights as peft writes it, read and checked; knows files, but no model and no device.

A folder holds ``adapter_config.json`` and ``adapter_model.safetensors``; ``botframework.json`` beside them is this
project's own note on where they come from, and may be missing.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from botframework.errors import ModelNotFound

__all__ = ["MAX_RANK", "LoraTensors", "LowRank"]

MAX_RANK = 64
"""Of one linear layer."""

_KEY = re.compile(
    r"(?:base_model\.model\.)?(?P<path>.+)\.(?P<part>lora_A|lora_B|lora_magnitude_vector)(?:\.default)?(?:\.weight)?"
)
_UNSUPPORTED = (
    "modules_to_save",
    "fan_in_fan_out",
    "lora_bias",
    "layer_replication",
    "target_parameters",
    "trainable_token_indices",
    "alora_invocation_tokens",
    "use_qalora",
    "arrow_config",
)
"""Settings of peft that change more than linear layers by a product of two matrices."""
_CHANGES_BASE = ("pissa", "olora", "corda", "loftq", "lora_ga")
"""Ways to begin a training that also change the base model's own weights."""


@dataclass(frozen=True, slots=True)
class LowRank:
    """The change of one linear layer's weight: ``W + scaling · B A`` (Hu et al. 2021).

    With a magnitude (DoRA, Liu et al. 2024) every row of that sum is then scaled to the length given for it.
    """

    a: Tensor  # (r, in)
    b: Tensor  # (out, r)
    scaling: float
    magnitude: Tensor | None = None  # (out,)

    @property
    def rank(self) -> int:
        return self.a.shape[0]


@dataclass(frozen=True, slots=True, eq=False)
class LoraTensors:
    """A named set of changes to a model's linear layers.

    Args:
        name: how requests ask for it.
        layers: by the layer's path in the model, ``model.layers.0.self_attn.q_proj``.
        note: what ``botframework.json`` says of it.
    """

    name: str
    layers: Mapping[str, LowRank]
    note: Mapping[str, Any]

    @property
    def rank(self) -> int:
        """The largest rank of any layer."""
        return max(layer.rank for layer in self.layers.values())

    @classmethod
    def load(cls, folder: Path, name: str | None = None) -> LoraTensors:
        """Read a folder in peft's format.

        Args:
            folder: where the files are.
            name: how the set is called; the folder's name if left out.

        Raises:
            ModelNotFound: a file is missing or broken, or the set is of a kind that is not supported.
        """
        name = name or folder.name
        config = _json(folder / "adapter_config.json")
        _refuse(config, folder)
        note_file = folder / "botframework.json"
        note = _json(note_file) if note_file.is_file() else {}
        found = _tensors(folder / "adapter_model.safetensors")
        layers = {path: _layer(path, parts, config, folder) for path, parts in found.items()}
        if not layers:
            raise ModelNotFound(f"the LoRA weights in {folder} change no layer")
        return cls(name, layers, note)


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelNotFound(f"the LoRA weights are incomplete: {file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ModelNotFound(f"{file} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ModelNotFound(f"{file} must hold settings, not {type(found).__name__}")
    return found


def _refuse(config: Mapping[str, Any], folder: Path) -> None:
    kind = config.get("peft_type")
    if kind != "LORA":
        raise ModelNotFound(f"{folder} holds {kind or 'no'} weights of peft; only LORA weights can be used")
    used = [name for name in _UNSUPPORTED if config.get(name)]
    if config.get("bias", "none") != "none":
        used.append("bias")
    if used:
        raise ModelNotFound(
            f"the LoRA weights in {folder} were trained with {', '.join(used)}, which cannot be applied per request; "
            "merge them into the model, or train without"
        )
    began = config.get("init_lora_weights")
    if isinstance(began, str) and began.lower().startswith(_CHANGES_BASE):
        raise ModelNotFound(
            f"the LoRA weights in {folder} began with {began!r}, which changes the base model too; "
            "merge them into the model, or train with init_lora_weights: true"
        )


def _tensors(file: Path) -> dict[str, dict[str, Tensor]]:
    """The tensors of each layer, by the layer's path."""
    found: dict[str, dict[str, Tensor]] = {}
    try:
        with safe_open(file, framework="pt", device="cpu") as stored:
            for key in stored.keys():  # noqa: SIM118 - not a mapping
                match = _KEY.fullmatch(key)
                if match is None:
                    raise ModelNotFound(f"{file} holds {key}, which is no LoRA matrix of a linear layer")
                # Copied: a file that is replaced later must not change what is in use.
                found.setdefault(match["path"], {})[match["part"]] = stored.get_tensor(key).clone()
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelNotFound(f"the LoRA weights are incomplete: {file} cannot be read: {error}") from error
    return found


def _layer(path: str, parts: Mapping[str, Tensor], config: Mapping[str, Any], folder: Path) -> LowRank:
    a, b = parts.get("lora_A"), parts.get("lora_B")
    if a is None or b is None:
        raise ModelNotFound(f"the LoRA weights in {folder} are incomplete: {path} lacks one of its two matrices")
    if a.dim() != 2 or b.dim() != 2 or a.shape[0] != b.shape[1]:
        raise ModelNotFound(
            f"the LoRA weights in {folder} are no pair of matrices for {path}: {tuple(a.shape)}, {tuple(b.shape)}"
        )
    rank = a.shape[0]
    if rank > MAX_RANK:
        raise ModelNotFound(f"the LoRA weights in {folder} have rank {rank} in {path}; at most {MAX_RANK} can be used")
    if not all(torch.isfinite(part).all() for part in parts.values()):
        raise ModelNotFound(f"the LoRA weights in {folder} hold numbers that are not finite, in {path}")
    alpha = _of_pattern(config.get("alpha_pattern") or {}, path, config.get("lora_alpha", rank))
    scaling = alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)
    magnitude = parts.get("lora_magnitude_vector")
    return LowRank(a, b, scaling, None if magnitude is None else magnitude.reshape(-1))


def _of_pattern(patterns: Mapping[str, Any], path: str, default: float) -> float:
    """The value that peft takes for a layer: that of the first pattern which matches its path or its end."""
    for pattern, value in patterns.items():
        wanted = pattern if pattern.startswith("^") else rf"(?:.*\.)?(?:{pattern})$"
        if re.match(wanted, path):
            return float(value)
    return float(default)
