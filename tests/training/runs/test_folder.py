"""Run folders: what they hold, how they end, how they are opened again."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from botframework.training.recipe import LanguageModelRecipe, RecipeError, Source
from botframework.training.runs import Line, RunFolder
from botframework.training.runs.state import RunState, read_state, write_state
from tests.training.conftest import Toy, run

HOLDER = """
import sys, time
from pathlib import Path
from botframework.training.runs import RunFolder
run = RunFolder.open(Path(sys.argv[1]), {"a": 1}, kind="pretrain")
run.metrics.write(step=10, loss=2.0)
print("open", flush=True)
time.sleep(60)
"""


class Witness:
    """A display that remembers."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def open(self, folder: Path) -> None:
        self.heard.append("open")

    def line(self, line: Line) -> None:
        self.heard.append(f"line {line['step']}")

    def tick(self, line: Line) -> None:
        self.heard.append(f"tick {line.get('step', line.get('doing'))}")

    def close(self, folder: Path, state: RunState) -> None:
        self.heard.append(f"{state.state}, report written: {(folder / 'report.html').is_file()}")


def test_a_finished_run_leaves_everything_that_tells_what_it_was(tmp_path: Path) -> None:
    """Recipe in full, environment with the data's sums, metrics, curves, report and state are in the folder."""
    data = tmp_path / "pairs.jsonl"
    data.write_text('{"a": 1}\n', encoding="utf-8")
    recipe = LanguageModelRecipe(max_steps=3, sources=(Source(name="中文", kind="text", file="pairs.jsonl", weight=1),))
    out = tmp_path / "run"
    with RunFolder.open(out, recipe, kind="pretrain", inputs={"data": tmp_path, "model": None}, files=[data]) as run:
        run.metrics.write(step=1, loss=3.0)
        state = read_state(out)
        assert state is not None
        assert state.status == "running"
        assert run.checkpoint == out / "checkpoint"
    state = read_state(out)
    assert state is not None
    assert (state.kind, state.status, state.inputs) == ("pretrain", "finished", {"data": str(tmp_path)})
    assert state.ended is not None
    assert state.ended >= state.started
    assert LanguageModelRecipe.model_validate(yaml.safe_load((out / "recipe.yaml").read_text("utf-8"))) == recipe
    (part,) = json.loads((out / "environment.json").read_text("utf-8"))["parts"]
    (entry,) = part["data"]
    assert entry["sha256"] == hashlib.sha256(data.read_bytes()).hexdigest()
    assert entry["bytes"] == 9
    assert part["python"] == ".".join(map(str, sys.version_info[:3]))
    assert part["cpu"]
    assert part["packages"]["torch"]
    assert part["ended"] == state.ended
    assert (out / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert "中文" in (out / "report.html").read_text("utf-8")


def test_an_error_and_an_interruption_are_told_apart(tmp_path: Path) -> None:
    """A run that raised is failed with its error, one that a person interrupted is stopped; both pass it on."""
    with pytest.raises(ValueError, match="no number"), RunFolder.open(tmp_path / "a", {}):
        raise ValueError("the loss is no number")
    with pytest.raises(KeyboardInterrupt), RunFolder.open(tmp_path / "b", {}):
        raise KeyboardInterrupt
    failed, stopped = read_state(tmp_path / "a"), read_state(tmp_path / "b")
    assert failed is not None
    assert stopped is not None
    assert (failed.status, failed.error) == ("failed", "ValueError: the loss is no number")
    assert (stopped.status, stopped.error) == ("stopped", None)
    assert "the loss is no number" in (tmp_path / "a" / "report.html").read_text("utf-8")


def test_a_run_opened_again_keeps_what_is_there_and_says_that_it_was_resumed(tmp_path: Path) -> None:
    """Metrics go on, the first answers stay, a changed recipe keeps the old one beside it, unread data is not read."""
    data = tmp_path / "pairs.jsonl"
    data.write_text("x\n", encoding="utf-8")
    out = tmp_path / "run"
    with RunFolder.open(out, {"steps": 10}, kind="pretrain", inputs={"data": "d"}, files=[data]) as run:
        run.metrics.write(step=10, loss=3.0)
        run.metrics.write(step=20, loss=2.0)
        run.write_samples("before", [("Hello", "the")])
        run.write_samples("after", [("Hello", "Hm")])
    first = read_state(out)
    with RunFolder.open(out, {"steps": 30}, kind="pretrain", files=[data]) as run:
        run.truncate_after(10)
        run.metrics.write(step=20, loss=1.9)
        run.write_samples("before", [("Hello", "Hm")])
        run.write_samples("after", [("Hello", "Hi!")])
    state = read_state(out)
    assert first is not None
    assert state is not None
    assert (state.started, state.inputs) == (first.started, {"data": "d"})
    assert [line["loss"] for line in run.metrics.lines()] == [3.0, 1.9]
    samples = json.loads((out / "samples.json").read_text("utf-8"))
    assert samples == {"before": [["Hello", "the"]], "after": [["Hello", "Hi!"]]}
    assert yaml.safe_load((out / "recipe.yaml").read_text()) == {"steps": 30}
    assert yaml.safe_load((out / "recipe.1.yaml").read_text()) == {"steps": 10}
    parts = json.loads((out / "environment.json").read_text("utf-8"))["parts"]
    assert len(parts) == 2
    assert parts[0]["data"] == parts[1]["data"]
    assert "Parts of this run" in (out / "report.html").read_text("utf-8")


def test_a_display_hears_of_a_run_from_beginning_to_end(tmp_path: Path) -> None:
    """The display is opened, hears lines and ticks in order, and closed once, when the report is there."""
    witness = Witness()
    with RunFolder.open(tmp_path, {}, display=witness) as run:
        run.tick(step=1)
        run.metrics.write(step=2)
    run.close("failed")
    assert witness.heard == [
        "open",
        "tick 1",
        "line 2",
        "tick writing the report",
        "finished, report written: True",
    ]
    state = read_state(tmp_path)
    assert state is not None
    assert state.status == "finished"


def test_a_killed_run_is_told_from_a_running_one_and_its_folder_is_free_again(tmp_path: Path) -> None:
    """While a process writes, nobody else may; once it is killed the run shows so and can be gone on with."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        state = read_state(tmp_path / "run")
        assert state is not None
        assert state.status == "running"
        with pytest.raises(RecipeError, match=f"process {holder.pid} on"):
            RunFolder.open(tmp_path / "run", {"a": 1})
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    state = read_state(tmp_path / "run")
    assert state is not None
    assert state.status == "killed"
    with RunFolder.open(tmp_path / "run", {"a": 1}) as run:
        assert [line["step"] for line in run.metrics.lines()] == [10]


def test_a_run_of_a_machine_that_is_gone_can_be_taken_over(corpus: Toy, tmp_path: Path) -> None:
    """A container that was killed leaves a run that seems to go on; the person says that it does not."""
    out = tmp_path / "run"
    out.mkdir()
    for name in ("run.json", "recipe.yaml"):
        (out / name).write_bytes((corpus.tokenizer / name).read_bytes())
    state = read_state(out)
    assert state is not None
    write_state(out, replace(state, state="running", process=("gone", 1, "")))
    refused = run("resume", out)
    assert refused.exit_code == 2
    assert "process 1 on gone is writing into this run folder" in refused.output
    assert f"botframework train resume {out} --take-over" in refused.output
    assert run("resume", out, "--take-over").exit_code == 0
    assert (out / "tokenizer.json").read_bytes() == (corpus.tokenizer / "tokenizer.json").read_bytes()


def test_a_state_file_that_is_not_ours_says_how_to_mend_it(tmp_path: Path) -> None:
    """A run.json with something else in it is an error that names the file."""
    (tmp_path / "run.json").write_text("[1, 2]", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"run\.json: not a run's state"):
        RunFolder.open(tmp_path, {})


def test_importing_the_run_folder_needs_neither_torch_nor_matplotlib() -> None:
    """Listing runs stays quick: nothing heavy is imported with the package."""
    code = (
        "import sys; import botframework.training.runs, botframework.training.runs.summary, botframework.cli.runs;"
        "print([name for name in ('torch', 'matplotlib', 'transformers', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
