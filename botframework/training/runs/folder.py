"""The folder of one run: recipe, environment, metrics, checkpoint, samples, scores, curves and report.

    with RunFolder.open(out, recipe, kind="pretrain", files=data_files) as run:
        run.metrics.write(step=20, loss=3.1)
        ...

Leaving the block says how the run ended and writes curves.png and report.html. Knows no model and no tensors.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from shlex import quote
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

import yaml
from pydantic import BaseModel

from botframework.training.recipe import RecipeError
from botframework.training.runs.display import Display, Silent
from botframework.training.runs.environment import environment_now
from botframework.training.runs.metrics import Metrics
from botframework.training.runs.state import (
    RunState,
    Status,
    is_alive,
    is_elsewhere,
    now,
    read_state,
    this_process,
    write_json,
    write_state,
)

if TYPE_CHECKING:
    from botframework.training.runs.tensorboard import TensorBoard

When = Literal["before", "after"]


class RunFolder:
    """An open run folder, written by one process; `open` makes it."""

    def __init__(self, path: Path, state: RunState, metrics: Metrics, display: Display, closers: ExitStack) -> None:
        """Hold what `open` has prepared."""
        self.path = path
        self.metrics = metrics
        self.display = display
        self._state = state
        self._closers = closers

    @classmethod
    def open(
        cls,
        out: Path,
        recipe: BaseModel | Mapping[str, Any],
        *,
        kind: str = "train",
        inputs: Mapping[str, str | Path | None] | None = None,
        files: Iterable[Path] = (),
        display: Display | None = None,
        tensorboard: bool = False,
    ) -> Self:
        """Make the folder, or open it again to go on with its run: what is there is kept.

        Args:
            out: the run folder.
            recipe: what the run does; written in full to recipe.yaml. One that differs from what is there is put
                in its place, and the old one kept as recipe.1.yaml, recipe.2.yaml, …
            kind: pretrain, finetune, embedder, …
            inputs: folders the run was started with, so that it can be started again.
            files: the data files, described in environment.json.
            display: hears every line of the metrics and every tick; its `close` is called with the run's.
            tensorboard: also write what TensorBoard shows, to OUT/tensorboard.

        Raises:
            RecipeError: another process is writing into the folder, or TensorBoard is wanted and not installed.
        """
        earlier = read_state(out)
        if earlier and earlier.status == "running" and earlier.process != this_process() and is_alive(earlier.process):
            host, number, _ = earlier.process
            gone = (
                f"; if that machine is gone, go on with: botframework train resume {quote(str(out))} --take-over"
                if is_elsewhere(earlier.process)
                else ""
            )
            raise RecipeError(
                f"{out}: process {number} on {host} is writing into this run folder; "
                f"wait for it, stop it, or choose another folder{gone}"
            )
        display = display or Silent()
        with ExitStack() as closers:
            board = closers.enter_context(_tensorboard(out / "tensorboard")) if tensorboard else None
            out.mkdir(parents=True, exist_ok=True)
            given = {name: str(value) for name, value in (inputs or {}).items() if value is not None}
            state = RunState(
                kind,
                "running",
                earlier.started if earlier else now(),
                inputs=given or (earlier.inputs if earlier else {}),
                process=this_process(),
            )
            _write_recipe(out, recipe)
            _add_environment(out, files)
            write_state(out, state)
            metrics = Metrics(out / "metrics.jsonl", (display.line, *((board.line,) if board else ())))
            run = cls(out, state, metrics, display, closers.pop_all())
        display.open(out)
        return run

    @property
    def checkpoint(self) -> Path:
        """Where the checkpoint belongs."""
        return self.path / "checkpoint"

    @property
    def report(self) -> Path:
        """The report for people."""
        return self.path / "report.html"

    def tick(self, **line: Any) -> None:
        """Tell the display how far the run is, between two lines of the metrics; nothing is kept.

        `doing="…"` says what takes time besides the steps.
        """
        self.display.tick(line)

    def truncate_after(self, step: int) -> None:
        """Forget what was measured after `step`, for a run that goes on from there."""
        self.metrics.truncate_after(step)

    def write_samples(self, when: When, answers: Sequence[tuple[str, str]]) -> None:
        """Keep (prompt, answer) pairs from before or after the run; the first "before" stays, the last "after" wins."""
        self._merge("samples.json", when, [list(pair) for pair in answers])

    def write_scores(self, when: When, scores: Mapping[str, float]) -> None:
        """Keep scores by name from before or after the run; higher need not be better."""
        self._merge("scores.json", when, dict(scores))

    def close(self, state: Status = "finished", error: str | None = None) -> None:
        """Say how the run ended, write curves.png and report.html; closing twice does nothing."""
        from botframework.training.runs.run_report import write_run_report

        if self._state.state != "running":
            return
        self._closers.close()
        self.metrics.close()
        ended = now()
        self._state = RunState(
            self._state.kind, state, self._state.started, ended, error, self._state.inputs, self._state.process
        )
        write_state(self.path, self._state)
        environment = read_json(self.path / "environment.json", {"parts": []})
        environment["parts"][-1]["ended"] = ended
        write_json(self.path / "environment.json", environment)
        self.tick(doing="writing the report")
        try:
            write_run_report(self.path)
        finally:
            self.display.close(self.path, self._state)

    def __enter__(self) -> Self:
        """The run itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close as finished, as stopped on Ctrl-C or a signal's exit, or as failed with the error."""
        if error is None:
            self.close()
        elif isinstance(error, KeyboardInterrupt | SystemExit):
            self.close("stopped")
        else:
            self.close("failed", f"{type(error).__name__}: {error}")

    def _merge(self, name: str, when: When, value: Any) -> None:
        kept = read_json(self.path / name, {})
        if when == "after" or when not in kept:
            write_json(self.path / name, {**kept, when: value})


def _tensorboard(folder: Path) -> AbstractContextManager[TensorBoard]:
    from botframework.training.runs.tensorboard import TensorBoard

    return TensorBoard.open(folder)


def read_json(path: Path, default: Any) -> Any:
    """A JSON file's value; `default` if there is no such file or it cannot be read as JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return default


def recipe_values(recipe: BaseModel | Mapping[str, Any]) -> dict[str, Any]:
    """A recipe in full, as JSON values."""
    return recipe.model_dump(mode="json") if isinstance(recipe, BaseModel) else dict(recipe)


def _write_recipe(out: Path, recipe: BaseModel | Mapping[str, Any]) -> None:
    path = out / "recipe.yaml"
    text = yaml.safe_dump(recipe_values(recipe), sort_keys=False, allow_unicode=True)
    if path.is_file() and path.read_text(encoding="utf-8") != text:
        number = next(n for n in range(1, 10_000) if not (out / f"recipe.{n}.yaml").exists())
        path.rename(out / f"recipe.{number}.yaml")
    path.write_text(text, encoding="utf-8")


def _add_environment(out: Path, files: Iterable[Path]) -> None:
    path = out / "environment.json"
    parts = read_json(path, {"parts": []})["parts"]
    known = [entry for part in parts for entry in part["data"]]
    write_json(path, {"parts": [*parts, {"started": now(), "ended": None, **environment_now(files, known)}]})
