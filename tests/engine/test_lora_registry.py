"""LoRA weights by name, read while the model serves: new, changed, half-written and wrong ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from botframework.engine.fingerprint import fingerprint
from botframework.engine.lora import LoraSet
from botframework.engine.lora_registry import LoraRegistry
from botframework.engine.lora_tensors import LoraTensors
from botframework.engine.runner import ModelRunner
from botframework.errors import ModelError, ModelNotFound
from tests.engine.lora_sets import write_set


@pytest.fixture(scope="module")
def runner(endless_path: Path) -> ModelRunner:
    return ModelRunner.load(endless_path, device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def written(endless_path: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two versions of a set called ``everyday``."""
    return [
        write_set(endless_path, tmp_path_factory.mktemp("version") / "everyday", seed=seed, targets=("q_proj",))
        for seed in (1, 2)
    ]


@pytest.fixture
def registry(runner: ModelRunner, endless_path: Path, tmp_path: Path) -> LoraRegistry:
    return LoraRegistry(runner.fit, [tmp_path / "lora"], lambda: fingerprint(endless_path))


def place(version: Path, registry: LoraRegistry, name: str = "everyday", **note: object) -> Path:
    """Put a version where the registry looks, in one step, as the training does."""
    [root] = registry.roots
    folder = root / name
    new = root / f".{name}.new"
    shutil.copytree(version, new)
    if note:
        (new / "botframework.json").write_text(json.dumps(note))
    if folder.exists():
        folder.rename(root / f".{name}.old")
    new.rename(folder)
    shutil.rmtree(root / f".{name}.old", ignore_errors=True)
    return folder


def number(found: LoraSet) -> float:
    """A number that tells one version from another."""
    return float(found.sites[0].a[0, 0])


def test_a_folder_that_appears_is_found_and_a_change_noticed(registry: LoraRegistry, written: list[Path]) -> None:
    """A set is there as soon as its folder is, is read once, and read again once it changed or came back."""
    assert registry.names() == []
    with pytest.raises(ModelNotFound, match=r"no LoRA weights 'everyday' in .*lora \(there: none\)"):
        registry.get("everyday")
    folder = place(written[0], registry)
    first = registry.get("everyday")
    assert registry.get("everyday") is first
    assert registry.names() == ["everyday"]
    place(written[1], registry)
    second = registry.get("everyday")
    assert number(second) != number(first)
    shutil.rmtree(folder)
    with pytest.raises(ModelNotFound):
        registry.get("everyday")
    assert registry.resident == []
    place(written[0], registry)
    assert number(registry.get("everyday")) == number(first)


def test_a_half_written_set_is_never_loaded(registry: LoraRegistry, written: list[Path]) -> None:
    """While new files are incomplete or broken the old set answers; without an old one the reason is told."""
    folder = place(written[0], registry)
    first = registry.get("everyday")
    weights = (written[1] / "adapter_model.safetensors").read_bytes()
    for length in (0, 4, len(weights) // 2, len(weights) - 1):
        (folder / "adapter_model.safetensors").write_bytes(weights[:length])
        assert registry.get("everyday") is first
    (folder / "adapter_model.safetensors").unlink()
    assert registry.get("everyday") is first
    (folder / "adapter_model.safetensors").write_bytes(weights)
    assert number(registry.get("everyday")) != number(first)
    fresh = place(written[0], registry, "fresh")
    (fresh / "adapter_model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(ModelNotFound, match="incomplete"):
        registry.get("fresh")


def test_weights_of_another_base_are_refused(registry: LoraRegistry, written: list[Path], endless_path: Path) -> None:
    """A note that names another model's fingerprint keeps a set out, though its shapes would fit."""
    place(written[0], registry, "ours", base={"name": "endless", "fingerprint": fingerprint(endless_path)})
    place(written[0], registry, "theirs", base={"name": "mini", "fingerprint": "0123456789abcdef"})
    assert registry.get("ours").name == "ours"
    with pytest.raises(ModelError, match="'theirs' belong to another model: mini"):
        registry.get("theirs")


def test_sets_can_be_put_and_removed_by_hand(runner: ModelRunner, written: list[Path]) -> None:
    """Without a folder, sets come and go by their names."""
    registry = LoraRegistry(runner.fit)
    first, second = (LoraTensors.load(version) for version in written)
    registry.put(first)
    assert registry.names() == ["everyday"]
    one = registry.get("everyday")
    registry.put(second)
    assert number(registry.get("everyday")) != number(one)
    registry.remove("everyday")
    with pytest.raises(ModelNotFound, match="there: none"):
        registry.get("everyday")


def test_only_so_many_stay_in_memory(runner: ModelRunner, written: list[Path], tmp_path: Path) -> None:
    """The set that was asked for longest ago leaves, and is read again when needed."""
    registry = LoraRegistry(runner.fit, [tmp_path / "lora"], max_resident=2)
    for name in ("a", "b", "c"):
        place(written[0], registry, name)
    for name in ("a", "b", "a", "c"):
        registry.get(name)
    assert registry.resident == ["a", "c"]
    assert registry.get("b").name == "b"


@pytest.mark.parametrize("name", ["../everyday", "a/b", ".hidden", "", "/etc"])
def test_a_name_never_leaves_the_folder(registry: LoraRegistry, written: list[Path], name: str) -> None:
    """What is no plain name is unknown, whatever lies there."""
    place(written[0], registry)
    with pytest.raises(ModelNotFound, match=r"there: everyday"):
        registry.get(name)


def test_a_copy_in_memory_is_apart_from_its_file(registry: LoraRegistry, written: list[Path]) -> None:
    """Writing over the file of a set in use does not reach those who use it."""
    folder = place(written[0], registry)
    tensors = LoraTensors.load(folder)
    before = {path: layer.a.clone() for path, layer in tensors.layers.items()}
    file = folder / "adapter_model.safetensors"
    zeros = {key: torch.zeros_like(value) for key, value in load_file(file).items()}
    save_file(zeros, file)
    assert all(torch.equal(layer.a, before[path]) for path, layer in tensors.layers.items())
