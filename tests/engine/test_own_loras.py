"""LoRA weights that lie in a model's own folder: which skill they are for, and which of two with one name counts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from botframework.engine.chat_model import LocalChatModel
from botframework.engine.own_loras import own_lora_folder, skill_loras
from botframework.errors import ModelNotFound
from tests.engine.lora_sets import write_set


@pytest.fixture
def model(endless_path: Path, tmp_path: Path) -> Path:
    """A model folder with a set of its own for the skill ``ask``."""
    folder = tmp_path / "model"
    shutil.copytree(endless_path, folder)
    root = own_lora_folder(folder)
    write_set(endless_path, root / "asking", seed=1)
    (root / "skills.json").write_text(json.dumps({"ask": "asking"}))
    return folder


def test_a_model_brings_weights_for_a_skill(model: Path, endless_path: Path) -> None:
    """The list names them, the model can be asked for them, and a model without any has an empty list."""
    assert skill_loras(model) == {"ask": "asking"}
    assert skill_loras(endless_path) == {}
    chat = LocalChatModel(model=str(model), device="cpu", dtype="float32", temperature=0, max_tokens=8)
    assert chat.skill_loras() == {"ask": "asking"}
    assert chat.lora_names() == ["asking"]
    assert chat.invoke("hello").content != chat.invoke("hello", lora="asking").content


def test_the_users_own_weights_come_first(model: Path, endless_path: Path, tmp_path: Path) -> None:
    """A set of the same name in the configured folder replaces the one that the model brings."""
    root = tmp_path / "lora"
    write_set(endless_path, root / "asking", seed=2)
    options = {"device": "cpu", "dtype": "float32", "temperature": 0, "max_tokens": 8}
    own = LocalChatModel(model=str(model), **options).invoke("hello", lora="asking")
    replaced = LocalChatModel(model=str(model), lora_root=root, **options).invoke("hello", lora="asking")
    same = LocalChatModel(model=str(endless_path), lora_root=root, **options).invoke("hello", lora="asking")
    assert replaced.content == same.content != own.content


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "must name a set"),
        ("{", "must name a set"),
        ('{"ask": 1}', "must name a set"),
        ('{"ask": "other"}', "no LoRA weights 'other' for 'ask'"),
    ],
)
def test_a_wrong_list_is_an_error(model: Path, text: str, reason: str) -> None:
    """A list that cannot be followed names its file, and the model is not loaded without its weights."""
    (own_lora_folder(model) / "skills.json").write_text(text)
    with pytest.raises(ModelNotFound, match=rf"skills\.json is wrong: .*{reason}"):
        skill_loras(model)
