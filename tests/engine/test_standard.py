"""langchain's own suites for chat models, run against ours; every ``has_`` and ``supports_`` says what it can do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from botframework.engine.chat_model import LocalChatModel


class Declared:
    """What a small local model can honestly do: text in, text out."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return LocalChatModel

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        return {"temperature": 0, "max_tokens": 40, "stop": [], "seed": 1}

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_tool_choice(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return False

    @property
    def supports_json_mode(self) -> bool:
        return False

    @property
    def supports_image_inputs(self) -> bool:
        return False

    @property
    def returns_usage_metadata(self) -> bool:
        return True

    @property
    def supports_model_override(self) -> bool:
        return False


class OfTinyModel(Declared):
    """The same for a tiny random model."""

    folder: Path

    @pytest.fixture(autouse=True)
    def _folder(self, tiny_path: Path) -> None:
        type(self).folder = tiny_path

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": str(self.folder), "device": "cpu", "dtype": "float32"}


class TestUnit(OfTinyModel, ChatModelUnitTests):
    """The suite that needs no answers."""


class TestIntegration(OfTinyModel, ChatModelIntegrationTests):
    """The suite that asks for answers."""
