"""Shows a run while it goes: nothing, one JSON line per report, or one live panel; knows lines, not the loop.

A line of the metrics comes by `line`; between two of them the loop says how far it is by `tick`, which only a live
panel shows.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from botframework.training.runs.metrics import Line

if TYPE_CHECKING:
    from botframework.training.runs.state import RunState


class Display(Protocol):
    """Hears of a run."""

    def open(self, folder: Path) -> None:
        """The run folder is there; what comes before the first step may take a while."""

    def line(self, line: Line) -> None:
        """A line was written to the metrics."""

    def tick(self, line: Line) -> None:
        """The run has come a bit further; same names as in the metrics."""

    def close(self, folder: Path, state: RunState) -> None:
        """The run is over, and its report written."""


class Silent:
    """Shows nothing."""

    def open(self, folder: Path) -> None:
        """Show nothing."""

    def line(self, line: Line) -> None:
        """Show nothing."""

    def tick(self, line: Line) -> None:
        """Show nothing."""

    def close(self, folder: Path, state: RunState) -> None:
        """Show nothing."""


class JsonLines:
    """One JSON object per line of the metrics, for pipes and programs."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to `stream`, else to what is standard output at the time."""
        self._stream = stream

    def open(self, folder: Path) -> None:
        """Print nothing."""

    def line(self, line: Line) -> None:
        """Print the line."""
        stream = self._stream or sys.stdout
        stream.write(json.dumps(line) + "\n")
        stream.flush()

    def tick(self, line: Line) -> None:
        """Show nothing: a line per step is more than a reader wants."""

    def close(self, folder: Path, state: RunState) -> None:
        """Print nothing: the command has its own last word."""


def display_for(title: str, *, as_json: bool = False) -> Display:
    """A live panel on a terminal; JSON lines in a pipe or where asked for."""
    if as_json or not sys.stdout.isatty() or os.environ.get("TERM", "dumb") in {"dumb", "unknown"}:
        return JsonLines()
    from botframework.training.runs.panel import Panel

    return Panel(title)
