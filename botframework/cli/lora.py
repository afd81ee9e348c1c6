"""``botframework lora …``: the LoRA weights that were trained, by name; torch is imported only where it is needed."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import torch

    from botframework.training.tuning.weights import LoraWeights

__all__ = ["app"]

app = typer.Typer(name="lora", help="List, show, merge and export LoRA weights.", no_args_is_help=True)

Root = Annotated[Path, typer.Option("--root", help="Folder that holds one folder per name.", file_okay=False)]
Name = Annotated[str, typer.Argument(help="Name under ROOT, or a folder.")]
ROOT = Path("lora")


@app.command("list")
def list_(root: Root = ROOT) -> None:
    """List LoRA weights: name, base, rank, size, when and by which run they were made."""
    from botframework.training.tuning.weights import list_weights

    found = list_weights(root)
    if not found:
        typer.echo(f"no LoRA weights in {root}; `botframework train finetune` with `method: lora` makes some")
        return
    rows = [("NAME", "BASE", "RANK", "SIZE", "CREATED", "RUN")]
    for weights in found:
        info = weights.info
        created = info.created[:16].replace("T", " ") or "-"
        rows.append((info.name, info.base_name, str(info.rank), size_of(weights.size), created, info.run or "-"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


@app.command()
def show(name: Name, root: Root = ROOT) -> None:
    """Show everything that is known of LoRA weights."""
    weights = _find(name, root)
    info = weights.info
    lines = {
        "name": info.name,
        "folder": str(weights.folder),
        "base": f"{info.base_name} ({info.base_fingerprint or 'unknown fingerprint'})",
        "method": f"{info.method}, {info.objective}".rstrip(", "),
        "rank": f"{info.rank}, alpha {info.alpha:g}",
        "size": size_of(weights.size),
        "created": info.created,
        "run": info.run,
        "recipe": info.recipe,
        **{f"score {key}": f"{value:g}" for key, value in info.scores.items()},
    }
    for key, value in lines.items():
        if value:
            typer.echo(f"{key + ':':<24} {value}")


@app.command()
def merge(
    name: Name,
    out: Annotated[Path, typer.Argument(help="Model folder to write.")],
    root: Root = ROOT,
    base: Annotated[
        str | None, typer.Option(help="The model they were trained on; else what the weights themselves name.")
    ] = None,
    dtype: Annotated[str, typer.Option(help="float32 or bfloat16.")] = "float32",
) -> None:
    """Write the base model with the LoRA weights added in, as an ordinary model folder."""
    stored = _dtype(dtype)
    from botframework.training.tuning.base import Base
    from botframework.training.tuning.merge import merge_weights

    weights = _find(name, root)
    found = Base.find(base or weights.info.base_name)
    merge_weights(weights, found, out, stored)
    size = sum(file.stat().st_size for file in out.iterdir())
    typer.echo(f"{size_of(size)} written to {out}; use it with `botframework model use {quote(str(out))}`")


@app.command()
def export(
    name: Name,
    out: Annotated[Path, typer.Argument(help="Folder to write, or a .zip.")],
    root: Root = ROOT,
    base: Annotated[
        str | None, typer.Option(help="Call the base by this name in the copy; it must be the same model.")
    ] = None,
    dtype: Annotated[str | None, typer.Option(help="float32 or bfloat16; as they are if left out.")] = None,
) -> None:
    """Copy LoRA weights in peft's format, as a folder or one .zip."""
    weights = _find(name, root)
    stored = None if dtype is None else _dtype(dtype)
    from botframework.training.tuning.base import Base
    from botframework.training.tuning.merge import export_weights

    typer.echo(f"written to {export_weights(weights, out, stored, None if base is None else Base.find(base))}")


def _dtype(name: str) -> torch.dtype:
    """The type that is called so.

    Raises:
        ConfigError: none of the two is.
    """
    from botframework.errors import ConfigError

    if name not in {"float32", "bfloat16"}:
        raise ConfigError(f"--dtype is {name!r}; allowed: float32, bfloat16")
    import torch

    return torch.float32 if name == "float32" else torch.bfloat16


def size_of(count: float) -> str:
    """Bytes as a person reads them: ``3.4 MB``."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def _find(name: str, root: Path) -> LoraWeights:
    from botframework.training.tuning.weights import find_weights

    return find_weights(name, root)
