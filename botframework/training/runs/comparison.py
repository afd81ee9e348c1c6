"""Sets two runs beside each other: what their recipes change, their curves, and their scores in pairs.

Knows run folders; writes only the report it is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from botframework.training.runs.curves import Curve, Plot, draw, smoothed
from botframework.training.runs.folder import read_json
from botframework.training.runs.metrics import held_out_of, mean_held_out, read_metrics, series_of
from botframework.training.runs.report import Cell, Samples, Section, Table, write_report
from botframework.training.runs.run_report import difference, glance, pictures_of, signed

MISSING = "–"


@dataclass(frozen=True, slots=True)
class Pairing:
    """One source's held-out losses at the steps that both runs measured.

    `difference` is the mean of second minus first over those steps, `error` its standard error (None for one step),
    `lower` how often the second run was lower.
    """

    source: str
    steps: int
    first: float
    second: float
    difference: float
    error: float | None
    lower: int


class Comparison:
    """Two run folders, read once."""

    def __init__(self, first: Path, second: Path) -> None:
        """Read both."""
        self.folders = (first, second)
        names = (first.resolve().name, second.resolve().name)
        self.names = names if names[0] != names[1] else (str(first), str(second))
        self.lines = tuple(read_metrics(folder / "metrics.jsonl") for folder in self.folders)

    def recipes(self) -> list[tuple[str, str, str]]:
        """(setting, its value in the first, in the second) of every setting that differs."""
        first, second = (_flat(_recipe(folder)) for folder in self.folders)
        return [
            (key, first.get(key, MISSING), second.get(key, MISSING))
            for key in {**first, **second}
            if first.get(key) != second.get(key)
        ]

    def figures(self) -> list[tuple[Cell, ...]]:
        """(figure, first, second, difference) of what sums a run up."""
        first, second = (
            dict(glance(lines, read_json(folder / "environment.json", {"parts": []})))
            for lines, folder in zip(self.lines, self.folders, strict=True)
        )
        return [_row(name, first.get(name), second.get(name)) for name in {**first, **second}]

    def scores(self) -> list[tuple[Cell, ...]]:
        """(score, first, second, difference) after the runs."""
        first, second = (read_json(folder / "scores.json", {}).get("after", {}) for folder in self.folders)
        return [_row(name, first.get(name), second.get(name)) for name in {**first, **second}]

    def pairings(self) -> list[Pairing]:
        """The held-out losses of the sources that both have, paired by step."""
        first, second = (held_out_of(lines) for lines in self.lines)
        pairs = {source: (dict(first[source]), dict(second[source])) for source in first if source in second}
        if len(pairs) > 1:
            pairs["mean"] = (dict(mean_held_out(self.lines[0])), dict(mean_held_out(self.lines[1])))
        return [pairing for source, (a, b) in pairs.items() if (pairing := _pair(source, a, b)) is not None]

    def plots(self) -> list[Plot]:
        """The runs' curves in the same axes."""

        def both(title: str, find: Any) -> Plot:
            found = zip(self.names, self.lines, strict=True)
            return Plot(title, [Curve(name, find(lines)) for name, lines in found])

        return [
            both("Training loss", lambda lines: smoothed(series_of(lines, "loss"))),
            both("Held-out loss, mean over the sources", mean_held_out),
            both("Learning rate", lambda lines: series_of(lines, "learning_rate")),
            both("Tokens per second", lambda lines: smoothed(series_of(lines, "tokens_per_second"))),
        ]

    def write(self, folder: Path) -> None:
        """Write curves.png and report.html into `folder`.

        Raises:
            RecipeError: matplotlib is not installed.
        """
        plots = self.plots()
        light = draw(plots)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "curves.png").write_bytes(light.png())
        first, second = self.names
        columns = ("", first, second, "difference")
        sections: list[Section] = [
            Table("At a glance", columns, self.figures()),
            *pictures_of(light, draw(plots, dark=True)),
        ]
        if scores := self.scores():
            sections.append(Table("Scores after the run", ("score", first, second, "difference"), scores))
        if pairings := self.pairings():
            rows = [pairing_row(p) for p in pairings]
            sections.append(
                Table("Held-out loss, paired by step", pairing_columns(self.names), rows, note=PAIRING_NOTE)
            )
        if samples := self._samples():
            sections.append(Samples("Samples after the run", ("Request", first, second), samples))
        sections.append(Table("Settings that differ", ("setting", first, second), self.recipes()))
        lead = " and ".join(str(folder) for folder in self.folders)
        write_report(folder / "report.html", f"{first} and {second}", sections, lead=lead)

    def _samples(self) -> list[tuple[str, str, str]]:
        first, second = (dict(read_json(folder / "samples.json", {}).get("after", [])) for folder in self.folders)
        return [(prompt, first.get(prompt, MISSING), second.get(prompt, MISSING)) for prompt in {**first, **second}]


PAIRING_NOTE = (
    "Over the steps at which both runs measured: the mean difference, second minus first, ± its standard error, "
    "and at how many of these steps the second was lower. Neighbouring steps are alike, so the error is a lower bound."
)


def pairing_columns(names: tuple[str, str]) -> tuple[str, ...]:
    """The heads over `pairing_row`."""
    return ("source", "steps", names[0], names[1], "difference", "second lower")


def pairing_row(pairing: Pairing) -> tuple[Cell, ...]:
    """A pairing as cells: the losses are those of the last step that both measured."""
    spread = f" ± {pairing.error:.2g}" if pairing.error is not None else ""
    lower = f"{pairing.lower} of {pairing.steps}"
    change = f"{signed(pairing.difference)}{spread}"
    return (pairing.source, pairing.steps, pairing.first, pairing.second, change, lower)


def _pair(source: str, first: Mapping[int, float], second: Mapping[int, float]) -> Pairing | None:
    steps = sorted(set(first) & set(second))
    if not steps:
        return None
    differences = [second[step] - first[step] for step in steps]
    mean = sum(differences) / len(steps)
    error = None
    if len(steps) > 1:
        error = math.sqrt(sum((d - mean) ** 2 for d in differences) / (len(steps) - 1) / len(steps))
    lower = sum(d < 0 for d in differences)
    return Pairing(source, len(steps), first[steps[-1]], second[steps[-1]], mean, error, lower)


def _row(name: str, first: Any, second: Any) -> tuple[Cell, ...]:
    return (name, first, second, difference(first, second))


def _recipe(folder: Path) -> dict[str, Any]:
    path = folder / "recipe.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return data if isinstance(data, dict) else {}


def _flat(value: Any, prefix: str = "") -> dict[str, str]:
    """Nested settings as {dotted name: value}; the members of a list that have names are called by them."""
    if isinstance(value, dict):
        items = [(f"{prefix}.{key}" if prefix else str(key), inner) for key, inner in value.items()]
    elif isinstance(value, list) and value and all(isinstance(v, dict) and "name" in v for v in value):
        items = [(f"{prefix}.{inner['name']}", inner) for inner in value]
    else:
        return {prefix: value if isinstance(value, str) else str(value)}
    return {key: text for name, inner in items for key, text in _flat(inner, name).items()} or {prefix: "{}"}
