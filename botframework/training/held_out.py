"""Text that is not trained on: its rows, its loss, and when its loss says that a run should stop; knows no tensors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botframework.training.examples import Examples
from botframework.training.packing import Rows, pack
from botframework.training.recipe import EarlyStopping, RecipeError


def held_out_rows(examples: Examples, count: int, size: int, pad: int, *, single: bool = False) -> list[Rows]:
    """The first `count` examples, packed into one batch of at most eight rows of `size` tokens.

    With `single` every row holds one example, and there are at most four such batches.
    """
    rows: list[list[Any]] = [[]]
    filled = 0
    for index in range(count):
        a, b = examples.offsets[index], examples.offsets[index + 1]
        if filled + (b - a) > size or (single and filled):
            rows.append([])
            filled = 0
        rows[-1].append((examples.tokens[a:b], examples.learn[a:b]))
        filled += int(b - a)
    return pack(rows[: 32 if single else 8], size, pad).split(8)


def held_out_of_result(lines: Iterable[Mapping[str, Any]], settings: EarlyStopping | None) -> dict[str, float]:
    """The held-out losses of the weights that a run returns: with early stopping the best ones, else the last.

    Args:
        lines: the run's metrics.
        settings: the recipe's early stopping, if it has any.
    """
    measured = [line for line in lines if line.get("held_out")]
    if settings is not None:
        stopper = Stopper(settings)
        measured = [line for line in measured if line["step"] and stopper.watch(line["step"], line["held_out"])]
    return dict(measured[-1]["held_out"]) if measured else {}


@dataclass(slots=True)
class Stopper:
    """Watches the held-out loss of a run: which step was the best, and whether going on is in vain."""

    settings: EarlyStopping
    best: float | None = None
    best_step: int | None = None
    misses: int = 0

    def check(self, sources: list[str]) -> None:
        """Refuse settings that could never stop anything.

        Raises:
            RecipeError: no source has held-out examples, or the one named has none.
        """
        if not sources:
            raise RecipeError("early_stopping: no source has held-out examples; give one `held_out: 40`")
        if self.settings.source is not None and self.settings.source not in sources:
            raise RecipeError(
                f"early_stopping.source: {self.settings.source} has no held-out examples;"
                f" choose one of {', '.join(sources)}"
            )

    def watch(self, step: int, losses: dict[str, float]) -> bool:
        """Take note of a measurement; whether it is the best so far."""
        source = self.settings.source
        loss = losses[source] if source is not None else sum(losses.values()) / len(losses)
        if self.best is None or loss < self.best - self.settings.min_delta:
            self.best, self.best_step, self.misses = loss, step, 0
            return True
        self.misses += 1
        return False

    @property
    def is_over(self) -> bool:
        """Whether the loss has not fallen for as long as the recipe is willing to wait."""
        return self.misses >= self.settings.patience

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as plain values."""
        return {"best": self.best, "best_step": self.best_step, "misses": self.misses}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self.best, self.best_step, self.misses = state["best"], state["best_step"], state["misses"]
