"""Fixtures of the engine's tests: tiny random models, and an engine for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from botframework.engine.engine import Engine
from botframework.engine.runner import ModelRunner
from tests.tiny_model import build_tiny_model


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """A tiny model is quickest on one thread, and leaves the other cores to others."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random model whose answers may end by themselves."""
    return build_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def endless_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random model whose answers end only by their limits."""
    return build_tiny_model(tmp_path_factory.mktemp("endless"), ends=False, window=2048)


@pytest.fixture(scope="session")
def reference(endless_path: Path) -> Any:
    """The same endless model in plain transformers, float32."""
    model: Any = AutoModelForCausalLM.from_pretrained(endless_path, dtype=torch.float32)
    return model.eval()


@pytest.fixture
def engine(endless_path: Path) -> Iterator[Engine]:
    """An engine over the endless model, four sequences at a time."""
    running = Engine(ModelRunner.load(endless_path, device="cpu", dtype="float32"), max_batch=4, threads=1)
    yield running
    running.close()
