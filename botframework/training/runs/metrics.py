"""metrics.jsonl: one JSON object per report of a run; knows lines, not what they mean.

The names that the curves, the live display and `botframework runs` look for:

- `step`: optimiser steps taken; `progress`: share of the run that is over, 0 to 1; `minutes`: time spent training
- `loss`: mean training loss per target since the last line; `norm`: of the gradient before clipping
- `learning_rate`: the largest of the step sizes; `tokens_per_second`
- `held_out`: {source: mean loss per target on text that is not trained on}
- any other number is kept and shown with the last metrics
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

Line = Mapping[str, Any]
Listener = Callable[[Line], None]


class Metrics:
    """Appends lines to a file and tells them to listeners."""

    def __init__(self, path: Path, listeners: tuple[Listener, ...] = ()) -> None:
        """Append to `path`, which need not exist; half a line at its end, from a crash, is cut off."""
        self.path = path
        self.listeners = list(listeners)
        _cut_half_line(path)
        self._file = path.open("a", encoding="utf-8")

    def write(self, **line: Any) -> None:
        """Append one line; a number that is not finite is written as null, since JSON has no other word for it."""
        line = _finite(line)
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()
        for listener in self.listeners:
            listener(line)

    def lines(self) -> list[dict[str, Any]]:
        """What has been written so far, oldest first."""
        return read_metrics(self.path)

    def truncate_after(self, step: int) -> None:
        """Forget every line behind `step`, so that a run going on from there writes them again.

        A line without a step belongs to the last step before it.
        """
        kept = []
        for line in self.lines():
            if line.get("step", 0) > step:
                break
            kept.append(line)
        self._file.close()
        temporary = self.path.with_name(self.path.name + ".new")
        with temporary.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in kept)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)
        self._file = self.path.open("a", encoding="utf-8")

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        self._file.close()


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The lines of a metrics file, oldest first; none if there is no file, and half a line at its end is left out."""
    return list(_whole_lines(path)) if path.is_file() else []


def held_out_of(lines: list[dict[str, Any]]) -> dict[str, list[tuple[int, float]]]:
    """{source: its (step, held-out loss) pairs}, each step once, as it was measured last."""
    found: dict[str, dict[int, float]] = {}
    for line in lines:
        for source, loss in (line.get("held_out") or {}).items():
            if isinstance(loss, int | float):
                found.setdefault(source, {})[int(line.get("step", 0))] = float(loss)
    return {source: sorted(points.items()) for source, points in found.items()}


def mean_held_out(lines: list[dict[str, Any]]) -> list[tuple[int, float]]:
    """(step, mean over the sources) of the steps at which every source was measured."""
    sources = [dict(points) for points in held_out_of(lines).values()]
    if not sources:
        return []
    steps = sorted(set.intersection(*(set(points) for points in sources)))
    return [(step, sum(points[step] for points in sources) / len(sources)) for step in steps]


def series_of(lines: list[dict[str, Any]], name: str) -> list[tuple[int, float]]:
    """The (step, value) pairs of one number."""
    return [
        (int(line["step"]), float(line[name]))
        for line in lines
        if "step" in line and isinstance(line.get(name), int | float) and not isinstance(line[name], bool)
    ]


def _whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            try:
                line = json.loads(text)
            except json.JSONDecodeError:
                continue
            if isinstance(line, dict):
                yield line


def _cut_half_line(path: Path) -> None:
    if not path.is_file():
        return
    with path.open("rb+") as file:
        data = file.read()
        if data and not data.endswith(b"\n"):
            file.truncate(data.rfind(b"\n") + 1)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value
