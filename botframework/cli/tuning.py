"""What ``botframework train finetune`` and ``resume`` do with a recipe that names a `method` or an `objective`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from botframework.training.tuning.recipe import TuneRecipe

__all__ = ["finetune_by", "is_tuning", "resume_tuning"]


def is_tuning(recipe: Path) -> bool:
    """Whether a recipe is one of these."""
    from botframework.training.tuning.recipe import is_tune_recipe

    return is_tune_recipe(recipe)


def finetune_by(
    path: Path, *, data: Path | None, out: Path | None, model: Path | None, show: bool, as_json: bool
) -> None:
    """Run the recipe at `path`; options win over what it says. Paths in it are relative to the current folder.

    Without `out` the run goes to runs/NAME, and LoRA weights are called NAME unless the recipe says otherwise, where
    NAME is the recipe's own file name. Without `model` the bundled one is taken.
    """
    from botframework.training.recipe import load_recipe
    from botframework.training.tuning.recipe import TuneRecipe

    given = {"data": data, "out": out, "model": model}
    recipe = load_recipe(path, TuneRecipe, **{name: str(value) for name, value in given.items() if value is not None})
    folder = Path(recipe.out or f"runs/{path.stem}").expanduser().resolve()
    lora = recipe.lora.model_copy(
        update={"name": recipe.lora.name or path.stem, "root": str(Path(recipe.lora.root).expanduser().resolve())}
    )
    recipe = recipe.model_copy(
        update={
            "model": _located(recipe.model or "mini"),
            "data": None if recipe.data is None else str(Path(recipe.data).expanduser().resolve()),
            "out": str(folder),
            "lora": lora,
        }
    )
    if show:
        import yaml

        typer.echo(yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True), nl=False)
        return
    _run(recipe, folder, path.parent.resolve(), as_json)


def resume_tuning(run: Path, beside: Path, data: Path | None, *, as_json: bool) -> None:
    """Go on with a run from its own folder."""
    from botframework.training.recipe import load_recipe
    from botframework.training.tuning.recipe import TuneRecipe

    changes = {} if data is None else {"data": str(data.resolve())}
    _run(load_recipe(run / "recipe.yaml", TuneRecipe, **changes), run.resolve(), beside, as_json)


def _run(recipe: TuneRecipe, out: Path, beside: Path, as_json: bool) -> None:
    from botframework.training.runs import display_for
    from botframework.training.tuning.finetune import tune

    try:
        made = tune(
            recipe,
            out=out,
            beside=beside,
            complain=lambda problem: print(problem, file=sys.stderr),  # not through the live panel, as typer.echo would
            display=display_for(f"finetune → {out}", as_json=as_json),
        )
    except KeyboardInterrupt:
        typer.echo(f"stopped; go on with: botframework train resume {quote(str(out))}", err=True)
        raise typer.Exit(130) from None
    if os.environ.get("RANK", "0") != "0":
        return  # torchrun has started several processes, and the first one reports
    if recipe.uses_lora:
        typer.echo(f"LoRA weights written to {made}; see `botframework lora list`")
    else:
        typer.echo(f"model written to {made}; use it with `botframework model use {quote(str(made))}`")


def _located(model: str) -> str:
    """A folder from the root on, so that the run may be resumed from anywhere; other names as they are."""
    folder = Path(model).expanduser()
    return str(folder.resolve()) if folder.is_dir() else model
