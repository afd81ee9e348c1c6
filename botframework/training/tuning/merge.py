"""Merges LoRA weights into a whole model, and packs them for other programs; knows folders and peft."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from botframework.errors import ConfigError
from botframework.training.tuning.base import Base, copy_beside, load_base
from botframework.training.tuning.lora import merged
from botframework.training.tuning.weights import CONFIG, INFO, WEIGHTS, LoraWeights

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


def export_weights(weights: LoraWeights, out: Path, dtype: torch.dtype | None = None, base: Base | None = None) -> Path:
    """Copy the folder of LoRA weights to `out`, or into one archive where `out` ends in .zip.

    Args:
        dtype: what the copy's numbers are stored in; None leaves them as they are.
        base: the model they belong to, to be called by its name in the copy; None leaves the name it was trained by.

    Raises:
        ConfigError: there is something at `out` already.
        WrongBase: they were trained on another model than `base`.
    """
    if base is not None:
        weights.check_base(base.name, base.fingerprint)
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix == ".zip":
        if out.exists():
            raise ConfigError(f"{out} exists already; choose another name, or delete it")
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as temporary:
            folder, archived = Path(temporary) / "weights", Path(temporary) / "archive.zip"
            folder.mkdir()
            _copy(weights, folder, dtype, base)
            with zipfile.ZipFile(archived, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in sorted(folder.iterdir()):
                    archive.write(file, f"{weights.info.name}/{file.name}")
            archived.rename(out)
        return out
    _need_empty(out)
    out.mkdir(exist_ok=True)
    _copy(weights, out, dtype, base)
    return out


def _copy(weights: LoraWeights, folder: Path, dtype: torch.dtype | None, base: Base | None) -> None:
    for file in weights.folder.iterdir():
        if file.is_file():
            shutil.copyfile(file, folder / file.name)
    if dtype is not None:
        tensors = load_file(weights.folder / WEIGHTS)
        save_file(
            {name: tensor.to(dtype).contiguous() for name, tensor in tensors.items()},
            folder / WEIGHTS,
            metadata={"format": "pt"},
        )
        (folder / WEIGHTS).chmod(0o644)  # safetensors writes files for the owner alone
    info = replace(weights.info, run="")  # a folder of the machine that trained them
    if base is not None:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        config["base_model_name_or_path"] = base.name
        (folder / CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        info = replace(info, base_name=base.name, base_fingerprint=base.fingerprint)
    if (folder / INFO).is_file() or base is not None:
        (folder / INFO).write_text(info.to_json(), encoding="utf-8")


def _need_empty(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} is there already and not empty; choose another folder, or delete it")
