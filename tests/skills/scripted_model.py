"""A scripted chat model with a small window, counted in words; for tests of skills."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langchain_core.messages import BaseMessage

from botframework.testing.model import ScriptedModel

__all__ = ["SmallModel", "answering"]


class SmallModel(ScriptedModel):
    """Refuses a prompt that is longer than its window."""

    context_window: int = 400

    @property
    def said(self) -> list[list[tuple[str, str]]]:
        """Every prompt as (type, text) of its messages: ``human``, ``ai`` or ``system``."""
        return [[(message.type, message.text) for message in prompt] for prompt in self.prompts]

    def count_tokens(self, messages: list[BaseMessage]) -> int:
        """Words, and 3 for every message."""
        return sum(len(message.text.split()) + 3 for message in messages)

    def _next(self, messages: list[BaseMessage], options: dict[str, Any]) -> str:
        assert self.count_tokens(messages) <= self.context_window, "the prompt is longer than the window"
        return super()._next(messages, options)


def answering(answer: Callable[[str], str], context_window: int = 400) -> SmallModel:
    """A model that answers ``answer(text of the last message)``."""
    return SmallModel(script=[lambda messages: answer(messages[-1].text)], context_window=context_window)
