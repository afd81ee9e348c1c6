"""Reads run folders: finds them below a root, sums each up in a row; changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from botframework.training.recipe import RecipeError
from botframework.training.runs.folder import read_json
from botframework.training.runs.metrics import mean_held_out, read_metrics, series_of
from botframework.training.runs.state import STATE_FILE, RunState, read_state

DEPTH = 4  # folders below the root in which runs are looked for


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run in a row: name (its path below the root), state, figures and scores after the run."""

    name: str
    folder: Path
    state: RunState
    steps: int | None
    minutes: float | None
    loss: float | None
    best_held_out: float | None
    scores: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON values."""
        return {
            "name": self.name,
            "folder": str(self.folder),
            "kind": self.state.kind,
            "state": self.state.status,
            "started": self.state.started,
            "ended": self.state.ended,
            "error": self.state.error,
            "steps": self.steps,
            "minutes": self.minutes,
            "loss": self.loss,
            "best_held_out": self.best_held_out,
            "scores": self.scores,
        }

    @property
    def when(self) -> str:
        """When it started, in the reader's own time: day and minute, or the date where it was another year."""
        moment = datetime.fromisoformat(self.state.started).astimezone()
        return moment.strftime("%b %d %H:%M" if moment.year == datetime.now().astimezone().year else "%Y-%m-%d")


def summarise(folder: Path, name: str = "") -> RunSummary:
    """The summary of one run folder.

    Raises:
        RecipeError: it is no run folder.
    """
    state = read_state(folder)
    if state is None:
        raise RecipeError(
            f"{folder}: no run folder (it has no {STATE_FILE}); `botframework runs list` names those found"
        )
    lines = read_metrics(folder / "metrics.jsonl")
    losses = series_of(lines, "loss")
    minutes = series_of(lines, "minutes")
    return RunSummary(
        name or folder.resolve().name,
        folder,
        state,
        max((step for step, _ in (*losses, *mean_held_out(lines))), default=None),
        minutes[-1][1] if minutes else None,
        losses[-1][1] if losses else None,
        min((loss for _, loss in mean_held_out(lines)), default=None),
        dict(read_json(folder / "scores.json", {}).get("after", {})),
    )


def find_runs(root: Path, complain: Callable[[str], None] | None = None) -> list[RunSummary]:
    """Every run below `root`, and `root` itself, the newest first.

    Args:
        complain: called with a message for every folder whose state cannot be read, which is left out.

    Raises:
        RecipeError: there is such a folder, and nobody to complain to.
    """
    found = []
    for folder in _folders(root, DEPTH):
        try:
            found.append(summarise(folder, folder.relative_to(root).as_posix()))
        except RecipeError as error:
            if complain is None:
                raise
            complain(str(error))
    return sorted(found, key=lambda run: run.state.started, reverse=True)


def find_run(name: str, root: Path) -> Path:
    """The folder of a run given by its path, or by its name below `root`.

    Raises:
        RecipeError: there is none, or several have that name.
    """
    for folder in (Path(name), root / name):
        if (folder / STATE_FILE).is_file():
            return folder
    below = [folder for folder in _folders(root, DEPTH) if folder.name == name]
    if len(below) == 1:
        return below[0]
    if below:
        names = ", ".join(folder.relative_to(root).as_posix() for folder in below)
        raise RecipeError(f"{name}: several runs are called so, give more of the path: {names}")
    raise RecipeError(f"{name}: no run folder, nor a run of that name in {root}; see `botframework runs list`")


def _folders(root: Path, depth: int) -> Iterator[Path]:
    """Run folders below `root`; nothing is looked for inside one."""
    if (root / STATE_FILE).is_file():
        yield root
    elif depth and root.is_dir():
        for folder in sorted(root.iterdir()):
            if folder.is_dir() and not folder.is_symlink() and not folder.name.startswith("."):
                yield from _folders(folder, depth - 1)
