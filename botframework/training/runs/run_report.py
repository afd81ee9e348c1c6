"""Turns a run folder into curves.png and report.html, and into the parts that `botframework runs` shows.

Knows the folder's files; changes none but those two.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botframework.training.recipe import RecipeError
from botframework.training.runs.curves import Curve, Drawing, Plot, draw, smoothed
from botframework.training.runs.metrics import held_out_of, mean_held_out, read_metrics, series_of
from botframework.training.runs.report import Cell, Picture, Samples, Section, Table, Text, number_text, write_report
from botframework.training.runs.state import read_state

Lines = list[dict[str, Any]]


def write_run_report(folder: Path) -> Path:
    """Write curves.png and report.html of a run folder, whatever of it is there."""
    from botframework.training.runs.folder import read_json

    lines = read_metrics(folder / "metrics.jsonl")
    state = read_state(folder)
    environment = read_json(folder / "environment.json", {"parts": []})
    lead = f"{state.kind} · {state.status} · {_day(state.started)}" if state else ""
    sections: list[Section] = []
    if state and state.error:
        sections.append(Text("What went wrong", state.error))
    sections.append(Table("At a glance", ("", ""), glance(lines, environment)))
    sections += _pictures(folder, lines)
    sections += scores_sections(lines, read_json(folder / "scores.json", {}))
    sections += samples_sections(read_json(folder / "samples.json", {}))
    recipe = folder / "recipe.yaml"
    if recipe.is_file():
        sections.append(Text("Recipe", recipe.read_text(encoding="utf-8"), folded=True))
    sections += environment_sections(environment)
    return write_report(folder / "report.html", folder.resolve().name, sections, lead=lead)


def plots_of(lines: Lines) -> list[Plot]:
    """Training loss, held-out loss, step size and speed of a run's metrics."""
    losses = series_of(lines, "loss")
    training = [Curve("each report", losses, faint=True), Curve("loss", smoothed(losses))]
    held_out = [Curve(source, points) for source, points in held_out_of(lines).items()]
    if len(held_out) > 1:
        held_out.append(Curve("mean", mean_held_out(lines), strong=True))
    rates = series_of(lines, "learning_rate") or series_of(lines, "rate")
    return [
        Plot("Training loss", training),
        Plot("Held-out loss", held_out),
        Plot("Learning rate", [Curve("learning rate", rates)]),
        Plot("Tokens per second", [Curve("tokens per second", series_of(lines, "tokens_per_second"))]),
    ]


def glance(lines: Lines, environment: Mapping[str, Any]) -> list[tuple[str, Cell]]:
    """The few figures that tell how a run went."""
    losses, held_out = series_of(lines, "loss"), mean_held_out(lines)
    speeds = sorted(value for _, value in series_of(lines, "tokens_per_second"))
    rows: list[tuple[str, Cell]] = [
        ("steps", max((int(line["step"]) for line in lines if "step" in line), default=None)),
        ("minutes of training", last_of(lines, "minutes")),
        ("parameters", last_of(lines, "parameters")),
        ("training loss, first report", losses[0][1] if losses else None),
        ("training loss, last report", losses[-1][1] if losses else None),
        ("held-out loss, last", held_out[-1][1] if held_out else None),
        ("held-out loss, best", min((loss for _, loss in held_out), default=None)),
        ("tokens per second, median", speeds[len(speeds) // 2] if speeds else None),
    ]
    shown = {"step", "progress", "minutes", "parameters", "loss", "norm", "rate", "learning_rate", "targets_per_second"}
    others = dict.fromkeys(name for line in lines for name in line if name not in {*shown, "tokens_per_second"})
    for name in others:
        value = last_of(lines, name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            rows.append((name.replace("_", " "), value))
    parts = environment["parts"]
    if len(parts) > 1:
        rows.append(("interrupted and resumed", len(parts) - 1))
    return [row for row in rows if row[1] is not None]


def last_of(lines: Lines, name: str) -> Any:
    """The last value of a name in the metrics; None if there is none."""
    return next((line[name] for line in reversed(lines) if line.get(name) is not None), None)


def scores_sections(lines: Lines, scores: Mapping[str, Mapping[str, float]]) -> list[Section]:
    """Scores before and after, and the held-out losses at the beginning, at their best and at the end."""
    sections: list[Section] = []
    before, after = scores.get("before", {}), scores.get("after", {})
    if before or after:
        rows = [
            (name, before.get(name), after.get(name), difference(before.get(name), after.get(name)))
            for name in {**before, **after}
        ]
        sections.append(Table("Scores", ("score", "before", "after", "change"), rows))
    held_out = held_out_of(lines)
    if held_out:
        losses: list[tuple[Cell, ...]] = []
        for source, points in held_out.items():
            step, best = min(points, key=lambda point: point[1])
            losses.append((source, points[0][1], points[-1][1], signed(points[-1][1] - points[0][1]), best, step))
        columns = ("source", "first", "last", "change", "best", "at step")
        sections.append(
            Table("Held-out loss by source", columns, losses, note="Mean loss per target on text not trained on.")
        )
    return sections


def samples_sections(samples: Mapping[str, list[tuple[str, str]]]) -> list[Section]:
    """The recipe's requests with their answers before and after, side by side."""
    before, after = (dict(samples.get(when, [])) for when in ("before", "after"))
    prompts = list({**before, **after})
    if not prompts:
        return []
    rows = [(prompt, before.get(prompt, "–"), after.get(prompt, "–")) for prompt in prompts]
    return [Samples("Samples", ("Request", "Before", "After"), rows)]


def environment_sections(environment: Mapping[str, Any]) -> list[Section]:
    """The machine and the versions of a run's last part, its data files, and its parts if there were several."""
    parts = environment["parts"]
    if not parts:
        return []
    last = parts[-1]
    git = last["git"]
    facts: list[tuple[str, Cell]] = [
        ("command", last["command"]),
        ("started", last["started"]),
        ("ended", last["ended"]),
        ("Python", last["python"]),
        ("platform", last["platform"]),
        ("processor", f"{last['cpu']}, {last['cores']} cores, {last['threads'] or '?'} threads"),
        ("GPUs", ", ".join(last["gpus"]) or "none"),
        ("memory, GB", last["memory_gb"]),
        ("packages", ", ".join(f"{name} {found}" for name, found in last["packages"].items())),
        ("git", f"{git['commit'][:12]}{' with changes' if git['changed'] else ''}" if git else "no repository"),
    ]
    sections: list[Section] = [Table("Environment", ("", ""), facts)]
    if last["data"]:
        rows = [(Path(entry["file"]).name, entry["bytes"], entry["sha256"]) for entry in last["data"]]
        sections.append(Table("Data files", ("file", "bytes", "sha256"), rows))
    if len(parts) > 1:
        times = [(part["started"], part["ended"] or "ended without a word", part["command"]) for part in parts]
        sections.append(Table("Parts of this run", ("started", "ended", "command"), times))
    return sections


def _pictures(folder: Path, lines: Lines) -> list[Section]:
    plots = [plot for plot in plots_of(lines) if plot.has_points]
    if not plots:
        return []
    try:
        light, dark = draw(plots), draw(plots, dark=True)
    except RecipeError as error:  # matplotlib is missing: the report says so, the run is not lost for it
        return [Text("Curves", str(error), prose=True)]
    temporary = folder / "curves.png.new"
    temporary.write_bytes(light.png())
    temporary.replace(folder / "curves.png")
    return pictures_of(light, dark)


def pictures_of(light: Drawing, dark: Drawing) -> list[Section]:
    """Each plot of a drawing as a picture of its own, for light and dark."""
    both = zip(light.each(), dark.each(), strict=True)
    return [Picture(plot.title, png, dark_png) for (plot, png), (_, dark_png) in both]


def signed(number: float | None) -> str | None:
    """A difference with its sign."""
    return None if number is None else f"{'+' if number > 0 else ''}{number_text(round(number, 4))}"


def difference(before: float | None, after: float | None) -> str | None:
    """What is to be added to `before` to make `after`; None if one is missing."""
    return signed(after - before) if before is not None and after is not None else None


def _day(moment: str) -> str:
    return moment.replace("T", " ").removesuffix("+00:00") + " UTC"
