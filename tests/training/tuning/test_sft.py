"""Supervised fine-tuning of any causal language model: whole, and by LoRA weights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, Gemma2Config, GPT2Config

from botframework.engine.fingerprint import fingerprint
from botframework.engine.local_model import LocalModel
from botframework.engine.options import SamplingOptions
from botframework.training.tuning.base import Base, load_base
from botframework.training.tuning.lora import lora_config
from botframework.training.tuning.recipe import LoraSettings
from botframework.training.tuning.weights import read_weights
from tests.training.tuning.conftest import Bench
from tests.training.tuning.families import FAMILIES, build_family

CHATS = {"kind": "messages", "file": "chats.jsonl"}


def held_out(bench: Bench, run: str) -> list[float]:
    """The held-out losses of a run."""
    return [line["held_out"]["data"] for line in bench.lines(run) if "held_out" in line]


@pytest.mark.parametrize("family", FAMILIES)
def test_lora_weights_of_every_family_are_learned_and_named(bench: Bench, family: str) -> None:
    """The loss falls, the base stays as it was, and the weights lie under their name with where they come from."""
    model = build_family(bench.folder / family, family)
    before = fingerprint(model)
    recipe = bench.recipe("pirate", CHATS, model=str(model), held_out_steps=6)
    result = bench.finetune(recipe)
    assert result.exit_code == 0, result.output
    losses = [line["loss"] for line in bench.lines("pirate") if "loss" in line]
    assert losses[-1] < losses[0] * 0.7
    assert held_out(bench, "pirate")[-1] < held_out(bench, "pirate")[0]
    assert fingerprint(model) == before
    info = read_weights(bench.folder / "lora" / "pirate").info
    assert (info.base_fingerprint, info.base_name, info.rank) == (before, str(model), 4)
    assert info.scores["held_out_data"] == held_out(bench, "pirate")[-1]
    assert all("lora_" in name for name in load_file(bench.folder / "lora/pirate/adapter_model.safetensors"))


@pytest.mark.parametrize("config", [GPT2Config(n_embd=32, n_layer=1, n_head=2), Gemma2Config(num_hidden_layers=1)])
def test_models_of_other_makes_are_taken(bench: Bench, config: Any) -> None:
    """Attention that torch cannot compute at once is computed step by step, and turned matrices are linear layers."""
    small: dict[str, Any] = {"vocab_size": 60, "hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 2}
    config.update(small if config.model_type == "gemma2" else {"vocab_size": 60})
    config.update({"num_key_value_heads": 1, "head_dim": 16, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 1})
    make: Any = AutoModelForCausalLM.from_config
    make(config).save_pretrained(bench.folder / "other")
    model = load_base(Base("other", bench.folder / "other", ""))
    is_gemma = config.model_type == "gemma2"
    assert model.config._attn_implementation == ("eager" if is_gemma else "sdpa")
    targets = ("q_proj",) if is_gemma else ("c_attn",)
    assert set(lora_config(LoraSettings(targets=targets), "lora", model).target_modules or ()) == set(targets)


@pytest.mark.parametrize(
    ("method", "lora", "settings"),
    [
        ("dora", {}, {"use_dora": True}),
        ("lora", {"rslora": True, "dropout": 0.1}, {"use_rslora": True, "lora_dropout": 0.1}),
        ("lora", {"targets": ["q_proj", "v_proj"]}, {"use_rslora": False}),
    ],
)
def test_kinds_of_lora_weights(bench: Bench, method: str, lora: dict[str, Any], settings: dict[str, Any]) -> None:
    """DoRA, rank-stabilised scaling, dropout and chosen layers are what peft is told."""
    result = bench.finetune(bench.recipe("kind", CHATS, method=method, lora=lora, max_steps=6))
    assert result.exit_code == 0, result.output
    config = json.loads((bench.folder / "lora/kind/adapter_config.json").read_text())
    assert {name: config[name] for name in settings} == settings
    if "targets" in lora:
        names = load_file(bench.folder / "lora/kind/adapter_model.safetensors")
        assert {name.split(".")[-3] for name in names} == {"q_proj", "v_proj"}


def test_qlora_learns_over_a_base_in_four_bits(bench: Bench) -> None:
    """With bitsandbytes the base is quantised while LoRA weights learn."""
    pytest.importorskip("bitsandbytes")
    result = bench.finetune(bench.recipe("small", CHATS, method="qlora"))
    assert result.exit_code == 0, result.output
    losses = [line["loss"] for line in bench.lines("small") if "loss" in line]
    assert losses[-1] < losses[0]
    assert read_weights(bench.folder / "lora" / "small").info.method == "qlora"


def answer(model: Path, lora: str | None = None, root: Path | None = None) -> str:
    """What the engine answers with a model, and with LoRA weights by name."""
    local = LocalModel.load(str(model), device="cpu", dtype="float32", lora_root=root)
    options = SamplingOptions(temperature=0.0, max_tokens=8)
    weights = None if lora is None else local.loras.get(lora)
    said = "".join(local.start([{"role": "user", "content": "say 3"}], options, weights))
    local.engine.close()
    return said


def test_all_weights_are_learned_into_a_model_that_the_engine_serves(bench: Bench) -> None:
    """`method: full` leaves an ordinary model folder, and the engine answers from it what was learned."""
    result = bench.finetune(bench.recipe("whole", CHATS, method="full", max_steps=60))
    assert result.exit_code == 0, result.output
    folder = bench.folder / "runs/whole/checkpoint"
    assert not (bench.folder / "lora").exists()
    assert fingerprint(folder) != fingerprint(bench.model)
    assert answer(folder) == "the hell"


def test_what_lora_weights_learned_is_answered_by_their_name(bench: Bench) -> None:
    """With the weights of that name the engine says what the chats taught, and without them it does not."""
    recipe = bench.recipe("taught", CHATS, max_steps=80, lora={"rank": 8, "alpha": 16})
    result = bench.finetune(recipe)
    assert result.exit_code == 0, result.output
    assert answer(bench.model) != "the hell"
    assert answer(bench.model, "taught", bench.folder / "lora") == "the hell"


def test_training_goes_on_from_lora_weights(bench: Bench) -> None:
    """`lora.start` begins where other weights ended; another rank, other layers, another model are refused."""
    assert bench.finetune(bench.recipe("first", CHATS)).exit_code == 0
    first = bench.folder / "lora" / "first"
    still = {"name": "adamw", "adam_lr": 1e-12, "warmup_steps": 0}
    result = bench.finetune(bench.recipe("second", CHATS, lora={"start": str(first)}, max_steps=1, optimiser=still))
    assert result.exit_code == 0, result.output
    old, new = (load_file(bench.folder / "lora" / name / "adapter_model.safetensors") for name in ("first", "second"))
    assert all(torch.allclose(old[name], new[name], atol=1e-6) for name in old)
    for other, reason in (
        ({"rank": 8}, "have r 4, and the recipe 8"),
        ({"targets": ["q_proj"]}, "are for other layers"),
    ):
        refused = bench.finetune(bench.recipe("third", CHATS, lora={"start": str(first), **other}))
        assert reason in " ".join(refused.output.replace("│", " ").split())
    elsewhere = build_family(bench.folder / "elsewhere", "qwen3", seed=1)
    refused = bench.finetune(bench.recipe("fourth", CHATS, lora={"start": str(first)}, model=str(elsewhere)))
    assert "fit no other model" in str(refused.exception)


def test_a_stopped_run_goes_on_as_if_it_had_not_been(bench: Bench) -> None:
    """LoRA weights after six and six steps are bit for bit those after twelve."""
    settings = {"optimiser": {"name": "adamw", "adam_lr": 0.01, "warmup_steps": 2}, "checkpoint_steps": 3}
    assert bench.finetune(bench.recipe("unbroken", CHATS, max_steps=12, **settings)).exit_code == 0
    assert bench.finetune(bench.recipe("broken", CHATS, max_steps=6, **settings)).exit_code == 0
    result = bench.finetune(bench.recipe("broken", CHATS, max_steps=12, **settings))
    assert result.exit_code == 0, result.output
    one, other = (load_file(bench.folder / "lora" / n / "adapter_model.safetensors") for n in ("unbroken", "broken"))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_resume_needs_nothing_but_the_run(bench: Bench) -> None:
    """`botframework train resume` finds recipe, data and base by itself."""
    assert bench.finetune(bench.recipe("again", CHATS, max_steps=4)).exit_code == 0
    result = bench.resume("again")
    assert result.exit_code == 0, result.output
    assert "LoRA weights written to" in result.output


def test_answers_before_and_after_are_kept(bench: Bench) -> None:
    """The recipe's samples are answered before the first step and after the last."""
    result = bench.finetune(bench.recipe("shown", CHATS, samples=["say 1", "say 2"]))
    assert result.exit_code == 0, result.output
    samples = json.loads((bench.folder / "runs/shown/samples.json").read_text())
    assert [prompt for prompt, _ in samples["before"]] == [prompt for prompt, _ in samples["after"]]
    assert samples["before"] != samples["after"]
    assert "say 1" in (bench.folder / "runs/shown/report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lora": {"targets": ["w_proj"]}}, "w_proj; its layers are: down_proj"),
        ({"lora": {"name": "../x"}}, "no name for LoRA weights"),
        ({"lora": {"root": f"{__file__}/lora"}}, "lora.root: "),
        ({"objective": "dpo"}, "needs sources of kind preference"),
        ({"max_steps": None}, "max_steps or max_minutes is needed"),
        ({"lora": {"rnk": 3}}, "lora.rnk: no such setting; did you mean rank?"),
        ({"tokenizer": "runs/tokenizer"}, "tokenizer belongs to `train pretrain`"),
        ({"shape": {"layers": 2}}, "shape belongs to `train pretrain`"),
    ],
)
def test_a_wrong_recipe_is_refused_with_its_key(bench: Bench, settings: dict[str, Any], message: str) -> None:
    """The mistake is named, and nothing is trained."""
    result = bench.finetune(bench.recipe("wrong", CHATS, **settings))
    assert result.exit_code == 2
    assert message in result.output
    assert not (bench.folder / "lora").exists()


def test_the_model_and_the_run_can_be_given_on_the_command_line(bench: Bench, tmp_path: Path) -> None:
    """Options win over the recipe, and `--print` shows the whole of it."""
    recipe = bench.recipe("plain", CHATS, model="nobody/nothing", max_steps=2)
    shown = bench.finetune(recipe, "--model", str(bench.model), "--print")
    assert shown.exit_code == 0, shown.output
    assert f"model: {bench.model}" in shown.output
    assert "name: plain" in shown.output
    result = bench.finetune(recipe, "--model", str(bench.model), "--out", str(tmp_path / "elsewhere"))
    assert result.exit_code == 0, result.output
    assert (tmp_path / "elsewhere" / "report.html").is_file()
    model: Any = AutoModelForCausalLM.from_pretrained(bench.model)
    assert model.config.model_type == "qwen3"


def test_two_processes_learn_what_one_learns(bench: Bench) -> None:
    """Under torchrun each process has half of every matrix and of a step's rows; weights and answers come out alike."""
    settings: dict[str, Any] = {"rows_per_step": 4, "max_steps": 4, "samples": ["say 1"]}
    alone = bench.recipe("alone", CHATS, **settings)
    together = bench.recipe("together", CHATS, parallel="fsdp", **settings)
    assert bench.finetune(alone).exit_code == 0
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*command, "-m", "botframework", "train", "finetune", str(together)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=110,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("LoRA weights written") == 1
    one, other = (load_file(bench.folder / "lora" / n / "adapter_model.safetensors") for n in ("alone", "together"))
    assert all(torch.allclose(one[name], other[name], atol=1e-5) for name in one)
    answers = [(bench.folder / "runs" / n / "samples.json").read_text() for n in ("alone", "together")]
    assert answers[0] == answers[1]
