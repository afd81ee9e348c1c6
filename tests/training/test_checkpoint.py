"""Checkpoints: whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from botframework.training.checkpoint import latest_checkpoint, load_model, load_state, save_checkpoint, save_model
from botframework.training.model import build_model
from botframework.training.recipe import Shape
from tests.training.conftest import Toy

SHAPE = Shape(hidden_size=32, layers=1, heads=2, kv_heads=1, head_dim=16, ffn_size=48)


def test_a_crash_while_writing_leaves_the_old_checkpoint(corpus: Toy, tmp_path: Path) -> None:
    """When writing fails half-way, the checkpoint that was there still loads."""
    place = tmp_path / "checkpoint"
    model = build_model(SHAPE, 60, 1, 0)
    save_checkpoint(model, corpus.tokenizer, place, {"step": 1})
    with pytest.raises(AttributeError):
        save_checkpoint(model, corpus.tokenizer, place, {"step": lambda: None})  # cannot be pickled
    assert latest_checkpoint(place) == place
    assert load_state(place)["step"] == 1
    save_checkpoint(model, corpus.tokenizer, place, {"step": 2})
    assert load_state(place)["step"] == 2
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint"]


def test_a_crash_between_two_renames_is_recovered(corpus: Toy, tmp_path: Path) -> None:
    """When only the set-aside checkpoint is left, it is the one to go on from."""
    place = tmp_path / "checkpoint"
    save_checkpoint(build_model(SHAPE, 60, 1, 0), corpus.tokenizer, place, {"step": 4})
    place.rename(tmp_path / "checkpoint.old")
    found = latest_checkpoint(place)
    assert found is not None
    assert load_state(found)["step"] == 4


def test_an_exported_model_is_bfloat16_and_close(corpus: Toy, tmp_path: Path) -> None:
    """The exported weights are the trained ones, rounded to bfloat16."""
    model = build_model(SHAPE, 60, 1, 0)
    save_model(model, corpus.tokenizer, tmp_path, torch.bfloat16)
    assert '"bfloat16"' in (tmp_path / "config.json").read_text()
    for name, weight in load_model(tmp_path).state_dict().items():
        assert torch.equal(weight, model.state_dict()[name].bfloat16().float()), name
