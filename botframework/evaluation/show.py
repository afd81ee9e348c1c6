"""Shows what was found: a table for a terminal, JSON with every answer, a page for a browser; measures nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from botframework.evaluation.compare import Difference
from botframework.evaluation.result import Measure, SuiteResult

__all__ = ["as_json", "differences_table", "figure", "page", "table"]

_SAMPLES = 12
"""Answers of each part on the page."""


def figure(measure: Measure) -> str:
    """A measure's value with its unit."""
    if math.isnan(measure.value):
        return "–"
    digits = 3 if measure.unit in {"bits", "s", ""} and abs(measure.value) < 5 else 1
    unit = f" {measure.unit}" if measure.unit else ""
    return f"{measure.value:.{digits}f}{unit}"


def _interval(measure: Measure) -> str:
    return "" if measure.low is None or measure.high is None else f"{measure.low:.1f} – {measure.high:.1f}"


def table(result: SuiteResult) -> Table:
    """One suite as a table; what is to be known about its figures stands below it."""
    details = list(dict.fromkeys(m.detail for part in result.parts for m in part.measures if m.detail))
    shown = Table(
        title=f"{escape(result.suite)} · {escape(result.model)} · {result.seconds:.0f} s",
        title_justify="left",
        caption="\n".join(f"{number}) {escape(detail)}" for number, detail in enumerate(details, 1)) or None,
        caption_justify="left",
        box=None,
        pad_edge=False,
    )
    for column in ("part", "measure"):
        shown.add_column(column, header_style="bold", overflow="fold")
    for column in ("value", "95 %", "n", "how"):
        shown.add_column(column, justify="right", header_style="bold", no_wrap=True)
    for part in result.parts:
        for number, m in enumerate(part.measures):
            how = f"{details.index(m.detail) + 1})" if m.detail else ""
            shown.add_row(
                escape(part.name) if number == 0 else "", escape(m.name), figure(m), _interval(m), str(m.count), how
            )
    return shown


def differences_table(found: Sequence[Difference], first: str, second: str) -> Table:
    """Two models beside each other."""
    shown = Table(title=f"{escape(first)}  →  {escape(second)}", title_justify="left", box=None, pad_edge=False)
    for column in ("suite", "part", "measure"):
        shown.add_column(column, header_style="bold", overflow="fold")
    for column in ("first", "second", "difference", "p"):
        shown.add_column(column, justify="right", header_style="bold")
    for d in found:
        p = "" if d.p is None else f"{d.p:.3f}" + ("*" if d.p < 0.05 else "")
        shown.add_row(
            d.suite,
            escape(d.part),
            escape(d.measure),
            f"{d.first:.3f}",
            f"{d.second:.3f}",
            f"{d.second - d.first:+.3f}",
            p,
        )
    return shown


def as_json(results: Sequence[SuiteResult], found: Sequence[Difference] = ()) -> str:
    """Everything, answers included, with the versions of what computed it."""
    libraries = ("sacrebleu", "rouge-score", "torch", "transformers")
    versions = {name: metadata.version(name) for name in libraries if _installed(name)}
    whole = {
        "versions": {"botframework": metadata.version("botframework"), **versions},
        "results": [asdict(result) for result in results],
        "differences": [asdict(difference) for difference in found],
    }
    return json.dumps(_finite(whole), ensure_ascii=False, indent=1)


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _finite(value: Any) -> Any:
    """The value with null for what JSON has no number for."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def page(path: Path, results: Sequence[SuiteResult], found: Sequence[Difference] = ()) -> None:
    """Write one self-contained page with the tables and some answers of every part."""
    from botframework.training.runs import report

    sections: list[Any] = []
    for result in results:
        rows = [
            [part.name, m.name, figure(m), _interval(m), str(m.count), m.detail]
            for part in result.parts
            for m in part.measures
        ]
        sections.append(
            report.Table(f"{result.suite} · {result.model}", ["part", "measure", "value", "95 %", "n", "how"], rows)
        )
    if found:
        rows = [
            [d.suite, d.part, d.measure, f"{d.first:.3f}", f"{d.second:.3f}", f"{d.second - d.first:+.3f}",
             "" if d.p is None else f"{d.p:.3f}"]
            for d in found
        ]  # fmt: skip
        columns = ["suite", "part", "measure", "first", "second", "difference", "p"]
        sections.append(report.Table("Difference, paired bootstrap", columns, rows))
    for result in results:
        for part in result.parts:
            step = max(1, len(part.answers) // _SAMPLES)
            samples = [[a.request, a.answer, a.reference, a.note] for a in part.answers[::step][:_SAMPLES] if a.answer]
            if samples:
                title = f"{result.suite} · {part.name} · {result.model}"
                sections.append(report.Samples(title, ["request", "answer", "reference", "note"], samples))
    report.write_report(path, "Evaluation", sections)
