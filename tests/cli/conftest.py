"""Fixtures of the command line's tests."""

from __future__ import annotations

import pytest

from tests.cli.run import Run


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process."""
    return Run(monkeypatch, capsys)
