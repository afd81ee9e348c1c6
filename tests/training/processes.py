"""Training commands in processes of their own, which can be killed; torch is imported once for all of them."""

from __future__ import annotations

import multiprocessing
import os
import sys
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from botframework.cli.train import app


def server() -> ForkServerContext:
    """The context whose server has imported everything, and never trained, so that it may be forked."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["botframework.training.language_model", "botframework.cli.train"])
    return context


def start(*arguments: str | Path, output: Path | None = None, **environment: str) -> BaseProcess:
    """Start `botframework train …` with more environment variables; what it prints goes to `output`."""
    process = server().Process(target=_command, args=([str(a) for a in arguments], output, environment))
    process.start()
    return process


def _command(arguments: list[str], output: Path | None, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    file = os.open(output or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, sys.stdout.fileno())
    os.dup2(file, sys.stderr.fileno())
    app(arguments)
