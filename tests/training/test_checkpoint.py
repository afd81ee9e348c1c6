"""Checkpoints: whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from botframework.errors import ModelNotFound
from botframework.training.checkpoint import CheckpointError, Checkpoints, load_model, load_state, save_model
from botframework.training.model import build_model
from botframework.training.recipe import Shape
from tests.training.conftest import Toy

SHAPE = Shape(hidden_size=32, layers=1, heads=2, kv_heads=1, head_dim=16, ffn_size=48)


def write(checkpoints: Checkpoints, *steps: int, spare: int | None = None) -> None:
    """Write small checkpoints, each with its step in its state and in a file."""
    for step in steps:

        def fill(folder: Path, step: int = step) -> None:
            (folder / "config.json").write_text(json.dumps({"step": step}))

        checkpoints.write(step, fill, {"step": step, "weights": torch.full((100,), step)}, spare)


def step_of(place: Path | None) -> int | None:
    """The step that a checkpoint's state tells."""
    return None if place is None else int(load_state(place)["step"])


def test_a_crash_while_writing_leaves_the_old_checkpoint(tmp_path: Path) -> None:
    """When writing fails half-way, the checkpoint that was there is the newest still, and the next one is written."""
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    write(checkpoints, 1)
    with pytest.raises(AttributeError):
        checkpoints.write(2, lambda folder: None, {"step": lambda: None})  # cannot be pickled
    assert step_of(checkpoints.newest()) == 1
    write(checkpoints, 2)
    assert step_of(checkpoints.newest()) == 2
    assert sorted(place.name for place in checkpoints.folder.iterdir()) == ["step-00000001", "step-00000002"]


@pytest.mark.parametrize("file", ["training.pt", "config.json", "manifest.json"])
def test_a_truncated_checkpoint_gives_way_to_the_one_before(tmp_path: Path, file: str) -> None:
    """A checkpoint with half a file is passed over with a message that names the file."""
    checkpoints = Checkpoints(tmp_path)
    write(checkpoints, 1, 2)
    damaged = checkpoints.place(2) / file
    damaged.write_bytes(damaged.read_bytes()[: damaged.stat().st_size // 2])
    heard: list[str] = []
    assert step_of(checkpoints.newest(heard.append)) == 1
    assert len(heard) == 1
    assert file in heard[0]
    assert "step-00000002" in heard[0]


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    """A file of the right size with another content is not loaded."""
    checkpoints = Checkpoints(tmp_path)
    write(checkpoints, 1, 2)
    file = checkpoints.place(2) / "training.pt"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert step_of(checkpoints.newest()) == 1


def test_with_every_checkpoint_damaged_a_run_stops_with_the_reason(tmp_path: Path) -> None:
    """When no checkpoint is whole, the error names each, what is wrong with it and what to do."""
    checkpoints = Checkpoints(tmp_path)
    write(checkpoints, 1, 2)
    (checkpoints.place(1) / "config.json").unlink()
    (checkpoints.place(2) / "manifest.json").unlink()
    with pytest.raises(CheckpointError) as error:
        checkpoints.newest()
    assert "step-00000001: config.json: missing" in str(error.value)
    assert "step-00000002: manifest.json: missing" in str(error.value)
    assert "delete" in str(error.value)


def test_the_last_few_and_the_spared_one_are_kept(tmp_path: Path) -> None:
    """Old checkpoints go, except the one that is spared."""
    checkpoints = Checkpoints(tmp_path, keep=2)
    write(checkpoints, 1, 2, 3, 4, 5, spare=2)
    assert checkpoints.steps() == [2, 4, 5]
    write(checkpoints, 6, spare=5)
    assert checkpoints.steps() == [5, 6]


def test_a_published_model_holds_no_state_of_the_run(tmp_path: Path) -> None:
    """What a run returns is the model alone, and replaces what was there."""
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    write(checkpoints, 1, 2)
    for step in (1, 2):
        checkpoints.publish(step, tmp_path / "checkpoint")
    assert [file.name for file in (tmp_path / "checkpoint").iterdir()] == ["config.json"]
    assert json.loads((tmp_path / "checkpoint" / "config.json").read_text()) == {"step": 2}


def test_an_exported_model_is_bfloat16_and_close(corpus: Toy, tmp_path: Path) -> None:
    """The exported weights are the trained ones, rounded to bfloat16."""
    model = build_model(SHAPE, 60, 1, 0)
    save_model(model, corpus.tokenizer, tmp_path, torch.bfloat16)
    assert '"bfloat16"' in (tmp_path / "config.json").read_text()
    for name, weight in load_model(tmp_path).state_dict().items():
        assert torch.equal(weight, model.state_dict()[name].bfloat16().float()), name


def test_a_run_that_goes_on_from_an_earlier_checkpoint_keeps_its_own(tmp_path: Path) -> None:
    """Damaged checkpoints of later steps count for nothing: they go, and what is written now stays."""
    checkpoints = Checkpoints(tmp_path, keep=2)
    write(checkpoints, 20, 40, 60, spare=20)
    for step in (40, 60):
        (checkpoints.place(step) / "training.pt").write_bytes(b"")
    assert step_of(checkpoints.newest()) == 20
    write(checkpoints, 30, spare=20)
    assert checkpoints.steps() == [20, 30]
    assert step_of(checkpoints.newest()) == 30


def test_a_folder_without_a_model_is_told(corpus: Toy, tmp_path: Path) -> None:
    """A tokenizer alone is no model, and neither is a folder with a broken one."""
    with pytest.raises(ModelNotFound, match="no model folder"):
        load_model(corpus.tokenizer)
    save_model(build_model(SHAPE, 60, 1, 0), corpus.tokenizer, tmp_path, torch.float32)
    (weights,) = tmp_path.glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:50])
    with pytest.raises(ModelNotFound, match="cannot be loaded for training"):
        load_model(tmp_path)
