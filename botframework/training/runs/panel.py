"""The live panel of a run on a terminal; knows the names of the metrics and rich, not the loop.

Redrawn in place four times a second from a thread of its own, always of the same height, and taken away at the end,
where one line about the run stays. Whatever else is printed meanwhile appears above it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel as Box
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from botframework.training.runs.environment import memory_bytes
from botframework.training.runs.metrics import Line
from botframework.training.runs.report import number_text
from botframework.training.runs.state import RunState

BARS = "▁▂▃▄▅▆▇█"


class Panel:
    """A display for people."""

    def __init__(self, title: str, console: Console | None = None) -> None:
        """Show `title` on the frame; nothing appears before `open`."""
        self._title = title
        self._console = console or Console()
        self._lock = threading.Lock()
        self._now: dict[str, Any] = {}
        self._losses: deque[float] = deque(maxlen=400)
        self._first_losses: float | None = None
        self._held_out: dict[str, float] = {}
        self._best: tuple[float, int] | None = None
        self._began = time.monotonic()
        self._times: deque[tuple[float, float]] = deque(maxlen=2000)  # (seconds, progress)
        self._live = Live(
            console=self._console, get_renderable=self._render, refresh_per_second=4, transient=True, auto_refresh=True
        )

    def open(self, folder: Path) -> None:
        """Begin to show."""
        self._live.start()

    def line(self, line: Line) -> None:
        """Take up a line of the metrics."""
        with self._lock:
            self._now.update(line)
            if isinstance(line.get("loss"), int | float):
                self._losses.append(line["loss"])
                self._first_losses = self._first_losses or line["loss"]
            held_out = {name: loss for name, loss in (line.get("held_out") or {}).items() if loss is not None}
            if held_out:
                self._held_out = held_out
                mean = sum(held_out.values()) / len(held_out)
                if self._best is None or mean < self._best[0]:
                    self._best = (mean, int(line.get("step", 0)))
        self.tick({})

    def tick(self, line: Line) -> None:
        """Take up how far the run is, and what it is doing besides taking steps."""
        with self._lock:
            self._now.update({"doing": None, **line})
            progress = self._now.get("progress")
            if progress is not None and (not self._times or progress > self._times[-1][1]):
                self._times.append((time.monotonic(), progress))

    def close(self, folder: Path, state: RunState) -> None:
        """Take the panel away and leave one line."""
        self._live.stop()
        losses = ""
        if self._losses:
            losses = f", loss {number_text(self._first_losses or 0.0)} → {number_text(self._losses[-1])}"
        best = f", best held-out {number_text(self._best[0])} at step {self._best[1]:,}" if self._best else ""
        style = {"finished": "green", "failed": "red"}.get(state.state, "yellow")
        words = Text.assemble(
            (state.state, style),
            f" after {duration(time.monotonic() - self._began)}{losses}{best}; report: {folder / 'report.html'}",
        )
        self._console.print(words, soft_wrap=True)

    def seconds_left(self) -> float | None:
        """Time to the end at the pace of late; None before there is one."""
        if len(self._times) < 3:
            return None
        # the first step compiles: the pace is taken from the second on
        (t0, p0), (t1, p1) = self._times[max(1, len(self._times) - 500)], self._times[-1]
        return max(0.0, (1 - p1) * (t1 - t0) / (p1 - p0) - (time.monotonic() - t1)) if p1 > p0 else None

    def _render(self) -> RenderableType:
        return self.rendered(self._console.width)

    def rendered(self, width: int) -> RenderableType:
        """The panel as it is now, for a terminal so many columns wide."""
        with self._lock:
            now, left = dict(self._now), self.seconds_left()
            losses, held_out, best = list(self._losses), dict(self._held_out), self._best
        elapsed = time.monotonic() - self._began
        progress = now.get("progress")
        head = Table.grid(expand=True, padding=(0, 2, 0, 0))
        head.add_column(ratio=1)
        head.add_column(justify="right", no_wrap=True)
        bar = ProgressBar(total=1.0, completed=progress or 0.0, pulse=progress is None, animation_time=elapsed)
        started = now.get("doing") or (f"step {now['step']:,}" if "step" in now else "preparing the data")
        share = f"{progress:.1%}  " if progress is not None else ""
        head.add_row(bar, Text(share + started, style="bold"))
        figures = Table.grid(expand=True, padding=(0, 2, 0, 0))
        cells = [
            ("loss", _number(now.get("loss"))),
            ("learning rate", _number(now.get("learning_rate"))),
            ("tokens/s", _number(now.get("tokens_per_second"))),
            ("memory", f"{memory_bytes() / 1e9:.2f} GB"),
            ("elapsed", duration(elapsed)),
            ("left", duration(left) if left is not None else "–"),
        ]
        for _ in cells:
            figures.add_column(no_wrap=True)
        figures.add_row(*(Text(name, style="dim") for name, _ in cells))
        figures.add_row(*(Text(value) for _, value in cells))
        width = max(10, self._console.width - 14)
        curve = Text.assemble(
            ("loss      ", "dim"), (sparkline(losses, min(width, 80)) or "–", "cyan"), overflow="crop"
        )
        scores = Text("held-out  ", style="dim", no_wrap=True, overflow="ellipsis")
        if held_out and best:
            mean = sum(held_out.values()) / len(held_out)
            scores.append(f"mean {mean:.3f}", style="not dim bold")
            scores.append(f" (best {best[0]:.3f} at step {best[1]:,})", style="not dim")
            for name, loss in held_out.items() if len(held_out) > 1 else ():
                scores.append(f"  {name} {loss:.3f}", style="not dim")
        else:
            scores.append("–")
        curve.no_wrap = True
        return Box(
            Group(head, figures, curve, scores),
            title=Text(self._title, style="bold", no_wrap=True, overflow="ellipsis"),
            title_align="left",
            border_style="dim",
        )


def sparkline(values: list[float], width: int) -> str:
    """The values as at most `width` bars, each the mean of its stretch, the lowest lowest."""
    if not values:
        return ""
    count = min(width, len(values))
    edges = [round(i * len(values) / count) for i in range(count + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    low, high = min(means), max(means)
    span = (high - low) or 1.0
    return "".join(BARS[min(len(BARS) - 1, int((mean - low) / span * len(BARS)))] for mean in means)


def duration(seconds: float) -> str:
    """Seconds as people say them: 42 s, 3 min 05 s, 2 h 07 min, 1 d 4 h."""
    whole = round(seconds)
    minutes, seconds_left = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    if whole < 60:
        return f"{whole} s"
    if minutes < 60:
        return f"{minutes} min {seconds_left:02} s"
    if hours < 24:
        return f"{hours} h {minutes_left:02} min"
    return f"{hours // 24} d {hours % 24} h"


def _number(value: Any) -> str:
    return number_text(value) if isinstance(value, int | float) else "–"
