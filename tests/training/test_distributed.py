"""Two processes over gloo train as one does."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.conftest import Toy, run, toy_training, write_recipe
from tests.training.processes import start
from tests.training.test_resume import curve_of, lines_of, weights_of

pytestmark = pytest.mark.timeout(600)  # a busy machine takes minutes to import torch once more


def recipe_of(folder: Path, name: str, **changes: Any) -> Path:
    """A recipe of six steps of four rows, without anything random in it."""
    settings = {"max_steps": 6, "log_steps": 1, "held_out_steps": 6, "dtype": "float32", "device": "cpu"}
    return write_recipe(folder / f"{name}.yaml", toy_training(**{**settings, **changes}))


def train_in_two(corpus: Toy, recipe: Path, out: Path) -> None:
    """Run a recipe in two processes, with the variables that torchrun sets."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    inputs = ("--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out", out)
    world = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "GLOO_SOCKET_IFNAME": "lo"}
    outputs = [recipe.with_suffix(f".{rank}.txt") for rank in range(2)]
    processes = [
        start("pretrain", recipe, *inputs, output=outputs[rank], **world, RANK=str(rank), LOCAL_RANK=str(rank))
        for rank in range(2)
    ]
    for process, output in zip(processes, outputs, strict=True):
        process.join()
        assert process.exitcode == 0, output.read_text()
    assert "checkpoint written" in outputs[0].read_text()
    assert "checkpoint written" not in outputs[1].read_text()


@pytest.fixture(scope="module")
def alone(corpus: Toy) -> Path:
    """The recipe run by one process."""
    out = corpus.folder / "alone"
    inputs = ("--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out", out)
    result = run("pretrain", recipe_of(corpus.folder, "alone"), *inputs)
    assert result.exit_code == 0, result.output
    return out


def assert_alike(out: Path, alone: Path) -> None:
    """Curve and weights are those of one process, but for rounding."""
    one, other = ([line for line in curve_of(folder) if "loss" in line] for folder in (out, alone))
    assert [line["step"] for line in one] == [1, 2, 3, 4, 5, 6]
    for name in ("loss", "norm"):
        assert [line[name] for line in one] == pytest.approx([line[name] for line in other], rel=2e-3), name
    for name, weight in weights_of(out / "checkpoint").items():
        assert torch.allclose(weight, weights_of(alone / "checkpoint")[name], atol=1e-3), name


def test_two_processes_with_a_whole_copy_each_train_as_one(corpus: Toy, alone: Path, tmp_path: Path) -> None:
    """Each learns from half of the rows in two passes (DDP), and one of them writes."""
    out = tmp_path / "out"
    train_in_two(corpus, recipe_of(tmp_path, "two", parallel="ddp", rows_per_pass=1), out)
    assert len(lines_of(out)) == len(lines_of(alone))
    assert_alike(out, alone)


def test_one_process_goes_on_with_what_two_began_in_parts(corpus: Toy, alone: Path, tmp_path: Path) -> None:
    """With half of every matrix each (FSDP) and checkpointed gradients the checkpoint is whole: one goes on from it."""
    out, halves = tmp_path / "out", {"parallel": "fsdp", "gradient_checkpointing": True}
    train_in_two(corpus, recipe_of(tmp_path, "begin", max_steps=4, **halves), out)
    inputs = ("--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out", out)
    result = run("pretrain", recipe_of(tmp_path, "end"), *inputs)
    assert result.exit_code == 0, result.output
    assert_alike(out, alone)
