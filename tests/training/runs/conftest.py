"""Run folders to look at, written by the real thing."""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from pathlib import Path
from typing import Any

import pytest

from botframework.training.runs import RunFolder

Make = Callable[..., Path]


def write_run(folder: Path, *, seed: float = 0.0, recipe: dict[str, Any] | None = None, steps: int = 100) -> Path:
    """A finished run whose losses fall; `seed` lifts them all."""
    with RunFolder.open(folder, recipe or {"max_steps": steps, "optimiser": {"lr": 0.003}}, kind="finetune") as run:
        run.write_samples("before", [("Hello", "the the"), ("你好", "的的")])
        run.write_scores("before", {"BLEU": 10.0})
        run.metrics.write(step=0, parameters=1200, held_out={"en-fr": 9.0 + seed, "中文": 9.5 + seed})
        for step in range(10, steps + 1, 10):
            loss = 2 + 7 * exp(-step / 30) + seed
            run.metrics.write(
                step=step,
                progress=step / steps,
                minutes=step / 60,
                loss=loss,
                learning_rate=0.003,
                tokens_per_second=900,
            )
            if step % 20 == 0:
                run.metrics.write(step=step, held_out={"en-fr": loss + 0.1, "中文": loss + 0.4})
        run.write_samples("after", [("Hello", "Hi!"), ("你好", "你好！")])
        run.write_scores("after", {"BLEU": 30.5 - seed})
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One finished run, not to be changed."""
    return write_run(tmp_path_factory.mktemp("finished") / "first")
