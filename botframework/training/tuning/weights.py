"""LoRA weights as named folders: what they hold, and which base they belong to; knows files, loads no model.

`lora/NAME/` holds peft's `adapter_config.json` and `adapter_model.safetensors`, and `botframework.json`:

    {"format": 1, "name": "pirate", "base": {"name": "mini", "fingerprint": "9daeda5d19709b4e"},
     "method": "lora", "objective": "sft", "rank": 16, "alpha": 32.0, "created": "2026-05-04T10:00:00+00:00",
     "recipe": "3f1c…", "run": "runs/pirate", "scores": {"held_out": 1.9}}

A folder that another program wrote has no `botframework.json` and is taken as it is, its base unchecked.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from botframework.errors import ModelNotFound
from botframework.training.tuning.recipe import check_name

__all__ = [
    "CONFIG",
    "INFO",
    "WEIGHTS",
    "LoraInfo",
    "LoraWeights",
    "WrongBase",
    "find_weights",
    "list_weights",
    "read_weights",
    "write_weights",
]

CONFIG, WEIGHTS, INFO = "adapter_config.json", "adapter_model.safetensors", "botframework.json"


class WrongBase(ModelNotFound):
    """LoRA weights were trained on another model than the one they are to be used with."""


@dataclass(frozen=True, slots=True)
class LoraInfo:
    """What `botframework.json` says."""

    name: str
    base_name: str
    base_fingerprint: str
    method: str
    objective: str
    rank: int
    alpha: float
    created: str
    recipe: str = ""
    run: str = ""
    scores: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> str:
        """The file's text."""
        values = asdict(self)
        base = {"name": values.pop("base_name"), "fingerprint": values.pop("base_fingerprint")}
        order = {"format": 1, "name": values.pop("name"), "base": base, **values}
        return json.dumps(order, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> LoraInfo:
        """Read it back.

        Raises:
            KeyError: something is missing.
        """
        fields = {name: values[name] for name in ("name", "method", "objective", "rank", "alpha", "created")}
        base = values["base"]
        return cls(
            **fields,
            base_name=base["name"],
            base_fingerprint=base["fingerprint"],
            recipe=values.get("recipe", ""),
            run=values.get("run", ""),
            scores=values.get("scores", {}),
        )


@dataclass(frozen=True, slots=True)
class LoraWeights:
    """One folder of LoRA weights."""

    folder: Path
    info: LoraInfo

    @property
    def size(self) -> int:
        """Bytes of the weights."""
        return (self.folder / WEIGHTS).stat().st_size

    def check_base(self, name: str, fingerprint: str) -> None:
        """Refuse a model that these weights were not trained on.

        Args:
            name: how the model is called in the message.
            fingerprint: of its weights.

        Raises:
            WrongBase: they were trained on another one.
        """
        if self.info.base_fingerprint and self.info.base_fingerprint != fingerprint:
            raise WrongBase(
                f"the LoRA weights {self.info.name!r} belong to {self.info.base_name} "
                f"({self.info.base_fingerprint}) and fit no other model; {name} is another one ({fingerprint})"
            )


def read_weights(folder: Path) -> LoraWeights:
    """The LoRA weights of a folder.

    Raises:
        ModelNotFound: a file is missing or broken.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise ModelNotFound(f"{folder} holds no LoRA weights: {name} is missing")
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        if (folder / INFO).is_file():
            return LoraWeights(folder, LoraInfo.from_json(json.loads((folder / INFO).read_text(encoding="utf-8"))))
        base = str(config.get("base_model_name_or_path") or "unknown")
        method = "dora" if config.get("use_dora") else "lora"
        return LoraWeights(folder, LoraInfo(folder.name, base, "", method, "", config["r"], config["lora_alpha"], ""))
    except (ValueError, KeyError, TypeError) as error:
        raise ModelNotFound(f"the LoRA weights in {folder} cannot be read: {error!r}") from error


def list_weights(root: Path) -> list[LoraWeights]:
    """All LoRA weights in `root`, by name.

    Raises:
        ModelNotFound: a folder's files are broken.
    """
    if not root.is_dir():
        return []
    return [read_weights(folder) for folder in sorted(root.iterdir()) if (folder / CONFIG).is_file()]


def find_weights(name: str, root: Path) -> LoraWeights:
    """The LoRA weights called `name` in `root`, or in the folder `name`.

    Raises:
        ModelNotFound: there are none; the message lists those there are.
    """
    for folder in (root / name, Path(name)):
        if (folder / CONFIG).is_file():
            return read_weights(folder)
    known = ", ".join(found.info.name for found in list_weights(root)) or "none"
    raise ModelNotFound(f"there are no LoRA weights {name!r} in {root} (there: {known})")


def write_weights(info: LoraInfo, root: Path, save: Callable[[Path], None]) -> LoraWeights:
    """Put LoRA weights in `root` under their name, replacing older ones of that name in one step.

    Args:
        save: writes peft's two files into the folder it is given.
    """
    check_name(info.name)
    folder = root / info.name
    root.mkdir(parents=True, exist_ok=True)
    temporary, old = root / f".{info.name}.new", root / f".{info.name}.old"
    for leftover in (temporary, old):
        shutil.rmtree(leftover, ignore_errors=True)
    temporary.mkdir()
    save(temporary)
    (temporary / INFO).write_text(info.to_json(), encoding="utf-8")
    for file in temporary.iterdir():
        file.chmod(0o644)  # safetensors writes files for the owner alone
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
    if folder.exists():
        folder.rename(old)
    temporary.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return read_weights(folder)
