"""Early stopping: a run ends when its held-out loss no longer falls, and returns the best weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from botframework.training.held_out import Stopper, held_out_of_result
from botframework.training.recipe import EarlyStopping
from tests.training.conftest import Toy, run, toy_training, write_recipe
from tests.training.test_resume import weights_of


def test_the_best_step_is_remembered_and_patience_ends() -> None:
    """Two measurements without progress end a run with patience 2; a smaller fall than min_delta is no progress."""
    stopper = Stopper(EarlyStopping(patience=2, min_delta=0.1))
    found = [stopper.watch(step, {"a": loss, "b": loss}) for step, loss in enumerate([3.0, 2.0, 1.95, 1.7, 1.8])]
    assert found == [True, True, False, True, False]
    assert (stopper.best, stopper.best_step, stopper.is_over) == (1.7, 3, False)
    stopper.watch(5, {"a": 1.65, "b": 1.65})
    assert stopper.is_over


def test_one_source_can_be_what_counts() -> None:
    """With a source named, the others do not matter."""
    stopper = Stopper(EarlyStopping(source="a", patience=1))
    stopper.watch(1, {"a": 1.0, "b": 9.0})
    assert stopper.watch(2, {"a": 0.9, "b": 99.0})


@pytest.mark.timeout(300)
def test_a_run_that_overfits_stops_and_returns_its_best_weights(corpus: Toy, tmp_path: Path) -> None:
    """On six sentences the held-out loss soon rises: the run ends early, with the weights of the lowest loss."""
    source = {"name": "few", "kind": "messages", "file": "chats.jsonl", "weight": 1, "held_out": 30}
    source["max_records"] = 33
    recipe = toy_training(
        sources=[source], max_steps=400, held_out_steps=4, log_steps=100, early_stopping={"patience": 3}
    )
    out = tmp_path / "out"
    path = write_recipe(tmp_path / "recipe.yaml", recipe)
    result = run("pretrain", path, "--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out", out)
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    losses = {line["step"]: line["held_out"]["few"] for line in lines if line.get("held_out") and line["step"]}
    best = min(losses, key=lambda step: losses[step])
    assert max(losses) < 400
    assert best == max(losses) - 3 * 4
    kept = weights_of(out / "checkpoints" / f"step-{best:08d}")
    for name, weight in weights_of(out / "checkpoint").items():
        assert torch.equal(weight, kept[name]), name


def test_the_losses_of_a_result_are_those_of_its_weights() -> None:
    """With early stopping the best measurement counts, without it the last; the one before the run never does."""
    losses = {0: 0.5, 4: 3.0, 8: 2.0, 12: 2.5}
    lines: list[dict[str, Any]] = [{"step": step, "held_out": {"a": loss}} for step, loss in losses.items()]
    assert held_out_of_result([*lines, {"step": 12, "loss": 1.0}], None) == {"a": 2.5}
    assert held_out_of_result(lines, EarlyStopping()) == {"a": 2.0}
    assert held_out_of_result([{"step": 1, "loss": 1.0}], EarlyStopping()) == {}
