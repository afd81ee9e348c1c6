"""Merges LoRA weights into a whole model, and packs them for other programs; knows folders and peft."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import torch

from botframework.errors import ConfigError
from botframework.training.tuning.base import Base, copy_beside, load_base
from botframework.training.tuning.lora import merged
from botframework.training.tuning.weights import LoraWeights

__all__ = ["export_weights", "merge_weights"]


def merge_weights(weights: LoraWeights, base: Base, out: Path, dtype: torch.dtype = torch.float32) -> Path:
    """Write the base model with the LoRA weights added into its own, as an ordinary model folder.

    Args:
        weights: what to add.
        base: the model they were trained on.
        out: a folder that does not exist or is empty.
        dtype: of the written weights; float32 gives exactly what base and LoRA weights give together.

    Raises:
        WrongBase: the weights belong to another model.
        ConfigError: `out` holds something already.
    """
    weights.check_base(base.name, base.fingerprint)
    _need_empty(out)
    temporary = out.with_name(f".{out.name}.new")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    whole = merged(load_base(base), weights).to(dtype)  # type: ignore[arg-type]  # `to` takes a dtype
    whole.save_pretrained(temporary, max_shard_size="2GB")
    copy_beside(base.folder, temporary)
    if out.is_dir():
        out.rmdir()
    temporary.rename(out)
    return out


def export_weights(weights: LoraWeights, out: Path) -> Path:
    """Copy the folder of LoRA weights to `out`, or into one archive where `out` ends in .zip.

    Raises:
        ConfigError: there is something at `out` already.
    """
    files = sorted(file for file in weights.folder.iterdir() if file.is_file())
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix == ".zip":
        if out.exists():
            raise ConfigError(f"{out} exists already; choose another name, or delete it")
        temporary = out.with_name(f".{out.name}.new")
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, f"{weights.info.name}/{file.name}")
        temporary.rename(out)
        return out
    _need_empty(out)
    out.mkdir(exist_ok=True)
    for file in files:
        shutil.copyfile(file, out / file.name)
    return out


def _need_empty(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} is there already and not empty; choose another folder, or delete it")
