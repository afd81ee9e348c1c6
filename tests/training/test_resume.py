"""A run that is killed and resumed is the unbroken run."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file

from botframework.training.checkpoint import load_state
from botframework.training.runs import RunFolder
from tests.training.conftest import Toy, run, toy_sources, toy_training, write_recipe
from tests.training.processes import start

STEPS = 24
pytestmark = pytest.mark.timeout(600)  # a busy machine takes minutes to import torch once more

EXACT = ("step", "loss", "norm", "learning_rate", "held_out")


def recipe_of(folder: Path, name: str, **changes: Any) -> Path:
    """A recipe with everything in it that draws random numbers or remembers something."""
    first, *others = toy_sources()
    settings = {
        "sources": [{**first, "stream": True, "buffer": 16}, *others],
        "max_steps": STEPS,
        "log_steps": 1,
        "checkpoint_steps": 3,
        "held_out_steps": 6,
        "dropout": 0.1,
        "sampled_vocabulary": 200,
        "early_stopping": {"patience": 100},
        "optimiser": {"warmup_steps": 3, "muon_lr": 0.01, "adam_lr": 0.01, "decay": "wsd", "weight_decay": 0.1},
        "dtype": "float32",
        "device": "cpu",
    }
    return write_recipe(folder / f"{name}.yaml", toy_training(**{**settings, **changes}))


def lines_of(out: Path) -> list[dict[str, Any]]:
    """The whole lines of a run's metrics; the last one may be half written."""
    path = out / "metrics.jsonl"
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.is_file() else []
    return [json.loads(line) for line in lines]


def curve_of(out: Path) -> list[dict[str, Any]]:
    """What of a run's metrics does not hang on the clock."""
    lines = [{key: line[key] for key in EXACT if key in line} for line in lines_of(out)]
    return [line for line in lines if len(line) > 1]


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    """All weights in a model folder."""
    return {k: v for file in sorted(folder.glob("*.safetensors")) for k, v in load_file(file).items()}


def assert_same_weights(one: Path, other: Path) -> None:
    """Two model folders hold the same bits."""
    left, right = weights_of(one), weights_of(other)
    assert left
    assert left.keys() == right.keys()
    for name, weight in left.items():
        assert torch.equal(weight, right[name]), name


def wait_for(condition: Callable[[], bool], seconds: float = 300) -> None:
    """Wait until the condition holds.

    Raises:
        TimeoutError: it does not.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the process did not come that far")
        time.sleep(0.005)


@pytest.fixture(scope="module")
def unbroken(corpus: Toy) -> Path:
    """A run from beginning to end."""
    out = corpus.folder / "unbroken"
    recipe = recipe_of(corpus.folder, "unbroken")
    result = run("pretrain", recipe, "--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out", out)
    assert result.exit_code == 0, result.output
    return out


def test_a_run_killed_again_and_again_is_the_unbroken_run(corpus: Toy, unbroken: Path, tmp_path: Path) -> None:
    """Killed with SIGKILL at random moments and resumed from its folder alone: same curve, same weights, bit by bit."""
    random, out = Random(), tmp_path / "out"
    inputs = ("--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out", out)
    process = start("pretrain", recipe_of(tmp_path, "killed"), *inputs)
    kills = 0
    for step in (random.randint(1, 5), random.randint(8, 12), random.randint(15, 19)):
        wait_for(lambda step=step: any(line["step"] >= step for line in lines_of(out)))  # type: ignore[misc]  # a lambda in a loop
        time.sleep(random.random() * 0.03)  # anywhere within a step or a checkpoint
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        kills += process.exitcode == -signal.SIGKILL
        process = start("resume", out, output=tmp_path / "output")
    process.join()
    assert kills >= 2  # a fast machine may have finished before the last one
    assert process.exitcode == 0, (tmp_path / "output").read_text()
    assert curve_of(out) == curve_of(unbroken)
    assert len([line for line in curve_of(out) if "loss" in line]) == STEPS
    last = f"checkpoints/step-{STEPS:08d}"
    assert_same_weights(out / last, unbroken / last)
    assert_same_weights(out / "checkpoint", unbroken / "checkpoint")
    one, other = load_state(out / last), load_state(unbroken / last)
    assert one["packer"] == other["packer"]
    assert torch.equal(one["trainer"]["random"][0]["cpu"], other["trainer"]["random"][0]["cpu"])


def test_a_run_that_is_asked_to_stop_saves_and_says_how_to_go_on(corpus: Toy, unbroken: Path, tmp_path: Path) -> None:
    """SIGTERM ends a run after its step with a checkpoint; resumed it ends as the unbroken one."""
    out = tmp_path / "Läufe 一"
    inputs = ("--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out", out)
    process = start("pretrain", recipe_of(tmp_path, "stopped"), *inputs, output=tmp_path / "output")
    wait_for(lambda: any("loss" in line for line in lines_of(out)))
    process.terminate()
    process.join()
    assert process.exitcode == 130
    assert f"botframework train resume '{out}'" in (tmp_path / "output").read_text()
    assert json.loads((out / "run.json").read_text())["state"] == "stopped"
    result = run("resume", out)
    assert result.exit_code == 0, result.output
    assert curve_of(out) == curve_of(unbroken)
    assert_same_weights(out / "checkpoint", unbroken / "checkpoint")


def test_a_damaged_checkpoint_gives_way_to_the_one_before(corpus: Toy, unbroken: Path, tmp_path: Path) -> None:
    """A run whose newest checkpoint is cut goes on from the one before, says so, and ends the same."""
    out = tmp_path / "out"
    inputs = ("--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out", out)
    process = start("pretrain", recipe_of(tmp_path, "cut", keep_checkpoints=4), *inputs)
    wait_for(lambda: len(list((out / "checkpoints").glob("step-*"))) >= 3)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    newest = max((out / "checkpoints").glob("step-*"))
    state = newest / "training.pt"
    state.write_bytes(state.read_bytes()[:1000])
    result = run("resume", out)
    assert result.exit_code == 0, result.output
    assert f"damaged checkpoint passed over: {newest}: training.pt: 1000 bytes" in result.output
    assert curve_of(out) == curve_of(unbroken)
    assert_same_weights(out / "checkpoint", unbroken / "checkpoint")


def test_a_finished_run_has_nothing_to_do(unbroken: Path) -> None:
    """Resuming a finished run changes neither its curve nor its weights, and says why."""
    before, weights = curve_of(unbroken), weights_of(unbroken / "checkpoint")
    result = run("resume", unbroken)
    assert result.exit_code == 0, result.output
    assert f"{unbroken}: this run is finished already" in result.output
    assert curve_of(unbroken) == before
    for name, weight in weights_of(unbroken / "checkpoint").items():
        assert torch.equal(weight, weights[name]), name


def test_a_finished_run_can_be_given_more_steps(corpus: Toy, tmp_path: Path) -> None:
    """The same folder with a larger max_steps goes on where it was, and keeps the old recipe beside the new one."""
    out = tmp_path / "out"
    inputs = ("--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out", out)
    for steps in (4, 7):
        recipe = recipe_of(tmp_path, f"steps-{steps}", max_steps=steps)
        assert run("pretrain", recipe, *inputs).exit_code == 0
    assert [line["step"] for line in curve_of(out) if "loss" in line] == [1, 2, 3, 4, 5, 6, 7]
    assert yaml.safe_load((out / "recipe.1.yaml").read_text())["max_steps"] == 4
    others = {"sources": toy_sources()[:2], "optimiser": {"name": "adamw"}}
    result = run("pretrain", recipe_of(tmp_path, "others", max_steps=9, **others), *inputs)
    assert result.exit_code == 2
    assert "sources and optimiser.name: not what the run began with" in result.output


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    """Resuming something else says what is missing, or what it is."""
    result = run("resume", tmp_path)
    assert result.exit_code == 2
    assert "no run folder" in result.output
    with RunFolder.open(tmp_path, {}, kind="eval"):
        pass
    result = run("resume", tmp_path)
    assert result.exit_code == 2
    assert "a run of kind eval" in result.output


def test_a_killed_embedder_goes_on_as_well(corpus: Toy, tmp_path: Path) -> None:
    """An embedder's run, killed and resumed, ends with the vectors of the unbroken one, and is then finished."""
    sources = [source for source in toy_sources(4) if source["name"] in {"en-fr", "en-zh"}]
    recipe = {"dim": 16, "batch": 16, "steps": 400, "checkpoint_steps": 7, "threads": 1, "sources": sources}
    path = write_recipe(tmp_path / "embedder.yaml", recipe)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    inputs = ("--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out")
    assert run("embedder", path, *inputs, whole).exit_code == 0
    process = start("embedder", path, *inputs, parts)
    wait_for(lambda: any((parts / "checkpoints").glob("step-0000[01]*")))
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    result = run("resume", parts)
    assert result.exit_code == 0, result.output
    assert curve_of(parts) == curve_of(whole)
    one, other = load_file(whole / "embedder.safetensors"), load_file(parts / "embedder.safetensors")
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert "finished" in run("resume", parts).output
