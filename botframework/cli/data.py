"""The command `botframework data …`: looks over data to train on, and makes some of what was said.

Also where the commands keep their own data when nobody says where. Heavy imports happen inside the commands, so that
`--help` stays quick.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botframework.config import Config
    from botframework.store.learning import Exchange, Talk
    from botframework.training.check import CheckReport

__all__ = ["app", "data_folder", "user_folder"]

app = typer.Typer(
    name="data", help="Look over data to train on, and make some of what the bot has said.", no_args_is_help=True
)


@app.callback()
def data() -> None:
    """Look over data to train on, and make some of what the bot has said."""


@app.command()
def check(  # noqa: PLR0917 - every argument but the files is an option by name
    files: Annotated[list[Path], typer.Argument(help="Files, or folders of .jsonl[.xz|.gz|.zst] and .parquet.")],
    against: Annotated[
        list[Path] | None, typer.Option(help="Evaluation set, or a folder of them, that must not be in the data.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="What every record is: translation, messages, …; else as its fields tell.")
    ] = None,
    tokenizer: Annotated[
        Path | None, typer.Option(help="Model or tokenizer folder, to count tokens.", exists=True, file_okay=False)
    ] = None,
    row_tokens: Annotated[int, typer.Option(min=1, help="Tokens of a row, to count longer records.")] = 256,
    near: Annotated[bool, typer.Option(help="Look for near duplicates.")] = True,
    personal: Annotated[bool, typer.Option(help="Look for likely personal data.")] = True,
    languages: Annotated[bool, typer.Option(help="Tell languages, in a sample.")] = True,
    show: Annotated[int, typer.Option(min=0, help="Places to show of each kind.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the report to this HTML file too.", dir_okay=False)] = None,
) -> None:
    """Report what is in training data: bad records, lengths, languages, duplicates, overlap, personal data.

    Exit status 1 when there are bad records or records that hold evaluation texts.
    """
    from typing import get_args

    from rich.console import Console

    from botframework.language import detect
    from botframework.training.check import Checks, check_files
    from botframework.training.recipe import Kind, RecipeError

    if kind is not None and kind not in get_args(Kind):
        raise RecipeError(f"--kind {kind}: expected one of {', '.join(get_args(Kind))}")
    checks = Checks(
        kind=next((known for known in get_args(Kind) if known == kind), None),
        against=tuple(against or ()),
        detect=detect if languages else None,
        count_tokens=None if tokenizer is None else _token_counter(tokenizer),
        row_tokens=row_tokens,
        near=near,
        personal=personal,
    )
    with Console(stderr=True).status("reading …"):
        report = check_files(files, checks)
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        _print_report(report, show)
    if html is not None:
        from botframework.training.runs import write_report

        names = ", ".join(map(str, files))
        write_report(html, f"Data check: {names}", report.tables(show * 5), lead=report.verdict())
        typer.echo(f"report written to {html}", err=True)
    if not report.passed:
        raise typer.Exit(1)


@app.command()
def clean(
    files: Annotated[list[Path], typer.Argument(help="Files, or folders of .jsonl[.xz|.gz|.zst] and .parquet.")],
    *,
    against: Annotated[list[Path], typer.Option(help="Evaluation set, or a folder of them, to keep out of the data.")],
    out: Annotated[Path, typer.Option(help="Folder for the copies.", file_okay=False)],
) -> None:
    """Copy training data without bad records and without records that hold evaluation texts."""
    from botframework.training.check import clean_files

    for copy in clean_files(files, against, out):
        left = f"{copy.bad:,} bad and {copy.overlapping:,} that hold evaluation texts left out"
        typer.echo(f"{copy.path}: {copy.kept:,} records, {left}")


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="File to write: .jsonl, or .jsonl.xz, .gz, .zst.", dir_okay=False)],
    *,
    thumbs: Annotated[bool, typer.Option("--thumbs", help="Rated answers, for KTO, instead of conversations.")] = False,
    skill: Annotated[list[str] | None, typer.Option(help="Only what these skills answered.")] = None,
    config: Annotated[Path | None, typer.Option(help="The bot's configuration, for its data folder.")] = None,
    data: Annotated[Path | None, typer.Option(help="The data folder itself; wins over the configuration.")] = None,
) -> None:
    """Write the bot's conversations, or the answers that people rated, as records to train on.

    Names and ids stay out of it; what people wrote does not, so look it over with `botframework data check`.
    """
    from botframework.config import load
    from botframework.store.learning import talks
    from botframework.training.writers import write_records

    folder = data or load(config, only_channels=()).folder
    found = talks(folder / "bot.db")
    wanted = frozenset(skill or ())
    records = (record for talk in found for record in (_thumbs if thumbs else _chat)(talk, wanted))
    count = write_records(out, records)
    typer.echo(f"{count} {'rated answers' if thumbs else 'conversations'} written to {out}")


def _chat(talk: Talk, skills: frozenset[str]) -> Iterator[dict[str, Any]]:
    kept = [e for e in talk.exchanges if e.thumbs >= 0 and (not skills or e.skill in skills)]
    if kept:
        messages = [message for exchange in kept for message in _messages(exchange)]
        yield {"messages": messages, "lang": kept[-1].language or "", "source": f"bot:{kept[-1].skill}"}


def _thumbs(talk: Talk, skills: frozenset[str]) -> Iterator[dict[str, Any]]:
    for index, exchange in enumerate(talk.exchanges):
        if exchange.thumbs and (not skills or exchange.skill in skills):
            before = [m for earlier in talk.exchanges[max(0, index - 4) : index] for m in _messages(earlier)]
            asked, answered = _messages(exchange)
            yield {
                "prompt": [*before, asked],
                "completion": [answered],
                "label": exchange.thumbs > 0,
                "lang": exchange.language or "",
                "source": f"bot:{exchange.skill}",
            }


def _messages(exchange: Exchange) -> list[dict[str, str]]:
    return [{"role": "user", "content": exchange.asked}, {"role": "assistant", "content": exchange.answered}]


def _token_counter(folder: Path) -> Callable[[list[str]], list[int]]:
    from botframework.training.tokenizer import load_tokenizer

    tokenizer = load_tokenizer(folder)
    return lambda texts: [len(encoding) for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]


def _print_report(report: CheckReport, show: int) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from botframework.training.runs.report import cell_text, numeric_columns

    if report.bad:
        typer.echo(f"Bad records: {report.bad:,}")
        for problem in report.problems[:show]:
            typer.echo(problem)
        if report.bad > show:
            typer.echo(f"… and {report.bad - show:,} more; --show shows as many as you say")
        typer.echo()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 1000)
    for table in report.tables(show)[bool(report.bad) :]:
        grid = Table(title=table.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
        for name, is_number in zip(table.columns, numeric_columns(table.columns, table.rows), strict=True):
            grid.add_column(name, justify="right" if is_number else "left", overflow="fold")
        for row in table.rows:
            grid.add_row(*(Text(cell_text(cell)) for cell in row))
        console.print(grid)
    console.print(Text(report.verdict(), style="green" if report.passed else "red"))


def data_folder(option: Path | None, config: Config, file: Path | None) -> Path:
    """The data folder: the option, else what the configuration says, else ./data with a configuration file, else the
    user's own."""
    return option or config.data or (Path("data") if file is not None else user_folder())


def user_folder() -> Path:
    """The folder in which this platform keeps a user's application data."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "botframework"
