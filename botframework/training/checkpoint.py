"""Writes and reads checkpoints whole or not at all; knows files, knows no loop.

A checkpoint folder is an ordinary model folder (AutoModelForCausalLM loads it) plus `training.pt`, which holds the
optimisers' and the mixer's state. It is written beside its place and moved there with one rename.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, GenerationConfig, PreTrainedModel
from transformers.utils.logging import disable_progress_bar

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
SHARD_SIZE = "19MB"

# A bar per checkpoint would litter the log.
disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped


def save_model(model: PreTrainedModel, tokenizer_folder: Path, folder: Path, dtype: torch.dtype) -> None:
    """Write the model, a sensible generation_config.json and the tokenizer's files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    config = model.config
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        eos_token_id=config.eos_token_id,
        pad_token_id=config.pad_token_id,
        # A model this small wanders off when it is allowed to take unlikely words.
        do_sample=False,
        repetition_penalty=1.05,
        max_new_tokens=256,
    )
    state = {name: value.detach().to(dtype).contiguous() for name, value in model.state_dict().items()}
    if config.tie_word_embeddings:
        state.pop("lm_head.weight", None)
    model.save_pretrained(folder, state_dict=state, max_shard_size=SHARD_SIZE)
    # save_pretrained names the type of the live model, which stays float32
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    settings["dtype"] = str(dtype).removeprefix("torch.")
    (folder / "config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    for file in folder.glob("*.safetensors"):
        file.chmod(0o644)  # safetensors writes files for the owner alone
    for name in TOKENIZER_FILES:
        shutil.copyfile(tokenizer_folder / name, folder / name)


def load_model(folder: Path) -> PreTrainedModel:
    """The model of a folder, in float32 for training."""
    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="sdpa", local_files_only=True
    )
    return model


def save_checkpoint(model: PreTrainedModel, tokenizer_folder: Path, folder: Path, state: dict[str, Any]) -> None:
    """Replace the checkpoint at `folder`; a crash leaves the old one or the new one, never a part."""
    temporary = folder.with_name(folder.name + ".new")
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(temporary, ignore_errors=True)
    save_model(model, tokenizer_folder, temporary, torch.float32)
    torch.save(state, temporary / "training.pt")
    for file in temporary.iterdir():
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    temporary.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def latest_checkpoint(folder: Path) -> Path | None:
    """The checkpoint to go on from: `folder`, or the one set aside if a crash came between two renames."""
    old = folder.with_name(folder.name + ".old")
    return next((place for place in (folder, old) if (place / "training.pt").is_file()), None)


def load_state(folder: Path) -> dict[str, Any]:
    """The optimisers' and the mixer's state of a checkpoint."""
    state: dict[str, Any] = torch.load(folder / "training.pt", weights_only=True)
    return state
