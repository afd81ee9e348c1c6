"""Writes a run's metrics for TensorBoard as well; knows lines and one writer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botframework.training.recipe import RecipeError
from botframework.training.runs.metrics import Line


class TensorBoard:
    """A listener of the metrics."""

    def __init__(self, writer: Any) -> None:
        """Write with torch's SummaryWriter."""
        self._writer = writer
        self._step = 0

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator[TensorBoard]:
        """A listener that writes into `folder` until the block is left.

        Raises:
            RecipeError: TensorBoard is not installed.
        """
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise RecipeError(
                "the recipe says `tensorboard: true`, and TensorBoard is not installed: "
                "pip install 'botframework[tensorboard]', or take the line out of the recipe"
            ) from error
        writer: Any = SummaryWriter(str(folder))
        try:
            yield cls(writer)
        finally:
            writer.close()

    def line(self, line: Line) -> None:
        """Add every number of the line at its step, a nested one as name/inner."""
        self._step = int(line.get("step", self._step))
        for name, value in _numbers(line):
            if name != "step":
                self._writer.add_scalar(name, value, self._step)
        self._writer.flush()


def _numbers(line: Line, prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in line.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{prefix}{name}/")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield prefix + name, float(value)
