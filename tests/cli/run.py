"""Runs the command `botframework`, in this process or in one of its own."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from botframework.cli import main
from tests.console.screen import ROOT, environment

__all__ = ["Run", "Shown", "separately"]


@dataclass
class Shown:
    """What a command printed, and its exit status."""

    returncode: int
    stdout: str
    stderr: str


class Run:
    """Runs the command in this process: what `main` does, without an interpreter's start."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *args: str | Path, cwd: Path | None = None, stdin: str = "", **env: str) -> Shown:
        with self._monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["botframework", *map(str, args)])
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            patch.chdir(cwd or ROOT)
            for name, value in env.items():
                patch.setenv(name, value)
            self._capsys.readouterr()
            with pytest.raises(SystemExit) as end:
                main()
        out, err = self._capsys.readouterr()
        return Shown(end.value.code if isinstance(end.value.code, int) else 0, out, err)


def separately(*args: str | Path, cwd: Path | None = None) -> Shown:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "botframework", *map(str, args)]
    done = subprocess.run(
        command,
        cwd=cwd or ROOT,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=280,
    )
    return Shown(done.returncode, done.stdout, done.stderr)
