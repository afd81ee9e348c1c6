"""The command `botframework`: finds the subcommand, imports only that, and turns errors into one line.

Each subcommand is a Typer application of its own in this package; nothing heavy is imported before it runs.
"""

from __future__ import annotations

import errno
import importlib
import io
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core
import typer.main

if TYPE_CHECKING:
    from typer import _click as click

__all__ = ["app", "main"]

COMMANDS = {
    "chat": "Talk to the bot in this terminal, or pipe lines into it.",
    "serve": "Run every configured channel until stopped.",
    "init": "Make a new project with one skill and its test.",
    "skills": "List, add and test skills.",
    "doctor": "Check this installation and say how to mend it.",
    "config": "Check and show a configuration.",
    "queue": "See what waits, failed or was parked; try again or drop it.",
    "memory": "See, search and erase what is remembered of a person.",
    "model": "Choose, list and serve models.",
    "data": "Look over data to train on, and make some of what the bot has said.",
    "train": "Train the model: tokenizer, pretrain, finetune, embedder, resume.",
    "runs": "The runs of training: list them, look at one, compare two.",
    "lora": "List, show, merge and export LoRA weights.",
    "eval": "Measure a model by suites; compare two, also side by side.",
}

_EXTRAS = {
    **dict.fromkeys(("numpy", "safetensors", "tokenizers", "torch", "transformers"), "local"),
    **dict.fromkeys(("rouge_score", "sacrebleu"), "eval"),
    **dict.fromkeys(("datasets", "matplotlib", "peft", "pyarrow", "trl", "zstandard"), "train"),
    "bitsandbytes": "qlora",
}
"""What to install for a package that a command needs and that is not there."""


_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""What a disk says of a file that is open already, and so without its name."""


class LazyGroup(typer.core.TyperGroup):
    """Knows its commands by name and summary; imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of ``COMMANDS``."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> Any:
        """A placeholder with the summary, enough for the help page."""
        if cmd_name not in COMMANDS:
            return None
        return typer.core.TyperCommand(cmd_name, help=COMMANDS[cmd_name])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The real command, imported."""
        self.commands.update({name: self.get_command(ctx, name) for name in COMMANDS})  # for "did you mean"
        name, command, rest = super().resolve_command(ctx, args)
        if name in COMMANDS:
            module = importlib.import_module(f"botframework.cli.{name}")
            command = typer.main.get_command(module.app)
            command.name = name
            command.params = [param for param in command.params if "completion" not in (param.name or "")]
        return name, command, rest


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"botframework {version('botframework')}")
        raise typer.Exit


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    rich_markup_mode=None,  # drawing boxes takes twice the time of everything else that --help does
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(help="A chat and translation bot that you own: channels, skills, memory and the model itself.")
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run a command. Exit status: 0 done, 1 a check failed, 2 wrong use or a known error, 130 interrupted."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        extra = sys.argv[1] if sys.argv[1:2] in (["eval"], ["train"]) else extra
        typer.echo(
            f"botframework: the package {error.name!r} is not installed; install it: "
            f"pip install 'botframework[{extra}]'",
            err=True,
        )
        sys.exit(2)
    except Exception as error:
        from botframework.errors import BotError

        if isinstance(error, OSError) and error.strerror and (error.filename or error.errno in _NO_ROOM):
            message = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        elif isinstance(error, BotError):
            message = str(error)
        else:
            raise
        typer.echo(f"botframework: {message}", err=True)
        sys.exit(2)
