"""Makes tiny random models of several families, with the tiny tokenizer and chat template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, Gemma3TextConfig, LlamaConfig, MistralConfig, Qwen3Config

from tests.tiny_model import build_tiny_model

__all__ = ["FAMILIES", "build_family"]

_COMMON: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "initializer_range": 0.1,
    "bos_token_id": None,
    "eos_token_id": 1,
    "pad_token_id": 0,
}
FAMILIES: dict[str, Any] = {
    "qwen3": lambda size: Qwen3Config(**_COMMON, vocab_size=size, head_dim=8, tie_word_embeddings=True),
    "llama": lambda size: LlamaConfig(**_COMMON, vocab_size=size, tie_word_embeddings=False),
    "mistral": lambda size: MistralConfig(**_COMMON, vocab_size=size, tie_word_embeddings=False, sliding_window=None),
    "gemma3": lambda size: Gemma3TextConfig(
        **_COMMON, vocab_size=size, head_dim=8, tie_word_embeddings=True, sliding_window=64
    ),
}


def build_family(folder: Path, family: str, seed: int = 0) -> Path:
    """Write a tiny random model of a family, which AutoModelForCausalLM and AutoTokenizer load."""
    build_tiny_model(folder)
    for file in folder.glob("*.safetensors"):
        file.unlink()
    from transformers import AutoTokenizer

    size = len(AutoTokenizer.from_pretrained(folder))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        make: Any = AutoModelForCausalLM.from_config
        model = make(FAMILIES[family](size))
    model.save_pretrained(folder)
    return folder
