"""LoRA weights as named things: listed, shown, merged, exported, and refused where they do not belong."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from botframework.engine.fingerprint import fingerprint
from botframework.engine.local_model import LocalModel
from botframework.engine.options import SamplingOptions
from botframework.errors import ModelNotFound
from botframework.training.tuning.base import Base
from botframework.training.tuning.lora import save_lora
from botframework.training.tuning.merge import merge_weights
from botframework.training.tuning.weights import (
    LoraInfo,
    LoraWeights,
    WrongBase,
    find_weights,
    list_weights,
    write_weights,
)
from tests.training.tuning.conftest import Bench
from tests.training.tuning.families import FAMILIES, build_family

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # peft reads what transformers has renamed
Make = Callable[..., LoraWeights]


def model_with_lora(base: Path, *, dora: bool = False, seed: int = 0) -> Any:
    """A model with random LoRA weights that change what it says."""
    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    config = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", use_dora=dora, task_type="CAUSAL_LM")
    wrapped = get_peft_model(model, config)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(seed)
        for name, weight in wrapped.named_parameters():
            if "lora_B" in name:
                weight.normal_(std=0.05)
    return wrapped


@pytest.fixture
def make(bench: Bench) -> Make:
    """Writes LoRA weights for a base into the bench's root."""

    def write(name: str = "pirate", base: Path | None = None, **options: Any) -> LoraWeights:
        folder = base or bench.model
        model = model_with_lora(folder, **options)
        info = LoraInfo(
            name=name,
            base_name=str(folder),
            base_fingerprint=fingerprint(folder),
            method="lora",
            objective="sft",
            rank=4,
            alpha=8.0,
            created="2026-05-04T10:00:00+00:00",
            run="runs/pirate",
            scores={"held_out": 1.25},
        )
        return write_weights(info, bench.folder / "lora", lambda place: save_lora(model, place, str(folder)))

    return write


@torch.no_grad()
def logits(model: Any) -> torch.Tensor:
    """What a model says to some tokens."""
    found: torch.Tensor = model.eval()(input_ids=torch.arange(5, 40)[None]).logits
    return found


@pytest.mark.parametrize(("family", "dora"), [*((family, False) for family in FAMILIES), ("qwen3", True)])
def test_a_merged_model_says_what_base_and_weights_say(
    bench: Bench, make: Make, tmp_path: Path, family: str, dora: bool
) -> None:
    """Logits of the merged folder equal those of base and LoRA weights, and differ from the base's."""
    base = build_family(tmp_path / family, family)
    weights = make(base=base, dora=dora)
    result = bench.lora("merge", "pirate", tmp_path / "merged")
    assert result.exit_code == 0, result.output
    plain: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    alone = logits(plain)
    together = logits(PeftModel.from_pretrained(plain, str(weights.folder)))
    merged = logits(AutoModelForCausalLM.from_pretrained(tmp_path / "merged", dtype=torch.float32))
    assert torch.allclose(merged, together, atol=1e-5, rtol=0)
    assert (together - alone).abs().max() > 0.01


def test_the_engine_answers_alike_from_a_merged_model_and_from_weights_by_name(
    bench: Bench, make: Make, tmp_path: Path
) -> None:
    """What `lora merge` writes is served, and says what the engine says with the weights of that name."""
    make(seed=3)
    assert bench.lora("merge", "pirate", tmp_path / "merged").exit_code == 0
    options = SamplingOptions(temperature=0.0, max_tokens=12)
    question: Any = [{"role": "user", "content": "hello there"}]
    merged = LocalModel.load(str(tmp_path / "merged"), device="cpu", dtype="float32")
    by_name = LocalModel.load(str(bench.model), device="cpu", dtype="float32", lora_root=bench.folder / "lora")
    answers = [
        "".join(merged.start(question, options)),
        "".join(by_name.start(question, options, by_name.loras.get("pirate"))),
        "".join(by_name.start(question, options)),
    ]
    merged.engine.close()
    by_name.engine.close()
    assert answers[0] == answers[1] != answers[2]


def test_weights_of_another_base_are_refused(bench: Bench, make: Make, tmp_path: Path) -> None:
    """The message names both models, and nothing is written."""
    weights = make()
    other = build_family(tmp_path / "other", "qwen3", seed=1)
    with pytest.raises(WrongBase, match=r"belong to .*fit no other model"):
        merge_weights(weights, Base.find(str(other)), tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_list_shows_name_base_rank_size_and_run(bench: Bench, make: Make) -> None:
    """Every set is one line; `show` tells the rest."""
    assert "no LoRA weights" in bench.lora("list").output
    make("parrot")
    make("pirate")
    lines = bench.lora("list").output.splitlines()
    assert lines[0].split() == ["NAME", "BASE", "RANK", "SIZE", "CREATED", "RUN"]
    assert [line.split()[0] for line in lines[1:]] == ["parrot", "pirate"]
    assert "2026-05-04 10:00" in lines[1]
    assert lines[1].endswith("runs/pirate")
    shown = bench.lora("show", "pirate").output
    assert fingerprint(bench.model) in shown
    assert "score held_out:" in shown


def test_an_export_is_what_peft_reads(bench: Bench, make: Make, tmp_path: Path) -> None:
    """A folder or a .zip of the same files, and nothing is overwritten."""
    weights = make()
    assert bench.lora("export", "pirate", tmp_path / "out").exit_code == 0
    assert bench.lora("export", "pirate", tmp_path / "out.zip").exit_code == 0
    names = {"adapter_config.json", "adapter_model.safetensors", "botframework.json"}
    assert {file.name for file in (tmp_path / "out").iterdir()} == names
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert set(archive.namelist()) == {f"pirate/{name}" for name in names}
    plain: Any = AutoModelForCausalLM.from_pretrained(bench.model, dtype=torch.float32)
    read: Any = PeftModel.from_pretrained(plain, str(tmp_path / "out")).peft_config["default"]
    assert read.r == 4
    assert json.loads((tmp_path / "out" / "botframework.json").read_text())["run"] == ""
    for out in ("out", "out.zip"):
        again = bench.lora("export", "pirate", tmp_path / out)
        assert "choose another" in str(again.exception)
    assert weights.folder.is_dir()


def test_an_export_may_be_smaller_and_name_its_base(bench: Bench, make: Make, tmp_path: Path) -> None:
    """The copy is stored in bfloat16 and names the base as asked; a base that is another model is refused."""
    weights = make()
    renamed = shutil.copytree(bench.model, tmp_path / "renamed")
    result = bench.lora("export", "pirate", tmp_path / "out", "--dtype", "bfloat16", "--base", renamed)
    assert result.exit_code == 0, result.output
    kept, copied = (load_file(folder / "adapter_model.safetensors") for folder in (weights.folder, tmp_path / "out"))
    assert all(torch.equal(copied[name], kept[name].bfloat16()) for name in kept)
    [found] = list_weights(tmp_path)
    assert (found.info.base_name, found.info.base_fingerprint) == (str(renamed), fingerprint(bench.model))
    config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(renamed)
    other = build_family(tmp_path / "other", "qwen3", seed=1)
    refused = bench.lora("export", "pirate", tmp_path / "more", "--base", other)
    assert "fit no other model" in str(refused.exception)
    assert not (tmp_path / "more").exists()


def test_weights_from_elsewhere_are_taken_as_they_are(bench: Bench, make: Make) -> None:
    """A folder without our note is listed with what peft's file says."""
    weights = make()
    (weights.folder / "botframework.json").unlink()
    [found] = list_weights(bench.folder / "lora")
    assert (found.info.name, found.info.rank, found.info.base_fingerprint) == ("pirate", 4, "")
    found.check_base("anything", "0" * 16)


def test_a_name_is_replaced_at_once(bench: Bench, make: Make) -> None:
    """Writing a name again leaves the new weights and no remains of the old."""
    make(seed=1)
    make(seed=2)
    assert [folder.name for folder in (bench.folder / "lora").iterdir()] == ["pirate"]


def test_missing_and_broken_weights_are_named(bench: Bench, make: Make) -> None:
    """An unknown name lists the known ones; a broken note says which file."""
    weights = make()
    with pytest.raises(ModelNotFound, match=r"no LoRA weights 'parrot' .*there: pirate"):
        find_weights("parrot", bench.folder / "lora")
    (weights.folder / "botframework.json").write_text(json.dumps({"name": "pirate"}))
    with pytest.raises(ModelNotFound, match="cannot be read"):
        find_weights("pirate", bench.folder / "lora")


def test_a_merge_does_not_write_over_anything(bench: Bench, make: Make, tmp_path: Path) -> None:
    """A folder that holds something is left alone."""
    make()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious.txt").write_text("mine")
    result = bench.lora("merge", "pirate", tmp_path / "full")
    assert "not empty" in str(result.exception)
    assert (tmp_path / "full" / "precious.txt").read_text() == "mine"
