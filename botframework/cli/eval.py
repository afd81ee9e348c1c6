"""``botframework eval``: measures a model by suites; heavy imports happen when a suite needs them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typer import _click as click

    from botframework.evaluation.blind import Ballot, Pair
    from botframework.evaluation.compare import Difference
    from botframework.evaluation.result import Part, SuiteResult
    from botframework.evaluation.suite import Kind, Suite

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
        str | None, typer.Option(help="Folder of LoRA weights to put into MODEL; none leaves out its own for skills.")
    ] = None,
    only: Annotated[str, typer.Option(help="Files whose name contains one of these, with commas.")] = "",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write everything here, answers too.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write one page here.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for eval.json and report.html.", file_okay=False)] = None,
    transcript: Annotated[Path | None, typer.Option(help="Write the answers to questions here, as Markdown.")] = None,
    bot: Annotated[
        bool, typer.Option("--bot", help="Put questions to the whole bot: rules, skills and memory around the model.")
    ] = False,
    embedder: Annotated[
        Path | None, typer.Option(help="Embedder folder; else the one beside MODEL.", exists=True, file_okay=False)
    ] = None,
    threads: Threads = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda …")] = "auto",
    batch: Annotated[int, typer.Option(min=1, help="Answers written at a time.")] = 64,
) -> None:
    """Measure MODEL by suites and print a table for each."""
    from rich.console import Console

    from botframework.evaluation.suite import find_suite

    suites = [find_suite(name.strip()) for name in suite.split(",") if name.strip()]
    if only:
        suites = _only(suites, tuple(filter(None, only.split(","))), data)
    if out is not None:
        json_file, html_file = json_file or out / "eval.json", html_file or out / "report.html"
    _check(suites, [model, *([against] if against else [])], data, transcript, bot=bot, lora=lora)
    for file in filter(None, (json_file, html_file, transcript)):
        _make_room(file)
    console = Console()
    settings = {
        "data": data,
        "limit": limit,
        "threads": threads,
        "device": device,
        "batch": batch,
        "embedder": embedder,
        "bot": bot,
    }
    results: list[SuiteResult] = []
    found = []
    try:
        _measured(console, model, suites, results, lora=lora, **settings)
        if against is not None:
            from botframework.evaluation.compare import differences
            from botframework.evaluation.show import differences_table

            first = list(results)
            _measured(console, against, suites, results, lora=None, **{**settings, "embedder": None})
            pairs = zip(first, results[len(first) :], strict=True)
            found = [d for one, other in pairs for d in differences(one, other)]
            console.print(differences_table(found, first[0].model, results[-1].model))
    finally:  # what was measured before something went wrong is not lost
        if results:
            _write(results, found, json_file, html_file)
    if transcript is not None:
        options = (
            (" --bot" if bot else "") + (f" --limit {limit}" if limit else "") + (f" --lora {lora}" if lora else "")
        )
        command = f"botframework eval {model} --suite {suite}{options}"
        _write_transcript(transcript, results, command)


def _check(
    suites: list[Suite], models: list[str], data: Path | None, transcript: Path | None, *, bot: bool, lora: str | None
) -> None:
    """Refuse at once what would fail after the first suites have been measured."""
    from botframework.config import NO_LORA
    from botframework.errors import ConfigError
    from botframework.evaluation.subject import is_server

    if not suites:
        raise ConfigError("--suite names no suite; `botframework eval suites` lists them")
    kinds = {suite.kind for suite in suites}
    if transcript is not None and "questions" not in kinds:
        raise ConfigError("--transcript writes the answers of a suite of questions; name one, such as --suite newcomer")
    if bot and "questions" not in kinds:
        raise ConfigError("--bot puts questions to the whole bot; name a suite of questions, such as --suite newcomer")
    if lora not in {None, NO_LORA} and not Path(str(lora)).is_dir():
        raise ConfigError(f"--lora {lora}: there is no such folder")
    if bot and lora not in {None, NO_LORA}:
        raise ConfigError(
            "--bot takes no other LoRA weights than the model's own; merge them into it first: botframework lora merge"
        )
    for name in models:
        if not is_server(name):
            _known(name, kinds)
        elif bot:
            raise ConfigError(f"--bot needs a model folder or a registered name; {name} is a server")
    for suite in suites:
        if suite.files:
            suite.find(data)


def _known(model: str, kinds: set[Kind]) -> None:
    """Refuse a model that is not there.

    Raises:
        ModelNotFound: there is none.
    """
    if kinds <= {"retrieval", "router"}:
        return  # an embedder's folder will do
    from botframework.engine.local_model import resolve_model

    resolve_model(model)


def _make_room(file: Path) -> None:
    from botframework.errors import ConfigError

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}") from error
    if file.is_dir():
        raise ConfigError(f"{file} cannot be written: it is a folder")


def _write(
    results: Sequence[SuiteResult], found: Sequence[Difference], json_file: Path | None, html_file: Path | None
) -> None:
    if json_file is not None:
        from botframework.evaluation.show import as_json

        json_file.write_text(as_json(results, found) + "\n", encoding="utf-8")
        typer.echo(f"written: {json_file}")
    if html_file is not None:
        from botframework.evaluation.show import page

        page(html_file, results, found)
        typer.echo(f"written: {html_file}")


def _write_transcript(path: Path, results: Sequence[SuiteResult], command: str) -> None:
    from botframework.evaluation.questions import transcript

    asked = [result for result in results if result.kind == "questions"]
    path.write_text("\n".join(transcript(r.parts, r.model, command) for r in asked), encoding="utf-8")
    typer.echo(f"written: {path}")


@app.command()
def blind(
    first: Annotated[str, typer.Argument(help="Model folder, registered name, or URL of a server.")],
    second: Annotated[str, typer.Argument(help="The other one.")],
    *,
    suite: Annotated[str, typer.Option("--suite", help="A suite of questions.")] = "newcomer",
    data: Data = None,
    votes: Annotated[Path, typer.Option(help="File that keeps the votes; the same file goes on.")] = Path(
        "votes.jsonl"
    ),
    limit: Limit = None,
    threads: Threads = None,
) -> None:
    """Show the answers of two models side by side in random order, and keep the votes."""
    from rich.columns import Columns
    from rich.console import Console
    from rich.panel import Panel
    from rich.text import Text

    from botframework.engine.local_model import resolve_model
    from botframework.evaluation.blind import Ballot, swapped
    from botframework.evaluation.subject import is_server

    console = Console()
    for model in (first, second):
        if not is_server(model):
            resolve_model(model)
    _make_room(votes)
    ballot = Ballot(votes, first, second)
    with console.status("both are answering …"):
        pairs = _pairs(first, second, suite, data=data, limit=limit, threads=threads, done=ballot.done)
    for number, pair in enumerate(pairs, 1):
        turned = swapped(pair, ballot.seed)
        shown = (pair.second, pair.first) if turned else (pair.first, pair.second)
        console.rule(f"{number} of {len(pairs)}")
        console.print(Text(pair.request), "")
        width = max(20, console.width // 2 - 2)
        console.print(Columns([Panel(Text(a), title=t, width=width) for a, t in zip(shown, "12", strict=True)]))
        key = _choice()
        if key == "q":
            break
        if key != "s":
            left, right = ("second", "first") if turned else ("first", "second")
            ballot.add(pair, left if key == "1" else right if key == "2" else "tie")  # type: ignore[arg-type]  # literals
    _print_score(first, second, ballot)


def _choice() -> str:
    """1, 2, = (equally good), s (skip) or q (leave, to go on later); Ctrl-C and the end of the input leave too."""
    while True:
        try:
            key = input("better: 1, 2, = (equal), s (skip), q (leave) > ").strip().lower()
        except (EOFError, KeyboardInterrupt):
            return "q"
        if key in {"1", "2", "=", "s", "q"}:
            return key


def _pairs(
    first: str, second: str, suite: str, *, data: Path | None, limit: int | None, threads: int | None, done: set[str]
) -> list[Pair]:
    """The questions without a vote, answered by both models."""
    from botframework.errors import ConfigError
    from botframework.evaluation.blind import Pair
    from botframework.evaluation.decoding import Draw
    from botframework.evaluation.questions import read_questions, shown
    from botframework.evaluation.subject import open_subject
    from botframework.evaluation.suite import evenly, find_suite

    found = find_suite(suite)
    if found.kind != "questions":
        raise ConfigError(f"suite {suite} is of kind {found.kind}; side by side needs one of kind questions")
    asked = [question for file in found.find(data) for question in evenly(read_questions(file), limit)]
    asked = [question for question in asked if question.id not in done]
    if not asked:
        return []
    draw = Draw(repetition_penalty=found.repetition_penalty or 0.0)
    chats = [question.chat() for question in asked]
    answers = [
        open_subject(model, threads=threads).answer(chats, found.max_new_tokens, draw) for model in (first, second)
    ]
    return [Pair(q.id, shown(q), a, b) for q, a, b in zip(asked, *answers, strict=True)]


def _print_score(first: str, second: str, ballot: Ballot) -> None:
    from botframework.evaluation.blind import tally

    score = tally(ballot.votes)
    if not ballot.votes:
        typer.echo("no votes yet")
        return
    typer.echo(
        f"{second} over {first}: {score.wins} won, {score.losses} lost, {score.ties} equal; win rate "
        f"{100 * score.rate:.0f} % (95 %: {100 * score.low:.0f} – {100 * score.high:.0f}; an equal pair counts half)\n"
        f"votes: {ballot.path}"
    )


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


def _only(suites: list[Suite], words: tuple[str, ...], data: Path | None) -> list[Suite]:
    """The suites with those of their files alone whose name contains one of the words; suites without any are left out.

    Raises:
        ConfigError: no suite has such a file.
    """
    from botframework.errors import ConfigError

    named = [
        (suite, tuple(file.name for file in suite.find(data) if any(word in file.name for word in words)))
        for suite in suites
        if suite.files
    ]
    kept = [suite.model_copy(update={"files": names, "skip": ()}) for suite, names in named if names]
    if not kept:
        raise ConfigError(f"--only {','.join(words)}: no file of these suites has that in its name")
    return kept


def _measured(console: Any, model: str, suites: list[Suite], results: list[SuiteResult], **settings: Any) -> None:
    """Measure a model by each suite, and add what was found to ``results`` as it comes."""
    from botframework.evaluation.runner import run_suite
    from botframework.evaluation.show import table

    subjects: dict[str, Any] = {}  # a model is loaded once for all suites

    def seen(name: str, part: Part) -> None:
        console.print(f"{name}: {part.name}: {_first(part)}", style="dim", highlight=False, markup=False)

    for suite in suites:
        alone = suite.kind in {"retrieval", "router"} or (settings["bot"] and suite.kind == "questions")
        kind = suite.kind if alone else "answers"
        if kind not in subjects:
            subjects[kind] = _subject(model, suite, **settings)
        results.append(run_suite(suite, subjects[kind], data=settings["data"], limit=settings["limit"], seen=seen))
        console.print(table(results[-1]))
        console.print()


def _first(part: Part) -> str:
    from botframework.evaluation.show import figure

    return ", ".join(f"{measure.name} {figure(measure)}" for measure in part.measures[:2])


def _subject(model: str, suite: Suite, **settings: Any) -> Any:
    """What a suite of this kind measures of a model: its answers, its embedder, or the router with that embedder."""
    from botframework.config import NO_LORA

    if suite.kind in {"retrieval", "router"}:
        from botframework.evaluation.embedder import EmbedderSubject, embedder_folder

        folder = settings["embedder"] or embedder_folder(model)
        if suite.kind == "retrieval":
            return EmbedderSubject(folder)
        from botframework.cli.eval_router import RouterSubject

        return RouterSubject(folder)
    if settings["bot"] and suite.kind == "questions":
        from botframework.cli.eval_bot import BotSubject
        from botframework.evaluation.embedder import embedder_folder

        embedder = settings["embedder"] or embedder_folder(model)
        return BotSubject(model, embedder, settings["threads"], alone=settings["lora"] == NO_LORA)
    from botframework.evaluation.subject import open_subject

    lora = settings["lora"]
    return open_subject(
        model,
        lora=None if lora in {None, NO_LORA} else Path(lora),
        alone=lora == NO_LORA,
        threads=settings["threads"],
        device=settings["device"],
        batch=settings["batch"],
    )


if __name__ == "__main__":
    app()
