"""`botframework skills`: list those installed, add one to this project, run this project's tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="List, add and test skills.", no_args_is_help=True)


@app.command("list")
def list_(
    config: Annotated[
        Path | None, typer.Option(help="List the skills of this configuration, not all that are installed.")
    ] = None,
) -> None:
    """Every skill with its usage line and what it does."""
    from rich.console import Console
    from rich.table import Table

    from botframework import plugins
    from botframework.config import load
    from botframework.errors import PluginError

    if config is not None:
        skills = {name: entry.skill(name) for name, entry in load(config, only_channels=()).skills.items()}
    else:
        skills = {}
        for name in plugins.installed("skills"):
            try:
                skills[name] = plugins.skill_named(name)
            except PluginError as error:
                typer.echo(f"botframework: {error}", err=True)
    table = Table("skill", "usage", "what it does", box=None, pad_edge=False, header_style="bold")
    for name, skill in skills.items():
        table.add_row(name, skill.usage.replace("[", r"\["), skill.description)
    Console().print(table)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the skill: lower case, as it is called with /name.")],
) -> None:
    """Add skills/NAME.py and tests/test_NAME.py to this folder."""
    from botframework.cli.init import skill_files, write

    write(Path(), skill_files(name))
    typer.echo(
        f"Made skills/{name}.py and tests/test_{name}.py. To use it, add this line under `skills:` in config.yaml:\n\n"
        f"  {name}: {{path: skills/{name}.py}}"
    )


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(ctx: typer.Context) -> None:
    """Run this project's tests; further arguments go to pytest."""
    import importlib.util

    if importlib.util.find_spec("pytest") is None or importlib.util.find_spec("pytest_asyncio") is None:
        typer.echo("botframework: tests need pytest: pip install pytest pytest-asyncio", err=True)
        raise typer.Exit(2)
    finished = subprocess.run([sys.executable, "-m", "pytest", "-q", *ctx.args], check=False)
    raise typer.Exit(finished.returncode)
