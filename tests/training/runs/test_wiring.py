"""Every training command leaves a run folder that tells what came of it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from botframework.training.runs.samples import answer_samples
from botframework.training.runs.summary import find_runs, summarise
from tests.training.conftest import Toy, run, toy_sources, toy_training, write_recipe


def test_a_run_answers_its_samples_before_and_after(trained: Toy, tmp_path: Path) -> None:
    """The recipe's samples are in the report side by side, and the held-out loss from before the first step."""
    samples = ["Translate into French:\nThe cat sleeps now.", "<b>猫</b>"]
    path = write_recipe(tmp_path / "finetune.yaml", toy_training(max_steps=8, samples=samples))
    out = tmp_path / "run"
    result = run("finetune", path, "--data", trained.data, "--model", trained.model, "--out", out, "--json")
    assert result.exit_code == 0, result.output
    answers = json.loads((out / "samples.json").read_text("utf-8"))
    assert [prompt for prompt, _ in answers["before"]] == [prompt for prompt, _ in answers["after"]] == samples
    report = (out / "report.html").read_text("utf-8")
    assert "&lt;b&gt;猫&lt;/b&gt;" in report
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert [line["step"] for line in lines if "held_out" in line] == [0, 8]
    printed = [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]
    assert printed == lines
    assert summarise(out).state.status == "finished"


def test_tokenizer_and_embedder_leave_run_folders_too(corpus: Toy, tmp_path: Path) -> None:
    """Their figures, scores and data are told as those of a model's run are, and a second run starts anew."""
    sources = [source for source in toy_sources(12) if source["name"] == "en-fr"]
    path = write_recipe(tmp_path / "embedder.yaml", {"dim": 16, "steps": 150, "threads": 1, "sources": sources})
    out = tmp_path / "runs" / "embedder"
    for _ in range(2):
        result = run("embedder", path, "--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out", out)
        assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert [line.get("step") for line in lines] == [100, 150, None]
    assert (lines[-1]["records"], lines[-1]["bad_records"]) == (48, 0)
    (found,) = find_runs(tmp_path / "runs")
    assert (found.name, found.state.kind, found.state.status) == ("embedder", "embedder", "finished")
    assert set(found.scores) == {"recall@1 en-fr there", "recall@1 en-fr back"}
    tokenizer = summarise(corpus.tokenizer)
    assert (tokenizer.state.kind, tokenizer.state.status) == ("tokenizer", "finished")
    report = (corpus.tokenizer / "report.html").read_text("utf-8")
    assert "vocabulary" in report
    assert "pairs.jsonl" in report


def test_samples_leave_the_model_and_the_random_state_as_they_were(trained: Toy) -> None:
    """Answering draws no random number and puts a model in training back into training, so resume stays exact."""
    model: Any = AutoModelForCausalLM.from_pretrained(trained.model)
    tokenizer = AutoTokenizer.from_pretrained(trained.model)
    model.train()
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    (answer,) = answer_samples(model, tokenizer, ["hello"], max_new_tokens=4)
    assert torch.equal(torch.rand(3), expected)
    assert model.training
    assert answer[0] == "hello"
    assert "<|" not in answer[1]
    tokenizer.chat_template = None
    assert answer_samples(model, tokenizer, ["hello"], max_new_tokens=4) != []


def test_a_tensorboard_run_writes_what_tensorboard_reads(trained: Toy, tmp_path: Path) -> None:
    """With `tensorboard: true` every number is an event at its step."""
    reader: Any = import_module("tensorboard.backend.event_processing.event_accumulator")
    path = write_recipe(tmp_path / "finetune.yaml", toy_training(max_steps=10, tensorboard=True))
    out = tmp_path / "run"
    result = run("finetune", path, "--data", trained.data, "--model", trained.model, "--out", out)
    assert result.exit_code == 0, result.output
    events = reader.EventAccumulator(str(out / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("loss")] == [5, 10]
    assert {"held_out/en-fr", "learning_rate", "tokens_per_second"} <= set(events.Tags()["scalars"])


def test_tensorboard_that_is_missing_is_said_to_be(tmp_path: Path) -> None:
    """Without the package the message names the extra to install and the line to take out."""
    code = (
        "import sys; sys.modules['tensorboard'] = None\n"
        "from pathlib import Path\n"
        "from botframework.training.recipe import RecipeError\n"
        "from botframework.training.runs import RunFolder\n"
        "try:\n    RunFolder.open(Path(sys.argv[1]), {}, tensorboard=True)\n"
        "except RecipeError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "run"], capture_output=True, text=True, check=True)
    assert "pip install 'botframework[tensorboard]'" in done.stdout
    assert not (tmp_path / "run").exists()
