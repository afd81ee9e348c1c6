"""The training loop: rows in; metrics, checkpoints and in the end a model folder out.

`run_to_the_end` trains any causal language model on any packer. In a run folder, `checkpoints/` holds what a killed
run goes on from and `checkpoint/` the model that the run returns: the last one, or with early stopping the best.

A run that is killed and resumed takes the same steps as an unbroken one: a checkpoint holds weights, optimisers,
random states (dropout, sampled vocabulary), the place in the data, what waits to be packed, and the sums of the next
line of the metrics; metrics written after it are dropped. In float32 on one device with the same number of threads
the result is bit for bit the same if the recipe says `max_steps`. With `max_minutes` a falling step size follows the
time measured, and the result is only alike.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from botframework.training.checkpoint import Checkpoints, load_state
from botframework.training.held_out import Stopper
from botframework.training.packing import Packer, Rows
from botframework.training.recipe import LoopRecipe, RecipeError
from botframework.training.runs import RunFolder
from botframework.training.schedule import rate_at
from botframework.training.streaming import ExampleStream
from botframework.training.tally import Tally
from botframework.training.trainer import Trainer

SaveWeights = Callable[[dict[str, Tensor], Path], None]


@dataclass(slots=True)
class Run:
    """A trainer with its stream of rows and how far it has come; what a checkpoint holds.

    Args:
        trainer: takes the steps.
        packer: gives the rows.
        held_out: batches by source that are measured and not trained on.
        save_weights: writes the model's weights into an empty folder, from which it can be loaded again.
    """

    trainer: Trainer
    packer: Packer
    held_out: dict[str, list[Rows]]
    save_weights: SaveWeights
    step: int = 0
    seconds: float = 0.0
    measured: int = -1
    tally: Tally = field(default_factory=Tally)
    stopper: Stopper | None = None

    def __post_init__(self) -> None:
        """Watch the held-out loss if the recipe says so."""
        if self.recipe.early_stopping is not None:
            self.stopper = Stopper(self.recipe.early_stopping)
            self.stopper.check(list(self.held_out))

    @property
    def recipe(self) -> LoopRecipe:
        """How the run is done."""
        return self.trainer.recipe

    @property
    def progress(self) -> float:
        """Share of the recipe's steps or minutes that is over, whichever is nearer its end."""
        shares = [0.0]
        if self.recipe.max_steps is not None:
            shares.append(self.step / self.recipe.max_steps)
        if self.recipe.max_minutes is not None:
            shares.append(self.seconds / (self.recipe.max_minutes * 60))
        return min(1.0, max(shares))

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do."""
        return self.progress >= 1.0 or (self.stopper is not None and self.stopper.is_over)

    def state(self) -> dict[str, Any]:
        """What `restore` needs besides the weights; every process must ask."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "measured": self.measured,
            "tally": self.tally.state(),
            "stopper": self.stopper.state() if self.stopper else None,
            "packer": self.packer.state(),
            "trainer": self.trainer.state(),
        }

    def restore(self, checkpoint: Path) -> None:
        """Go on from a checkpoint, whose weights the model has already.

        Raises:
            RecipeError: the recipe has other sources or optimisers than the run began with.
        """
        state = load_state(checkpoint)
        self._check_same(state, checkpoint)
        self.step, self.seconds, self.measured = state["step"], state["seconds"], state["measured"]
        self.tally.restore(state["tally"])
        if self.stopper is not None and state["stopper"] is not None:
            self.stopper.restore(state["stopper"])
        self.packer.restore(state["packer"])
        self.trainer.restore(state["trainer"])

    def _check_same(self, state: dict[str, Any], checkpoint: Path) -> None:
        mixer = state["packer"]["mixer"]
        streamed = [stream is not None for stream in mixer["streams"]]
        is_other = {
            "sources": streamed != [isinstance(s, ExampleStream) for s in self.packer.mixer.sources],
            "optimiser.name": len(state["trainer"]["optimisers"]) != len(self.trainer.optimisers),
        }
        if other := [name for name, differs in is_other.items() if differs]:
            raise RecipeError(
                f"{' and '.join(other)}: not what the run began with, so that it cannot go on from {checkpoint}; "
                "change it back, or train into another folder"
            )


def told_finished(out: Path) -> str:
    """What to tell a person who starts a run that is over."""
    return (
        f"{out}: this run is finished already; a larger max_steps goes on with it, another --out begins a new one "
        "(or delete the folder first)"
    )


def run_to_the_end(run: Run, folder: RunFolder | None, out: Path) -> Path:
    """Train until the recipe's end, and return the model folder that the run leaves.

    Args:
        run: fresh, or restored from a checkpoint.
        folder: hears of everything; None in all processes but the first.
        out: the run folder's path, in every process.

    Raises:
        RecipeError: the loss is no number any more.
        KeyboardInterrupt: a person or the system asked to stop; a checkpoint has been written.
    """
    loop = _Loop(run, folder, Checkpoints(out / "checkpoints", run.recipe.keep_checkpoints))
    with _asked_to_stop() as asked:
        loop.go(asked)
    stopper, place = run.stopper, out / "checkpoint"
    best = stopper.best_step if stopper is not None and stopper.best_step is not None else run.step
    if folder is not None:
        loop.checkpoints.publish(best, place)
    return place


class _Loop:
    """One run with where it writes."""

    def __init__(self, run: Run, folder: RunFolder | None, checkpoints: Checkpoints) -> None:
        self.run = run
        self.folder = folder
        self.checkpoints = checkpoints
        self.world = run.trainer.world
        self.saved_step = run.step if run.step else -1
        self.saved_time = time.monotonic()

    def go(self, asked: threading.Event) -> None:
        """Step by step to the end."""
        run, first = self.run, self.run.step
        if not run.step and run.held_out:
            self._held_out_losses()  # what the run starts from, to see what it brought
        while not run.is_over:
            began = time.monotonic()
            self._step(began, counts=run.step > first)
            recipe, late = run.recipe, time.monotonic() - self.saved_time >= run.recipe.checkpoint_minutes * 60
            stop, late, run.seconds = self.world.agree((asked.is_set(), late, run.seconds))
            improved = run.step % recipe.held_out_steps == 0 and self._measure()
            regular = recipe.checkpoint_steps is not None and run.step % recipe.checkpoint_steps == 0
            if improved or regular or late or stop:
                self._save()
            if stop and not run.is_over:
                raise KeyboardInterrupt
        if run.measured != run.step:
            self._measure()
        if self.saved_step != run.step:
            self._save()

    def _step(self, began: float, counts: bool) -> None:
        run, recipe = self.run, self.run.recipe
        rows = run.packer.rows(recipe.rows_per_step)
        factor = rate_at(recipe.optimiser, run.step, run.progress)
        loss, norm = run.trainer.step(rows, factor)
        if not math.isfinite(loss):
            raise RecipeError(
                f"step {run.step}: the loss is no number any more; lower muon_lr or adam_lr, or raise warmup_steps"
            )
        run.step += 1
        seconds = time.monotonic() - began
        run.tally.count(rows, loss, seconds)
        if counts:
            run.seconds += seconds  # the first step compiles; a time budget counts training only
        place = {"step": run.step, "progress": round(run.progress, 4), "minutes": round(run.seconds / 60, 3)}
        if self.folder is None:
            return
        if run.step % recipe.log_steps == 0 or run.progress >= 1.0:
            rate = run.trainer.learning_rate(factor)
            self.folder.metrics.write(
                **place, norm=round(norm, 3), rate=round(factor, 4), learning_rate=rate, **run.tally.line()
            )
        else:
            self.folder.tick(**place, loss=round(loss, 4))

    def _measure(self) -> bool:
        """Measure the held-out loss; whether the recipe wants to keep these weights for it."""
        stopper, losses = self.run.stopper, self._held_out_losses()
        return stopper is not None and stopper.watch(self.run.step, losses)

    def _held_out_losses(self) -> dict[str, float]:
        run, trainer = self.run, self.run.trainer
        losses: dict[str, float] = self.world.agree(
            {name: trainer.held_out_loss(rows) for name, rows in run.held_out.items()}
        )
        run.measured = run.step
        if self.folder is not None:
            held_out = {name: round(loss, 4) for name, loss in losses.items()}
            self.folder.metrics.write(step=run.step, held_out=held_out)
        return losses

    def _save(self) -> None:
        run = self.run
        weights, state = run.trainer.weights(), run.state()
        if self.world.is_main:
            spare = run.stopper.best_step if run.stopper is not None else None
            self.checkpoints.write(run.step, lambda folder: run.save_weights(weights, folder), state, spare)
        self.saved_step, self.saved_time = run.step, time.monotonic()


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set; a second SIGINT interrupts at once."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def stop(number: int, _: Any) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
