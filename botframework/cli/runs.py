"""`botframework runs`: the runs that training and tuning left behind: list them, look at one, compare two."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from botframework.training.runs.report import Cell

__all__ = ["app"]

app = typer.Typer(help="The runs of training: list them, look at one, compare two.", no_args_is_help=True)

Root = Annotated[Path, typer.Option("--root", help="Folder below which runs are looked for.", file_okay=False)]
Json = Annotated[bool, typer.Option("--json", help="JSON, one object per line.")]
RUNS = Path("runs")


@app.command("list")
def list_(root: Root = RUNS, json: Json = False) -> None:
    """Every run below ROOT, the newest first."""
    from botframework.training.runs.summary import find_runs

    runs = find_runs(root, lambda problem: typer.echo(problem, err=True))
    if json:
        for run in runs:
            _json(run.as_dict())
        return
    if not runs:
        typer.echo(f"no runs in {root}; `botframework train` makes them, --root looks elsewhere")
        return
    scores = list(dict.fromkeys(name for run in runs for name in run.scores))[:4]
    columns = ("run", "kind", "state", "started", "steps", "loss", "best held-out", *scores)
    rows = [
        (
            run.name,
            run.state.kind,
            run.state.status,
            run.when,
            run.steps,
            run.loss,
            run.best_held_out,
            *(run.scores.get(name) for name in scores),
        )
        for run in runs
    ]
    _table("", columns, rows)
    for run in runs:
        if run.state.error:
            typer.echo(f"{run.name} failed: {run.state.error}")


@app.command()
def show(
    run: Annotated[str, typer.Argument(help="A run's folder, or its name below ROOT.")],
    *,
    report: Annotated[bool, typer.Option("--report", help="Write curves.png and report.html anew first.")] = False,
    root: Root = RUNS,
    json: Json = False,
) -> None:
    """How a run stands, its figures, and where its files are."""
    from botframework.training.runs.folder import read_json
    from botframework.training.runs.metrics import read_metrics, series_of
    from botframework.training.runs.panel import sparkline
    from botframework.training.runs.report import Table
    from botframework.training.runs.run_report import glance, scores_sections, write_run_report
    from botframework.training.runs.summary import find_run, summarise

    folder = find_run(run, root)
    if report:
        write_run_report(folder)
    summary = summarise(folder)
    lines = read_metrics(folder / "metrics.jsonl")
    files = [path for name in FILES if (path := folder / name).exists()]
    if json:
        _json({**summary.as_dict(), "last": lines[-1] if lines else None, "files": [str(path) for path in files]})
        return
    state = summary.state
    typer.echo(f"{folder}: {state.kind}, {state.status}, started {summary.when}")
    if state.error:
        typer.echo(f"error: {state.error}")
    if state.status in {"killed", "stopped"}:
        typer.echo(f"go on with: botframework train resume {quote(str(folder))}")
    typer.echo()
    _table("", ("", ""), glance(lines, read_json(folder / "environment.json", {"parts": []})))
    losses = [loss for _, loss in series_of(lines, "loss")]
    if losses:
        typer.echo(f"\nloss  {sparkline(losses, 60)}")
    for section in scores_sections(lines, read_json(folder / "scores.json", {})):
        if isinstance(section, Table):
            _table(section.title, section.columns, section.rows)
    typer.echo("\nfiles")
    width = max((len(str(path)) for path in files), default=0)
    for path in files:
        typer.echo(f"  {path!s:<{width}}  {FILES[path.name]}")


FILES = {
    "report.html": "everything on one page",
    "curves.png": "the curves",
    "metrics.jsonl": "every figure, one JSON object per line",
    "recipe.yaml": "what was done, in full",
    "environment.json": "machine, versions, data files",
    "samples.json": "answers before and after",
    "scores.json": "scores before and after",
    "tensorboard": "for `tensorboard --logdir`",
    "checkpoints": "what a killed run goes on from",
    "checkpoint": "the model",
}


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="A run's folder, or its name below ROOT.")],
    second: Annotated[str, typer.Argument(help="The other run.")],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write curves.png and report.html into this folder.", file_okay=False)
    ] = None,
    root: Root = RUNS,
    json: Json = False,
) -> None:
    """What two runs' recipes change, and what came of it; with --out also as curves and one page."""
    from dataclasses import asdict

    from botframework.training.runs.comparison import PAIRING_NOTE, Comparison, pairing_columns, pairing_row
    from botframework.training.runs.summary import find_run, summarise

    folders = [find_run(name, root) for name in (first, second)]
    summaries = [summarise(folder) for folder in folders]
    comparison = Comparison(*folders)
    if out is not None:
        comparison.write(out)
    if json:
        _json(
            {
                "runs": [summary.as_dict() for summary in summaries],
                "recipe": {key: [a, b] for key, a, b in comparison.recipes()},
                "scores": {row[0]: list(row[1:3]) for row in comparison.scores()},
                "held_out": [asdict(pairing) for pairing in comparison.pairings()],
            }
        )
        return
    names = comparison.names
    _table("At a glance", ("", *names, "difference"), comparison.figures())
    if scores := comparison.scores():
        _table("Scores after the run", ("score", *names, "difference"), scores)
    if pairings := comparison.pairings():
        _table("Held-out loss, paired by step", pairing_columns(names), [pairing_row(p) for p in pairings])
        typer.echo(PAIRING_NOTE)
    if recipes := comparison.recipes():
        _table("Settings that differ", ("setting", *names), recipes)
    else:
        typer.echo("\nThe recipes are the same.")
    if out is not None:
        typer.echo(f"\ncurves and report: {out / 'curves.png'}, {out / 'report.html'}")


def _json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Print a table; on a terminal it is folded to its width, in a pipe it is as wide as it needs to be."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from botframework.training.runs.report import cell_text, numeric_columns

    on_terminal = sys.stdout.isatty()
    console = Console(width=None if on_terminal else 1000)
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=any(columns), header_style="bold", pad_edge=False)
    for index, (name, right) in enumerate(zip(columns, numeric_columns(columns, rows), strict=True)):
        wraps = index == 0 or not right
        table.add_column(
            Text(name), justify="right" if right else "left", overflow="fold", no_wrap=not wraps, min_width=6 * right
        )
    for row in rows:
        table.add_row(*(Text(cell_text(cell)) for cell in row))
    if title:
        typer.echo(f"\n{title}")
    console.print(table)
