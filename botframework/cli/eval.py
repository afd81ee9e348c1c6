"""``botframework eval``: measures a model by suites; heavy imports happen when a suite needs them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

if TYPE_CHECKING:
    from typer import _click as click

    from botframework.evaluation.result import Part, SuiteResult
    from botframework.evaluation.suite import Suite

__all__ = ["app"]


class _ModelFirst(typer.core.TyperGroup):
    """``eval MODEL …`` means ``eval run MODEL …``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command in front of a line that names none."""
        if args and args[0] not in self.commands and args[0] not in {"--help", "-h"}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_ModelFirst,
    help="Measure a model: `eval MODEL --suite …` is `eval run MODEL --suite …`.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Data = Annotated[
    Path | None,
    typer.Option(
        "--data", help="Folder of evaluation files.", envvar="BOTFRAMEWORK_EVAL_DATA", exists=True, file_okay=False
    ),
]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads; torch's choice if left out.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Records of each file, evenly spaced.")]


@app.command()
def run(
    model: Annotated[
        str, typer.Argument(help="Model folder, registered name (mini), Hugging Face id, or URL of a server.")
    ],
    suite: Annotated[str, typer.Option("--suite", help="Names or .yaml files, with commas; see `eval suites`.")],
    *,
    data: Data = None,
    against: Annotated[str | None, typer.Option(help="A second model, compared by paired bootstrap.")] = None,
    limit: Limit = None,
    lora: Annotated[
        Path | None, typer.Option(help="LoRA weights to put into MODEL.", exists=True, file_okay=False)
    ] = None,
    only: Annotated[str, typer.Option(help="Files whose name contains one of these, with commas.")] = "",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write everything here, answers too.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write one page here.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for eval.json and report.html.", file_okay=False)] = None,
    threads: Threads = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda …")] = "auto",
    batch: Annotated[int, typer.Option(min=1, help="Answers written at a time.")] = 64,
) -> None:
    """Measure MODEL by suites and print a table for each."""
    from rich.console import Console

    from botframework.evaluation.suite import find_suite

    suites = [find_suite(name.strip()) for name in suite.split(",") if name.strip()]
    if only:
        suites = [_only(found, tuple(only.split(",")), data) for found in suites]
    console = Console()
    settings = {"data": data, "limit": limit, "threads": threads, "device": device, "batch": batch}
    results = _measured(console, model, suites, lora=lora, **settings)
    found = []
    if against is not None:
        from botframework.evaluation.compare import differences
        from botframework.evaluation.show import differences_table

        others = _measured(console, against, suites, lora=None, **settings)
        found = [d for one, other in zip(results, others, strict=True) for d in differences(one, other)]
        console.print(differences_table(found, model, against))
        results += others
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        json_file, html_file = json_file or out / "eval.json", html_file or out / "report.html"
    if json_file is not None:
        from botframework.evaluation.show import as_json

        json_file.write_text(as_json(results, found) + "\n", encoding="utf-8")
        typer.echo(f"written: {json_file}")
    if html_file is not None:
        from botframework.evaluation.show import page

        page(html_file, results, found)
        typer.echo(f"written: {html_file}")


@app.command()
def suites() -> None:
    """List the suites that are found by name."""
    from rich.console import Console
    from rich.table import Table

    from botframework.evaluation.suite import find_suite, suite_names

    table = Table("suite", "kind", "what it measures", box=None, pad_edge=False, header_style="bold")
    for name in suite_names():
        found = find_suite(name)
        table.add_row(name, found.kind, found.about)
    Console().print(table)


def _only(suite: Suite, words: tuple[str, ...], data: Path | None) -> Suite:
    """The suite with those of its files alone whose name contains one of the words."""
    names = [file.name for file in suite.find(data) if any(word in file.name for word in words)]
    return suite.model_copy(update={"files": tuple(names) or suite.files, "skip": () if names else ("*",)})


def _measured(console: Any, model: str, suites: list[Suite], **settings: Any) -> list[SuiteResult]:
    from botframework.evaluation.runner import run_suite
    from botframework.evaluation.show import table

    results = []
    subject: Any = None

    def seen(name: str, part: Part) -> None:
        console.print(f"{name}: {part.name}: {_first(part)}", style="dim", highlight=False, markup=False)

    for suite in suites:
        if subject is None:
            subject = _subject(model, suite, **settings)
        results.append(run_suite(suite, subject, data=settings["data"], limit=settings["limit"], seen=seen))
        console.print(table(results[-1]))
        console.print()
    return results


def _first(part: Part) -> str:
    from botframework.evaluation.show import figure

    return ", ".join(f"{measure.name} {figure(measure)}" for measure in part.measures[:2])


def _subject(model: str, suite: Suite, **settings: Any) -> Any:
    from botframework.evaluation.subject import open_subject

    return open_subject(
        model,
        lora=settings["lora"],
        threads=settings["threads"],
        device=settings["device"],
        batch=settings["batch"],
    )


if __name__ == "__main__":
    app()
