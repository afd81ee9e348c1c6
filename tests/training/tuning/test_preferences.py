"""Learning from preferences: DPO from pairs, KTO from thumbs."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from botframework.training.checkpoint import CheckpointError
from botframework.training.recipe import Source
from botframework.training.records import ReadReport
from botframework.training.tuning.preference import whole_checkpoint
from botframework.training.tuning.preferences import read_preferences
from tests.training.tuning.conftest import Bench

PAIRS = {"kind": "preference", "file": "pairs.jsonl"}
THUMBS = {"kind": "thumbs", "file": "thumbs.jsonl"}
QUICK = {"rate": 0.01, "batch": 4}


@torch.no_grad()
def margin(bench: Bench, lora: str | None) -> float:
    """How much likelier "it sleeps" is than "it eats", in nats, on a question that nobody was trained on."""
    model: Any = AutoModelForCausalLM.from_pretrained(bench.model, dtype=torch.float32)
    if lora is not None:
        model = PeftModel.from_pretrained(model, str(bench.folder / "lora" / lora))
    model.eval()
    tokenizer = AutoTokenizer.from_pretrained(bench.model)
    found = []
    for answer in ("it sleeps", "it eats"):
        chat = [{"role": "user", "content": "what does cat 99 do?"}]
        prompt = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        ids = tokenizer(f"{prompt}{answer}<|end|>", return_tensors="pt", add_special_tokens=False)["input_ids"]
        start = len(tokenizer(prompt, add_special_tokens=False)["input_ids"])
        likely = model(input_ids=ids).logits.log_softmax(-1)[0, start - 1 : -1]
        found.append(float(likely.gather(1, ids[0, start:, None]).sum()))
    return found[0] - found[1]


@pytest.mark.filterwarnings("ignore::FutureWarning")  # peft reads a property that transformers has renamed
@pytest.mark.parametrize(("objective", "source"), [("dpo", PAIRS), ("kto", THUMBS)])
def test_what_people_prefer_becomes_likelier(bench: Bench, objective: str, source: dict[str, Any]) -> None:
    """The answer that was chosen gains on the one that was not, measured outside of TRL on an unseen question."""
    before = margin(bench, None)
    recipe = bench.recipe("liked", source, objective=objective, preference=QUICK, held_out_steps=6)
    result = bench.finetune(recipe)
    assert result.exit_code == 0, result.output
    assert margin(bench, "liked") > before + 3
    lines = bench.lines("liked")
    margins = [line["reward_margin"] for line in lines if "reward_margin" in line]
    assert margins[-1] > margins[0] + 0.5
    assert [line for line in lines if "held_out" in line]
    scores = json.loads((bench.folder / "runs/liked/scores.json").read_text())
    assert scores["after"]["loss"] < lines[0]["loss"]
    info = json.loads((bench.folder / "lora/liked/botframework.json").read_text())
    assert info["objective"] == objective


def test_all_weights_learn_a_preference_beside_a_reference(bench: Bench) -> None:
    """`method: full` compares with a second copy of the model, and leaves a whole model folder."""
    recipe = bench.recipe("whole", PAIRS, method="full", objective="dpo", preference={**QUICK, "rate": 0.002})
    result = bench.finetune(recipe)
    assert result.exit_code == 0, result.output
    changed: Any = AutoModelForCausalLM.from_pretrained(bench.folder / "runs/whole/checkpoint")
    base: Any = AutoModelForCausalLM.from_pretrained(bench.model)
    assert not torch.equal(changed.model.layers[0].mlp.up_proj.weight, base.model.layers[0].mlp.up_proj.weight)
    assert AutoTokenizer.from_pretrained(bench.folder / "runs/whole/checkpoint").chat_template


def test_a_run_goes_on_from_its_last_whole_checkpoint(bench: Bench) -> None:
    """A checkpoint that was cut is passed over with a word, and the steps before it are not taken again."""
    settings: dict[str, Any] = {"objective": "dpo", "preference": {**QUICK, "save_steps": 2}, "log_steps": 1}
    assert bench.finetune(bench.recipe("broken", PAIRS, max_steps=4, **settings)).exit_code == 0
    checkpoints = bench.folder / "runs/broken/checkpoints"
    weights = checkpoints / "checkpoint-4" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    assert whole_checkpoint(checkpoints) == checkpoints / "checkpoint-2"
    result = bench.finetune(bench.recipe("broken", PAIRS, max_steps=6, **settings))
    assert result.exit_code == 0, result.output
    steps = [line["step"] for line in bench.lines("broken") if "loss" in line]
    assert steps == [1, 2, 3, 4, 5, 6]
    assert f"damaged checkpoint passed over: {weights.parent}: {weights.name}: 100 bytes" in result.output
    newest, before = checkpoints / "checkpoint-6", checkpoints / "checkpoint-4"
    assert whole_checkpoint(checkpoints) == newest
    (newest / "manifest.json").unlink()  # as a process leaves it that is killed while it writes
    assert whole_checkpoint(checkpoints) == before
    (before / "adapter_config.json").unlink()
    with pytest.raises(CheckpointError, match=r"adapter_config\.json: missing"):
        whole_checkpoint(checkpoints)


def test_bad_records_are_told_and_left_out(bench: Bench) -> None:
    """A pair without a rejected answer is named with its line, one too long is counted, the others are learned."""
    with (bench.folder / "pairs.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"prompt": "hm?", "chosen": "yes"}\n')
        file.write(json.dumps({"prompt": "cat " * 600, "chosen": "yes", "rejected": "no"}) + "\n")
    result = bench.finetune(bench.recipe("some", PAIRS, objective="dpo", preference=QUICK, max_steps=2))
    assert result.exit_code == 0, result.output
    assert "pairs.jsonl:21: rejected: missing" in result.output
    assert {"records": 21, "bad_records": 1, "too_long": 1} in bench.lines("some")
    assert "1 of 21 records too long for a row" in result.output


def test_sources_are_repeated_by_their_weight(bench: Bench) -> None:
    """Weights below one count as larger ones of the same proportion do."""
    records = [{"prompt": "a?", "chosen": "yes", "rejected": "no"}, {"prompt": "b?", "chosen": "no", "rejected": "yes"}]
    bench.write("two.jsonl", records)
    sources = tuple(
        Source.model_validate({"name": str(w), "weight": w, "held_out": 0, **PAIRS, "file": "two.jsonl"})
        for w in (0.3, 0.6)
    )
    kept, held = read_preferences(sources, (bench.folder,), seed=0, report=ReadReport())
    assert (len(kept), held) == (6, None)


@pytest.mark.parametrize(
    "settings", [{"max_minutes": 3.0}, {"early_stopping": {"patience": 2}}, {"dropout": 0.1}], ids=str
)
def test_a_setting_that_would_be_ignored_is_refused(bench: Bench, settings: dict[str, Any]) -> None:
    """What only the loop for conversations knows is not taken in silence."""
    result = bench.finetune(bench.recipe("no", PAIRS, objective="dpo", preference=QUICK, **settings))
    assert result.exit_code == 2
    assert f"{next(iter(settings))} belongs to objective sft" in result.output


def test_thumbs_of_one_kind_teach_nothing(bench: Bench) -> None:
    """Where nobody has liked anything, the person is told what is missing."""
    records = [{"prompt": f"cat {n}?", "completion": "it eats", "label": False} for n in range(12)]
    bench.write("down.jsonl", records)
    source = {"kind": "thumbs", "file": "down.jsonl"}
    result = bench.finetune(bench.recipe("down", source, objective="kto", preference=QUICK))
    assert result.exit_code == 2
    assert "thumbs of both kinds" in result.output


def test_too_few_records_are_an_error(bench: Bench) -> None:
    """A source that holds out everything it has is refused with the numbers."""
    recipe = bench.recipe("none", {**PAIRS, "held_out": 20}, objective="dpo", preference=QUICK)
    result = bench.finetune(recipe)
    assert result.exit_code == 2
    assert "source data: 20 good records" in result.output
