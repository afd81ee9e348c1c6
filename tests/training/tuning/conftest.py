"""Tiny models, tiny data, and the commands that train on them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from typer.testing import CliRunner, Result

from botframework.cli.lora import app as lora_app
from botframework.cli.train import app as train_app
from tests.training.tuning.families import build_family

__all__ = ["Bench"]


class Bench:
    """A folder with a tiny model, data and recipes, in which commands run."""

    def __init__(self, folder: Path, family: str = "qwen3") -> None:
        self.folder = folder
        self.model = build_family(folder / "model", family)

    def write(self, name: str, records: list[dict[str, Any]]) -> None:
        """Write JSON lines."""
        lines = [json.dumps(record, ensure_ascii=False) for record in records]
        (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def recipe(self, name: str, source: dict[str, Any], **settings: Any) -> Path:
        """Write a recipe of one source, small enough for a test."""
        path = self.folder / f"{name}.yaml"
        whole = {
            "model": str(self.model),
            "out": str(self.folder / "runs" / name),
            "method": "lora",
            "optimiser": {"name": "adamw", "adam_lr": 0.02, "warmup_steps": 0, "decay": "linear"},
            "row_tokens": 64,
            "rows_per_step": 2,
            "rows_per_pass": 2,
            "max_steps": 12,
            "log_steps": 4,
            "held_out_steps": 100,
            "threads": 1,
            "device": "cpu",
            "dtype": "float32",
            "sources": [{"name": "data", "weight": 1, "held_out": 4, **source}],
            **settings,
            "lora": {"rank": 4, "alpha": 8, "root": str(self.folder / "lora"), **settings.get("lora", {})},
        }
        path.write_text(yaml.safe_dump(whole), encoding="utf-8")
        return path

    def finetune(self, recipe: Path, *arguments: str) -> Result:
        """`botframework train finetune RECIPE`, in this process."""
        return CliRunner().invoke(train_app, ["finetune", str(recipe), *arguments])

    def resume(self, run: str) -> Result:
        """`botframework train resume RUN`."""
        return CliRunner().invoke(train_app, ["resume", str(self.folder / "runs" / run)])

    def lora(self, *arguments: str | Path) -> Result:
        """`botframework lora …` with this folder's root."""
        command, *rest = map(str, arguments)
        return CliRunner().invoke(lora_app, [command, *rest, "--root", str(self.folder / "lora")])

    def lines(self, run: str) -> list[dict[str, Any]]:
        """The metrics of a run."""
        text = (self.folder / "runs" / run / "metrics.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A bench with a tiny Qwen3, chats, preference pairs and thumbs."""
    bench = Bench(tmp_path)
    bench.write(
        "chats.jsonl",
        [
            {
                "messages": [
                    {"role": "user", "content": f"say {number}"},
                    {"role": "assistant", "content": "the hell"},
                ]
            }
            for number in range(24)
        ],
    )
    bench.write(
        "pairs.jsonl",
        [{"prompt": f"what does cat {n} do?", "chosen": "it sleeps", "rejected": "it eats"} for n in range(20)],
    )
    bench.write(
        "thumbs.jsonl",
        [
            {
                "prompt": f"what does cat {n} do?",
                "completion": "it sleeps" if n % 2 else "it eats",
                "label": bool(n % 2),
            }
            for n in range(20)
        ],
    )
    return bench
