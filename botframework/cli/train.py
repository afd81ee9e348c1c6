"""The command `botframework train …`: tokenizer, pretrain, finetune, embedder, evaluate.

Heavy imports happen inside the commands, so that `--help` stays quick.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="Train the model: tokenizer, pretrain, finetune, embedder, evaluate.", no_args_is_help=True)

Recipe = Annotated[Path, typer.Argument(help="YAML recipe, see config/train/.", exists=True, dir_okay=False)]
Data = Annotated[Path, typer.Option("--data", help="Folder with the .jsonl or .jsonl.xz files.", file_okay=False)]
Out = Annotated[Path, typer.Option("--out", help="Folder to write.", file_okay=False)]
TokenizerFolder = Annotated[Path, typer.Option("--tokenizer", help="Folder with tokenizer.json.", file_okay=False)]

Model = Annotated[Path, typer.Option("--model", help="Model folder to start from.", exists=True, file_okay=False)]
Embeddings = Annotated[
    Path | None, typer.Option("--embeddings", help="Embedder folder whose vectors start the token embeddings.")
]


@contextmanager
def _plain_errors() -> Iterator[None]:
    from botframework.training.recipe import RecipeError

    try:
        yield
    except RecipeError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def _print_line(line: dict[str, Any]) -> None:
    typer.echo(json.dumps(line))


def _complain(problem: str) -> None:
    typer.echo(f"bad record left out: {problem}", err=True)


@app.command()
def tokenizer(recipe: Recipe, data: Data, out: Out) -> None:
    """Train the tokenizer."""
    from botframework.training.recipe import TokenizerRecipe, load_recipe
    from botframework.training.tokenizer import save_tokenizer, texts_of, train_tokenizer

    with _plain_errors():
        settings = load_recipe(recipe, TokenizerRecipe)
        texts = texts_of(settings, (data, recipe.parent), _complain)
        trained = train_tokenizer(texts, settings.vocab_size, settings.whole_han)
    save_tokenizer(trained, out)
    typer.echo(f"{trained.get_vocab_size()} tokens from {sum(map(len, texts))} characters written to {out}")


def _train(
    recipe: Path, data: Path, out: Path, tokenizer: Path, *, start: Path | None = None, embeddings: Path | None = None
) -> None:
    from botframework.training.loop import train
    from botframework.training.recipe import LanguageModelRecipe, load_recipe

    with _plain_errors():
        folder = train(
            load_recipe(recipe, LanguageModelRecipe),
            folders=(data, recipe.parent),
            out=out,
            tokenizer_folder=tokenizer,
            start=start,
            embeddings=embeddings,
            complain=_complain,
            report=_print_line,
        )
    typer.echo(f"checkpoint written to {folder}")


@app.command()
def pretrain(recipe: Recipe, data: Data, out: Out, tokenizer: TokenizerFolder, embeddings: Embeddings = None) -> None:
    """Train a model from random weights; a checkpoint in OUT is resumed."""
    _train(recipe, data, out, tokenizer, embeddings=embeddings)


@app.command()
def finetune(recipe: Recipe, data: Data, out: Out, model: Model) -> None:
    """Train a model folder further; a checkpoint in OUT is resumed."""
    _train(recipe, data, out, model, start=model)


@app.command()
def embedder(recipe: Recipe, data: Data, out: Out, tokenizer: TokenizerFolder) -> None:
    """Train the static sentence embedder."""
    from botframework.training.embedder import train_embedder
    from botframework.training.recipe import EmbedderRecipe, load_recipe

    with _plain_errors():
        settings = load_recipe(recipe, EmbedderRecipe)
        train_embedder(
            settings,
            folders=(data, recipe.parent),
            out=out,
            tokenizer_folder=tokenizer,
            complain=_complain,
            report=_print_line,
        )
    typer.echo(f"embedder written to {out}")


@app.command()
def recall(
    embedder: Annotated[Path, typer.Argument(help="Embedder folder to measure.", exists=True, file_okay=False)],
    data: Data,
    only: Annotated[str, typer.Option(help="Take files whose name contains this.")] = "",
) -> None:
    """Print how often a sentence's nearest is its translation, for each translation file in DATA."""
    from botframework.training.embedder import recall_on_files

    files = sorted(file for file in data.glob("translation.*.jsonl*") if only in file.name)
    for name, (pairs, there, back) in recall_on_files(embedder, files).items():
        typer.echo(f"{name:<48} {pairs:>5} pairs  recall@1 {there:.3f} there, {back:.3f} back")


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


@app.command()
def evaluate(
    model: Annotated[Path, typer.Argument(help="Model folder to measure.", exists=True, file_okay=False)],
    data: Data,
    *,
    only: Annotated[list[str] | None, typer.Option(help="Take files whose name contains this.")] = None,
    limit: Annotated[int | None, typer.Option(help="Sentences from each file.", min=1)] = None,
    back: Annotated[bool, typer.Option("--back", help="Translate back, into the source language.")] = False,
    samples: Annotated[bool, typer.Option(help="Print answers to a few everyday requests.")] = True,
    threads: Annotated[int, typer.Option(help="CPU threads.", min=1)] = 2,
) -> None:
    """Print BLEU for each translation file in DATA, and sample answers."""
    import torch

    from botframework.training.evaluate import Answerer, sample_answers, translation_scores

    torch.set_num_threads(threads)
    answerer = Answerer(model)
    if samples:
        for request, answer in sample_answers(answerer):
            typer.echo(f"> {request}\n{answer}\n")
    with _plain_errors():
        for score in translation_scores(answerer, data, tuple(only or ()), limit, back):
            typer.echo(
                f"{score.file:<40} {score.direction:<6} {score.sentences:>5}  BLEU {score.bleu:>5}  {score.signature}"
            )
            if samples:
                for text, answer, wanted in score.samples:
                    typer.echo(f"    {text}\n      got    {answer}\n      wanted {wanted}")


if __name__ == "__main__":
    app()
