"""Finds and loads the model that is fine-tuned; knows model folders, knows no data."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils.logging import disable_progress_bar

from botframework.engine.fingerprint import fingerprint
from botframework.engine.local_model import resolve_model
from botframework.errors import ModelNotFound
from botframework.training.recipe import RecipeError

__all__ = ["Base", "copy_beside", "load_base", "load_tokenizer"]

_NOT_COPIED = (".safetensors", ".bin", ".index.json", ".pt", ".md")
_MADE_ANEW = frozenset({"config.json", "manifest.json"})


@dataclass(frozen=True, slots=True)
class Base:
    """A model to start from: what it was called, where it lies and what its weights are."""

    name: str
    folder: Path
    fingerprint: str

    @classmethod
    def find(cls, name: str) -> Base:
        """The model of an installed name, a folder or a Hugging Face id.

        Raises:
            ModelNotFound: there is no such model, or its files are broken.
        """
        folder = resolve_model(name)
        return cls(name, folder, fingerprint(folder))


def load_base(base: Base, *, quantisation: str | None = None, device: str = "cpu") -> PreTrainedModel:
    """The model for training, in float32, or quantised.

    Args:
        quantisation: `nf4`, `fp4` or `int8` keep its linear layers in 4 or 8 bits.
        device: where to put it.

    Raises:
        ModelNotFound: transformers cannot load it.
        RecipeError: quantisation is asked for and bitsandbytes is missing.
    """
    disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
    options: dict[str, Any] = {}
    if quantisation is not None:
        options = {"quantization_config": _quantisation(quantisation, device), "device_map": device}
    try:
        try:
            model = _load(base.folder, "sdpa", options)
        except ValueError as error:
            if "scaled_dot_product_attention" not in str(error):
                raise
            model = _load(base.folder, "eager", options)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelNotFound(f"the model in {base.folder} cannot be loaded for training: {error}") from error
    return model if quantisation is not None else model.to(device)  # type: ignore[arg-type]  # `to` takes a name


def _load(folder: Path, attention: str, options: dict[str, Any]) -> PreTrainedModel:
    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation=attention, local_files_only=True, **options
    )
    return model


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a model folder, with a padding token and a chat template.

    Raises:
        ModelNotFound: it cannot be loaded, or has no chat template.
    """
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise ModelNotFound(f"the tokenizer in {folder} cannot be loaded: {error}") from error
    if not tokenizer.chat_template:
        raise ModelNotFound(
            f"the model in {folder} has no chat template, so it is not known how a conversation looks to it; "
            "add a chat_template.jinja"
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def copy_beside(model: Path, folder: Path) -> None:
    """Copy what makes weights a model folder: tokenizer, chat template, how to sample; not weights and their shape."""
    for file in model.iterdir():
        if file.is_file() and not file.name.endswith(_NOT_COPIED) and file.name not in _MADE_ANEW:
            shutil.copyfile(file, folder / file.name)
    for file in folder.iterdir():
        file.chmod(0o644)  # safetensors writes files for the owner alone


def _quantisation(kind: str, device: str) -> Any:
    if importlib.util.find_spec("bitsandbytes") is None:
        raise RecipeError(
            "method: qlora needs bitsandbytes, which is not installed: pip install 'botframework[qlora]' "
            "(or use method: lora, which keeps the base model in float32)"
        )
    from transformers import BitsAndBytesConfig

    if kind == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)  # type: ignore[no-untyped-call]  # transformers leaves it untyped
    return BitsAndBytesConfig(  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        load_in_4bit=True,
        bnb_4bit_quant_type=kind,
        bnb_4bit_compute_dtype=torch.float32 if device == "cpu" else torch.bfloat16,
    )
