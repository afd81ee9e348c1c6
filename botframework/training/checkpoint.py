"""Writes and reads model folders and checkpoints, whole or not at all; knows files, knows no loop.

A checkpoint is a model folder with `training.pt` (what the run needs to go on) and `manifest.json` (size and sha256
of every other file). It is filled beside its place, brought to the disk, and gets its name by one rename; one that
does not match its manifest is never loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoModelForCausalLM, GenerationConfig, PreTrainedModel
from transformers.utils.logging import disable_progress_bar

from botframework.errors import ConfigError, ModelNotFound

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
SHARD_SIZE = "19MB"
STATE, MANIFEST = "training.pt", "manifest.json"
_STEP = re.compile(r"step-(\d+)$")

# A bar per checkpoint would litter the log.
disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped


class CheckpointError(ConfigError):
    """No checkpoint of a run can be used; the message says what is wrong with each."""


def save_model(
    model: PreTrainedModel,
    tokenizer_folder: Path,
    folder: Path,
    dtype: torch.dtype,
    weights: dict[str, Tensor] | None = None,
) -> None:
    """Write the model, a sensible generation_config.json and the tokenizer's files into `folder`.

    Args:
        model: what to write.
        tokenizer_folder: where the tokenizer's files are copied from.
        folder: where to; made if need be.
        dtype: of the written weights.
        weights: the weights by name where they are not whole in `model` (FSDP); None takes the model's own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = model.config
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        eos_token_id=config.eos_token_id,
        pad_token_id=config.pad_token_id,
        do_sample=False,  # a model this small wanders off when it is allowed to take unlikely words
        max_new_tokens=256,
    )
    weights = model.state_dict() if weights is None else weights
    state = {name: value.detach().to(dtype).contiguous() for name, value in weights.items()}
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
    """The model of a folder, in float32 for training.

    Raises:
        ModelNotFound: the folder holds no model that transformers can load.
    """
    if not (folder / "config.json").is_file():
        raise ModelNotFound(f"{folder}: no model folder: it holds no config.json")
    try:
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="sdpa", local_files_only=True
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelNotFound(f"the model in {folder} cannot be loaded for training: {error}") from error
    return model


class Checkpoints:
    """The checkpoints of one run: a folder with `step-00000020`, `step-00000040`, …; written by one process."""

    def __init__(self, folder: Path, keep: int = 2) -> None:
        """Look after `folder`, which need not exist; the newest `keep` stay."""
        self.folder = folder
        self.keep = keep

    def write(self, step: int, fill: Callable[[Path], None], state: dict[str, Any], spare: int | None = None) -> Path:
        """Write the checkpoint of a step and drop the oldest; a crash leaves the others as they were.

        Later steps' are dropped too: a run that had to go on from an earlier checkpoint has left them behind.

        Args:
            step: steps done.
            fill: writes the model into an empty folder.
            state: what the run needs to go on; plain values and tensors.
            spare: a step whose checkpoint stays, however old.
        """
        place = self.place(step)

        def fill_all(folder: Path) -> None:
            fill(folder)
            torch.save(state, folder / STATE)
            write_manifest(folder)

        write_folder(place, fill_all)
        steps = self.steps()
        done = [known for known in steps if known <= step]
        for known in steps:
            if known not in done[-self.keep :] and known != spare:
                shutil.rmtree(self.place(known))
        return place

    def place(self, step: int) -> Path:
        """The folder of a step's checkpoint."""
        return self.folder / f"step-{step:08d}"

    def steps(self) -> list[int]:
        """The steps that have a checkpoint, whole or not, oldest first."""
        places = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted(int(found[1]) for place in places if (found := _STEP.match(place.name)))

    def newest(self, complain: Callable[[str], None] | None = None) -> Path | None:
        """The newest checkpoint that is whole; None if the run has none at all.

        Args:
            complain: called with a message for every damaged checkpoint that is passed over.

        Raises:
            CheckpointError: there are checkpoints, and every one is damaged.
        """
        problems = []
        for step in reversed(self.steps()):
            problem = problem_of(self.place(step))
            if problem is None:
                return self.place(step)
            problems.append(f"{self.place(step)}: {problem}")
            if complain is not None:
                complain(f"damaged checkpoint passed over: {problems[-1]}")
        if problems:
            lines = "\n".join(problems)
            raise CheckpointError(
                f"no checkpoint of this run is whole:\n{lines}\nRestore one from a backup, or delete {self.folder} "
                "to start the run anew."
            )
        return None

    def publish(self, step: int, place: Path) -> None:
        """Put the model of a step's checkpoint at `place`, as an ordinary model folder.

        Raises:
            CheckpointError: that checkpoint is missing or damaged.
        """
        source = self.place(step)
        problem = problem_of(source)
        if problem is not None:
            raise CheckpointError(f"{source}: {problem}")
        write_folder(place, lambda folder: _copy_model(source, folder))


def problem_of(checkpoint: Path) -> str | None:
    """What is wrong with a checkpoint by its manifest, or None."""
    try:
        manifest = json.loads((checkpoint / MANIFEST).read_text(encoding="utf-8"))
        files = {str(name): (int(entry["bytes"]), str(entry["sha256"])) for name, entry in manifest["files"].items()}
    except FileNotFoundError:
        return f"{MANIFEST}: missing"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return f"{MANIFEST}: cannot be read: {error}"
    for name, (size, digest) in files.items():
        file = checkpoint / name
        if not file.is_file():
            return f"{name}: missing"
        if file.stat().st_size != size:
            return f"{name}: {file.stat().st_size} bytes, expected {size}"
        if _sha256(file) != digest:
            return f"{name}: its content is not what was written (sha256)"
    return None


def load_state(checkpoint: Path) -> dict[str, Any]:
    """What the run needs to go on from a checkpoint."""
    state: dict[str, Any] = torch.load(checkpoint / STATE, weights_only=True, map_location="cpu")
    return state


def _beside(place: Path, suffix: str) -> Path:
    return place.with_name(f".{place.name}.{suffix}")


def write_folder(place: Path, fill: Callable[[Path], None]) -> None:
    """Write a folder whole or not at all.

    An empty folder beside it is filled, brought to the disk and given the name; what had the name is set aside first
    and deleted last.
    """
    temporary, old = _beside(place, "new"), _beside(place, "old")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    fill(temporary)
    for file in (*temporary.rglob("*"), temporary):
        _sync(file)
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    temporary.rename(place)
    _sync(place.parent)
    shutil.rmtree(old, ignore_errors=True)


def _copy_model(source: Path, folder: Path) -> None:
    for file in source.iterdir():
        if file.name not in {STATE, MANIFEST}:
            shutil.copyfile(file, folder / file.name)


def write_manifest(folder: Path) -> None:
    """Note size and sha256 of every other file in a folder, for `problem_of`."""
    files = {
        str(file.relative_to(folder)): {"bytes": file.stat().st_size, "sha256": _sha256(file)}
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != MANIFEST
    }
    (folder / MANIFEST).write_text(json.dumps({"files": files}, indent=2) + "\n", encoding="utf-8")


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
