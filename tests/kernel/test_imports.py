"""What the package costs to import, and what it offers."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "telegram", "slack_bolt", "slack_sdk", "chromadb", "langchain_core", "sqlalchemy")


def test_importing_the_package_loads_nothing_heavy() -> None:
    """A fresh interpreter that imports botframework has no channel library, model library or database in it."""
    program = f"import sys, botframework; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "name",
    [
        "botframework",
        "botframework.adapter",
        "botframework.clock",
        "botframework.commands",
        "botframework.delivery",
        "botframework.errors",
        "botframework.handler",
        "botframework.heartbeat",
        "botframework.i18n",
        "botframework.manager",
        "botframework.middleware",
        "botframework.model",
        "botframework.pieces",
        "botframework.responder",
        "botframework.router",
        "botframework.skill",
        "botframework.testing",
        "botframework.turn",
        "botframework.types",
        "botframework.voice",
    ],
)
def test_all_is_sorted_and_true(name: str) -> None:
    """``__all__`` is in order and names only what exists."""
    module = importlib.import_module(name)
    names = list(module.__all__)
    assert names == sorted(names)
    assert all(hasattr(module, each) for each in names)
