"""The linters, the type checker and the import rules hold over the whole tree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["lint-imports"],
        ["mypy", "botframework", "adapters", "skills", "models", "benchmarks"],
        ["hadolint", "Dockerfile"],
    ],
    ids=lambda command: command[0] + ("-format" if "format" in command else ""),
)
def test_check_finds_nothing(command: list[str]) -> None:
    """A static check of the whole tree has nothing to say."""
    result = subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
