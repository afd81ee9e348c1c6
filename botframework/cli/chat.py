"""`botframework chat`: the console, with the bot behind it, in one process."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from botframework.config import Config

__all__ = ["app"]

app = typer.Typer()


@app.command()
def chat(
    json: Annotated[
        bool, typer.Option("--json", help="Print one object per answer: text, skill, language, milliseconds.")
    ] = False,
    config: Annotated[
        Path | None, typer.Option(help="Configuration file; left out, the built-in defaults.", show_default=False)
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Another model: a name, a folder, or a Hugging Face id.", show_default=False)
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Keep conversations and memories here. Left out, piped input leaves nothing behind."),
    ] = None,
) -> None:
    """Talk to the bot in this terminal, or pipe lines into it.

    Piped, every line is a message; answers are plain text with an empty line between them.
    """
    interactive = sys.stdin.isatty() and sys.stdout.isatty() and not json
    if interactive:  # drawn while the rest is being imported
        sys.stderr.write("starting…\r")
        sys.stderr.flush()
    with ExitStack() as stack, _quiet_when_nobody_reads():
        asyncio.run(_chat(stack, json=json, file=config, model=model, data=data, interactive=interactive))


@contextmanager
def _quiet_when_nobody_reads() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # What is still buffered must not be complained about at exit.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def _chat(
    stack: ExitStack, *, json: bool, file: Path | None, model: str | None, data: Path | None, interactive: bool
) -> None:
    from botframework.app import App
    from botframework.cli.data import data_folder
    from botframework.config import load
    from botframework.errors import QueueError
    from botframework.telemetry import configure_logging

    config = load(file, only_channels=("console",))
    folder = data_folder(data, config, file)
    temporary = not interactive and data is None and config.data is None and "BOTFRAMEWORK__DATA" not in os.environ
    if temporary:
        folder = _temporary(stack)
    config = _adapted(config, json, model, folder, interactive)
    folder.mkdir(parents=True, exist_ok=True)
    configure_logging(
        config.log.level if interactive else "warning",
        "text" if config.log.format == "auto" else config.log.format,
        config.secrets(),
        folder / "chat.log" if interactive else None,
    )
    try:
        async with App.open(config, folder=folder) as bot:
            await bot.run(signals=False, until="console")
    except QueueError as error:
        if data is not None or not interactive or "in use" not in str(error):
            raise
        typer.echo(
            f"{error}.\nThis chat goes on without: it remembers nothing from before, and leaves nothing.\n", err=True
        )
        folder = _temporary(stack)
        async with App.open(config, folder=folder) as bot:
            await bot.run(signals=False, until="console")


def _temporary(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="botframework-", ignore_cleanup_errors=True)))


def _adapted(config: Config, json: bool, model: str | None, folder: Path, interactive: bool) -> Config:
    """The configuration for one person at one terminal."""
    console = config.channels["console"]
    settings: dict[str, object] = {"output": "json"} if json else {}
    if interactive and getattr(console.settings, "history", None) is None:
        settings["history"] = folder / "chat_history"
    console = console.model_copy(update={"settings": console.settings.model_copy(update=settings)})
    return config.model_copy(
        update={
            "channels": {"console": console},
            "model": config.model if model is None else config.model.model_copy(update={"name": model}),
            "limits": config.limits.model_copy(update={"messages_per_minute": None}),
        }
    )
