"""The command `botframework train …`: tokenizer, pretrain, finetune, embedder, resume.

Each takes one recipe; options override what it says. Heavy imports happen inside the commands, so that `--help`
stays quick.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from botframework.training.recipe import EmbedderRecipe, LanguageModelRecipe, TokenizerRecipe
    from botframework.training.runs import RunFolder
    from botframework.training.runs.state import RunState

app = typer.Typer(help="Train the model: tokenizer, pretrain, finetune, embedder, resume.", no_args_is_help=True)

R = TypeVar("R", "TokenizerRecipe", "LanguageModelRecipe", "EmbedderRecipe")
Recipe = Annotated[Path, typer.Argument(help="YAML recipe, see config/train/.", exists=True, dir_okay=False)]
Data = Annotated[Path, typer.Option("--data", help="Folder with the data files.", file_okay=False)]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="Folder with the sources' files.", exists=True, file_okay=False)
]
Out = Annotated[Path, typer.Option("--out", help="Folder to write.", file_okay=False)]
OutOption = Annotated[Path | None, typer.Option("--out", help="Folder to write.", file_okay=False)]
Tokenizer = Annotated[
    Path | None, typer.Option("--tokenizer", help="Folder with tokenizer.json.", exists=True, file_okay=False)
]
Embeddings = Annotated[
    Path | None,
    typer.Option(
        "--embeddings", help="Embedder folder whose vectors start the token embeddings.", exists=True, file_okay=False
    ),
]
ModelName = Annotated[
    Path | None,
    typer.Option(
        "--model", help="Model to start from: a folder; with `method` or `objective` also mini or owner/name."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON line per report, as in a pipe, instead of the panel.")]
Print = Annotated[bool, typer.Option("--print", help="Show the recipe with every default filled in, and stop.")]


@contextmanager
def _plain_errors() -> Iterator[None]:
    from botframework.errors import ConfigError

    try:
        yield
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def _complain(problem: str) -> None:
    print(problem, file=sys.stderr)  # typer.echo would write past the live panel, through it


def _print_recipe(recipe: TokenizerRecipe | LanguageModelRecipe | EmbedderRecipe) -> None:
    import yaml

    typer.echo(yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True), nl=False)


def _named(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _folder(value: str | None, what: str) -> Path:
    """A folder that a recipe names, from the root on, so that the run may be resumed from anywhere.

    Raises:
        RecipeError: neither the recipe nor an option names it.
    """
    from botframework.training.recipe import RecipeError

    if value is None:
        raise RecipeError(f"{what} is missing: give --{what} FOLDER, or `{what}: FOLDER` in the recipe")
    return Path(value).expanduser().resolve()


def _absolute(recipe: R) -> R:
    """The recipe with its folders told from the root on."""
    named = {name: getattr(recipe, name, None) for name in ("data", "tokenizer", "embeddings", "model", "out")}
    paths = {name: str(_folder(value, name)) for name, value in named.items() if value is not None}
    return recipe.model_copy(update=paths)


@app.command()
def tokenizer(
    recipe: Recipe, data: DataOption = None, out: OutOption = None, show: Print = False, json: Json = False
) -> None:
    """Train the tokenizer."""
    from botframework.training.recipe import TokenizerRecipe, load_recipe

    with _plain_errors():
        settings = load_recipe(recipe, TokenizerRecipe, data=_named(data), out=_named(out))
        if show:
            _print_recipe(settings)
        else:
            _train_tokenizer(_absolute(settings), recipe.parent.resolve(), json)


def _train_tokenizer(recipe: TokenizerRecipe, beside: Path, as_json: bool) -> None:
    from botframework.training.tokenizer import save_tokenizer, texts_of, train_tokenizer

    out = _folder(recipe.out, "out")
    with _run_folder("tokenizer", recipe, out, beside, as_json) as run:
        texts = texts_of(recipe, (_folder(recipe.data, "data"), beside), _complain)
        run.tick(doing="learning the merges")
        trained = train_tokenizer(texts, recipe.vocab_size, recipe.whole_han)
        save_tokenizer(trained, out)
        run.metrics.write(vocabulary=trained.get_vocab_size(), characters=sum(map(len, texts)))
    typer.echo(f"{trained.get_vocab_size()} tokens from {sum(map(len, texts))} characters written to {out}")


def _run_folder(
    kind: str, recipe: TokenizerRecipe | EmbedderRecipe, out: Path, beside: Path, as_json: bool, *, step: int = -1
) -> RunFolder:
    """The run folder of a command that starts anew, or goes on behind `step`."""
    from botframework.training.records import find_file
    from botframework.training.runs import RunFolder, display_for

    folders = (_folder(recipe.data, "data"), beside)
    run = RunFolder.open(
        out,
        recipe,
        kind=kind,
        inputs={"data": recipe.data, "tokenizer": getattr(recipe, "tokenizer", None), "beside": beside},
        files=dict.fromkeys(find_file(source.file, folders) for source in recipe.sources),
        display=display_for(f"{kind} → {out}", as_json=as_json),
    )
    run.truncate_after(step)
    return run


@app.command()
def pretrain(  # noqa: PLR0917 -- typer reads options from parameters
    recipe: Recipe,
    data: DataOption = None,
    out: OutOption = None,
    tokenizer: Tokenizer = None,
    embeddings: Embeddings = None,
    show: Print = False,
    json: Json = False,
) -> None:
    """Train a model from random weights; a run that OUT holds is gone on with."""
    given = {"data": data, "out": out, "tokenizer": tokenizer, "embeddings": embeddings}
    _language_model("pretrain", recipe, given, show=show, as_json=json)


@app.command()
def finetune(  # noqa: PLR0917 -- typer reads options from parameters
    recipe: Recipe,
    data: DataOption = None,
    out: OutOption = None,
    model: ModelName = None,
    show: Print = False,
    json: Json = False,
) -> None:
    """Train a model further, whole or by LoRA weights; a run that OUT holds is gone on with."""
    from botframework.cli.tuning import finetune_by, is_tuning

    if is_tuning(recipe):
        with _plain_errors():
            finetune_by(recipe, data=data, out=out, model=model, show=show, as_json=json)
        return
    _language_model("finetune", recipe, {"data": data, "out": out, "model": model}, show=show, as_json=json)


def _language_model(kind: str, recipe: Path, given: dict[str, Path | None], *, show: bool, as_json: bool) -> None:
    from botframework.training.recipe import LanguageModelRecipe, RecipeError, load_recipe

    with _plain_errors():
        named = {name: _named(path) for name, path in given.items()}
        settings = load_recipe(recipe, LanguageModelRecipe, **named)
        if show:
            _print_recipe(settings)
            return
        if kind == "finetune":
            _folder(settings.model, "model")
        elif settings.model is not None:
            raise RecipeError(f"{recipe}: model: pretrain starts from nothing; use `botframework train finetune`")
        settings = _absolute(settings)
        _train_language_model(kind, settings, _folder(settings.out, "out"), recipe.parent.resolve(), as_json)


def _train_language_model(kind: str, recipe: LanguageModelRecipe, out: Path, beside: Path, as_json: bool) -> None:
    from botframework.training.language_model import train
    from botframework.training.runs import display_for

    display = display_for(f"{kind} → {out}", as_json=as_json)
    try:
        folder = train(recipe, out=out, beside=beside, kind=kind, complain=_complain, display=display)
    except KeyboardInterrupt:
        typer.echo(f"stopped; go on with: botframework train resume {quote(str(out))}", err=True)
        raise typer.Exit(130) from None
    if _is_first_process():
        typer.echo(f"checkpoint written to {folder}")


def _is_first_process() -> bool:
    """Whether this is the process that reports, where torchrun has started several."""
    import os

    return os.environ.get("RANK", "0") == "0"


@app.command()
def embedder(  # noqa: PLR0917 -- typer reads options from parameters
    recipe: Recipe,
    data: DataOption = None,
    out: OutOption = None,
    tokenizer: Tokenizer = None,
    show: Print = False,
    json: Json = False,
) -> None:
    """Train the static sentence embedder."""
    from botframework.training.recipe import EmbedderRecipe, load_recipe

    with _plain_errors():
        settings = load_recipe(recipe, EmbedderRecipe, data=_named(data), out=_named(out), tokenizer=_named(tokenizer))
        if show:
            _print_recipe(settings)
        else:
            _train_embedder(_absolute(settings), recipe.parent.resolve(), json)


def _train_embedder(recipe: EmbedderRecipe, beside: Path, as_json: bool, *, anew: bool = True) -> None:
    import shutil

    from botframework.training.checkpoint import Checkpoints, load_state
    from botframework.training.embedder import train_embedder

    out = _folder(recipe.out, "out")
    checkpoints = Checkpoints(out / "checkpoints")
    newest = None if anew else checkpoints.newest()
    step = -1 if newest is None else load_state(newest)["step"]
    with _run_folder("embedder", recipe, out, beside, as_json, step=step) as run:
        if anew:
            shutil.rmtree(checkpoints.folder, ignore_errors=True)
        train_embedder(
            recipe,
            folders=(_folder(recipe.data, "data"), beside),
            out=out,
            tokenizer_folder=_folder(recipe.tokenizer, "tokenizer"),
            complain=_complain,
            report=lambda line: run.metrics.write(**line),
            checkpoints=checkpoints,
        )
        found = run.metrics.lines()[-1]["recall_at_one"].items()
        ways = [
            (f"recall@1 {name} {way}", share)
            for name, shares in found
            for way, share in zip(("there", "back"), shares, strict=True)
        ]
        run.write_scores("after", dict(ways))
    shutil.rmtree(checkpoints.folder, ignore_errors=True)  # the folder is shipped as it is
    typer.echo(f"embedder written to {out}")


@app.command()
def resume(
    run: Annotated[Path, typer.Argument(help="Folder of a run that was stopped or killed.", file_okay=False)],
    data: DataOption = None,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Go on although another machine, which is gone, never ended its part.")
    ] = False,
    json: Json = False,
) -> None:
    """Go on with a run from its own folder: recipe, data folder and tokenizer are recorded there."""
    from dataclasses import replace

    from botframework.cli.tuning import is_tuning, resume_tuning
    from botframework.training.recipe import LanguageModelRecipe, RecipeError, load_recipe
    from botframework.training.runs.state import is_elsewhere, read_state, write_state

    with _plain_errors():
        state, recipe = read_state(run), run / "recipe.yaml"
        if state is None or not recipe.is_file():
            raise RecipeError(f"{run}: no run folder (run.json and recipe.yaml are missing); start it with its recipe")
        if state.kind not in {"tokenizer", "embedder", "pretrain", "finetune"}:
            raise RecipeError(f"{run}: a run of kind {state.kind}, which trains nothing that could be gone on with")
        if take_over and state.state == "running" and is_elsewhere(state.process):
            write_state(run, replace(state, state="killed"))
        beside = Path(state.inputs.get("beside", run))
        if state.kind in {"tokenizer", "embedder"}:
            _resume_part(state, run.resolve(), beside, _named(data and data.resolve()), json)
            return
        if is_tuning(recipe):
            resume_tuning(run, beside, data, as_json=json)
            return
        settings = load_recipe(recipe, LanguageModelRecipe, data=_named(data and data.resolve()))
        _train_language_model(state.kind, settings, run.resolve(), beside, json)


def _resume_part(state: RunState, run: Path, beside: Path, data: str | None, as_json: bool) -> None:
    """Go on with an embedder; make a tokenizer anew, which takes a minute."""
    from botframework.training.recipe import EmbedderRecipe, TokenizerRecipe, load_recipe

    recipe, folders = run / "recipe.yaml", {"data": data, "out": str(run)}
    if state.status == "finished":
        typer.echo(f"{run}: this run is finished")
    elif state.kind == "tokenizer":
        _train_tokenizer(load_recipe(recipe, TokenizerRecipe, **folders), beside, as_json)
    else:
        _train_embedder(load_recipe(recipe, EmbedderRecipe, **folders), beside, as_json, anew=False)


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Argument(help="Model folder to export.", exists=True, file_okay=False)],
    out: Out,
) -> None:
    """Write a checkpoint as bfloat16 weights in small shards, ready to be shipped."""
    import torch

    from botframework.training.checkpoint import load_model, save_model

    save_model(load_model(checkpoint), checkpoint, out, torch.bfloat16)
    typer.echo(f"{sum(f.stat().st_size for f in out.iterdir()) / 1e6:.1f} MB written to {out}")


if __name__ == "__main__":
    app()
