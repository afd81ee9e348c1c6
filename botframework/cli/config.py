"""`botframework config`: check a configuration file, show what results from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="Check and show a configuration.", no_args_is_help=True)
File = Annotated[
    Path | None, typer.Argument(help="The configuration file; left out, the built-in defaults.", show_default=False)
]


@app.command()
def check(file: File = None) -> None:
    """Read a file as `serve` would and tell every mistake with its line."""
    from botframework.config import load

    config = load(file)
    channels, skills = ", ".join(config.channels) or "none", ", ".join(config.skills) or "none"
    typer.echo(f"{file or 'the built-in defaults'}: in order · channels: {channels} · skills: {skills}")


@app.command()
def show(file: File = None) -> None:
    """Print every setting that results from the file, the environment and the defaults; secrets are masked."""
    import yaml

    from botframework.config import load

    values = load(file).model_dump(mode="json")
    for section in ("channels", "skills"):
        for name, entry in values[section].items():
            path = {"path": entry["path"]} if entry["path"] else {}
            lora = {"lora": entry["lora"]} if entry.get("lora") else {}
            values[section][name] = {**path, **lora, **entry["settings"]} or None
    typer.echo(yaml.safe_dump(values, sort_keys=False, allow_unicode=True), nl=False)
