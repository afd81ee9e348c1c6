"""A base model is told from others by its weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from botframework.engine.fingerprint import fingerprint
from botframework.engine.footprint import Footprint, parameters_in_name
from botframework.errors import ModelNotFound
from tests.tiny_model import build_tiny_model


def rewrite(folder: Path, weights: dict[str, torch.Tensor], pieces: int = 1) -> None:
    """Replace a folder's weights, cut into files."""
    for file in folder.glob("*.safetensors"):
        file.unlink()
    names = sorted(weights)
    for piece in range(pieces):
        part = {name: weights[name].contiguous() for name in names[piece::pieces]}
        save_file(part, folder / f"part-{piece}.safetensors")


def test_an_export_in_bfloat16_and_other_files_keep_the_fingerprint(tmp_path: Path) -> None:
    """Type and files of the weights do not matter, the weights do."""
    folder = build_tiny_model(tmp_path / "a")
    first = fingerprint(folder)
    weights = load_file(next(folder.glob("*.safetensors")))
    rewrite(folder, {name: weight.bfloat16() for name, weight in weights.items()}, pieces=3)
    assert fingerprint(folder) == first
    rewrite(folder, {name: weight * 1.01 if "down_proj" in name else weight for name, weight in weights.items()})
    assert fingerprint(folder) != first


def test_other_weights_have_another_fingerprint(tmp_path: Path) -> None:
    """Two models of one shape are told apart."""
    one, other = build_tiny_model(tmp_path / "a", seed=0), build_tiny_model(tmp_path / "b", seed=1)
    assert fingerprint(one) != fingerprint(other)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    """What is missing is named."""
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelNotFound, match="safetensors"):
        fingerprint(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ModelNotFound, match="cannot be read"):
        fingerprint(tmp_path)
    with pytest.raises(ModelNotFound, match="cannot be read"):
        Footprint.of_folder(tmp_path)


def test_a_footprint_counts_what_is_stored(tmp_path: Path) -> None:
    """Parameters are those of the files, keys and values those of the configuration."""
    folder = build_tiny_model(tmp_path / "a", hidden=64, layers=2, window=512)
    found = Footprint.of_folder(folder)
    weights = load_file(next(folder.glob("*.safetensors")))
    assert found.parameters == sum(weight.numel() for weight in weights.values())
    assert found.cached_per_token == 2 * 2 * 2 * 16
    assert found.cache("bfloat16", 512) == 2 * 512 * found.cached_per_token
    assert found.context_window == 512


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("Qwen/Qwen3-0.6B", 600_000_000),
        ("meta-llama/Llama-3.2-1B-Instruct", 1_000_000_000),
        ("google/gemma-3-270m-it", 270_000_000),
        ("Qwen/Qwen3-4B-Instruct-2507", 4_000_000_000),
        ("someone/some-model", None),
        ("someone/t5-base", None),
    ],
)
def test_a_name_tells_its_size(name: str, size: int | None) -> None:
    """The usual way to write a size is understood, and nothing else taken for one."""
    assert parameters_in_name(name) == size
