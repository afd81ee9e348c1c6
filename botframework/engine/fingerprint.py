"""Tells one model's weights from another's without reading them all; knows files, knows no model.

A fingerprint names the base that LoRA weights were trained on. It is the same for float32 weights and their
bfloat16 export, and does not depend on how the weights are cut into files.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from botframework.errors import ModelNotFound

__all__ = ["fingerprint"]

SAMPLES = 256
"""Numbers read from each tensor, evenly spaced: training changes nearly all of them."""

_SHAPE = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size", "model_type")


def fingerprint(folder: Path) -> str:
    """The fingerprint of a model folder, 16 hexadecimal digits.

    Args:
        folder: holds config.json and .safetensors files.

    Raises:
        ModelNotFound: the files are missing or broken.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        files = sorted(folder.glob("*.safetensors"))
        if not files:
            raise ModelNotFound(f"there are no .safetensors weights in {folder}")
        text = config.get("text_config", config)
        digest = hashlib.sha256(json.dumps([text.get(name) for name in _SHAPE]).encode())
        parts: dict[str, bytes] = {}
        for file in files:
            with safe_open(file, framework="pt", device="cpu") as stored:
                for name in stored.keys():  # noqa: SIM118 - not a mapping
                    if name != "lm_head.weight":  # left out of some files when it is the embedding itself
                        parts[name] = _sample(stored.get_tensor(name))
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelNotFound(f"the model in {folder} cannot be read: {error}") from error
    for name in sorted(parts):
        digest.update(name.encode() + b"\0" + parts[name])
    return digest.hexdigest()[:16]


def _sample(tensor: torch.Tensor) -> bytes:
    flat = tensor.reshape(-1)
    picked = flat[:: max(1, flat.numel() // SAMPLES)].to(torch.bfloat16)
    shape = ",".join(map(str, tensor.shape)).encode()
    return shape + picked.contiguous().view(torch.int16).numpy().tobytes()
