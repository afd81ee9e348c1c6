"""Makes random sets of LoRA weights with peft, and answers with them through transformers' own ``generate``."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

__all__ = ["ALL", "Reference", "write_set"]

ALL = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@contextmanager
def _old_names() -> Iterator[None]:
    """peft asks transformers by a name that is to go."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is_gradient_checkpointing.*", FutureWarning)
        yield


def write_set(base: Path, folder: Path, *, seed: int, rank: int = 8, targets: Any = ALL, **settings: Any) -> Path:
    """Write one set in peft's format, large enough to change nearly every token.

    Args:
        base: the model's folder.
        folder: where to; its name is the set's.
        seed: of the random numbers.
        rank: of every layer.
        targets: names of linear layers.
        settings: further ones of peft's ``LoraConfig``.
    """
    targets = targets if isinstance(targets, str) else list(targets)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets, task_type="CAUSAL_LM", **settings)
    auto: Any = AutoModelForCausalLM
    with _old_names():
        model: Any = get_peft_model(auto.from_pretrained(base, dtype=torch.float32), config)
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        if "lora_" in name and "magnitude" not in name:
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.15
        elif "magnitude" in name:
            parameter.data *= 0.5 + torch.rand(parameter.shape, generator=generator)
    model.save_pretrained(str(folder))
    return folder


class Reference:
    """peft's own way: one model, the sets loaded beside it, one of them active at a time."""

    def __init__(self, base: Path, folders: list[Path]) -> None:
        auto: Any = AutoModelForCausalLM
        model = auto.from_pretrained(base, dtype=torch.float32)
        first, *others = folders
        with _old_names():
            self._model: Any = PeftModel.from_pretrained(model, str(first), adapter_name=first.name)
        for folder in others:
            self._model.load_adapter(str(folder), adapter_name=folder.name)
        self._model.eval()
        self._known: dict[tuple[str | None, tuple[int, ...]], list[int]] = {}

    def tokens(self, name: str | None, ids: list[int], count: int) -> list[int]:
        """The first ``count`` greedy tokens with a set, or with the model alone."""
        key = (name, tuple(ids))
        if len(self._known.get(key, ())) < count:
            self._known[key] = self._generate(name, ids, count)
        return self._known[key][:count]

    def _generate(self, name: str | None, ids: list[int], count: int) -> list[int]:
        prompt = torch.tensor([ids])
        options = {"attention_mask": torch.ones_like(prompt), "max_new_tokens": count, "do_sample": False}
        if name is None:
            with self._model.disable_adapter():
                out = self._model.generate(input_ids=prompt, pad_token_id=0, **options)
        else:
            self._model.set_adapter(name)
            out = self._model.generate(input_ids=prompt, pad_token_id=0, **options)
        tokens: list[int] = out[0, len(ids) :].tolist()
        return tokens
