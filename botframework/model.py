"""The model as a skill sees it: any langchain chat model, counted; knows no engine and no vendor.

A model may offer several sets of LoRA weights by name. One that can list them (``lora_names``) takes a set as the
option ``lora`` of a call; any other is a server, which is asked for the model ``base:set``. langchain-core is imported
only when a chat model exists, so that the kernel stays light.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from botframework.types import Message

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage

__all__ = ["Model", "Prompt", "Usage"]

Prompt: TypeAlias = "str | Sequence[Message | BaseMessage]"


@dataclass(slots=True)
class Usage:
    """What one turn used of the model."""

    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def total(self) -> int:
        """Tokens read and written."""
        return self.input_tokens + self.output_tokens


class Model:
    """A chat model with the usage of one turn counted. ``chat_model`` is the langchain object itself.

    Args:
        lora: the LoRA weights that answer, by name; empty is the model alone.
    """

    def __init__(self, chat_model: BaseChatModel, usage: Usage | None = None, lora: str = "") -> None:
        name = model_name(chat_model)
        self.chat_model = chat_model
        self.lora = lora
        self.usage = usage or Usage(model=f"{name}:{lora}" if lora else name)
        self._options: dict[str, Any] = {}
        if lora:
            lists = hasattr(chat_model, "lora_names")
            self._options = {"lora": lora} if lists else {"model": f"{name}:{lora}"}

    def for_turn(self, lora: str = "") -> Model:
        """The same model with its own count, answering with these LoRA weights."""
        return Model(self.chat_model, lora=lora)

    async def lora_names(self) -> list[str]:
        """The LoRA weights that there are now; none where the model cannot tell."""
        ask = getattr(self.chat_model, "lora_names", None)
        return [] if ask is None else list(await asyncio.to_thread(ask))

    async def check_lora(self, name: str) -> None:
        """Read LoRA weights, so that wrong ones are found before they have to answer.

        Raises:
            ModelError: there are none of this name, or they cannot be used.
        """
        check = getattr(self.chat_model, "check_lora", None)
        if check is not None:
            await asyncio.to_thread(check, name)

    async def astream(self, prompt: Prompt, **options: Any) -> AsyncIterator[AIMessageChunk]:
        """The answer as it is generated. Closing the iterator stops the generation.

        Args:
            prompt: one user message, or messages oldest first.
            options: what the chat model's call takes: ``temperature``, ``max_tokens``, ``stop`` …
        """
        stream = self.chat_model.astream(messages(prompt), **{**self._options, **options})
        try:
            async for chunk in stream:
                self._count(chunk)
                yield chunk
        finally:
            close = getattr(stream, "aclose", None)
            if close is not None:
                await close()

    async def ainvoke(self, prompt: Prompt, **options: Any) -> str:
        """The whole answer as text; stopped when the caller is cancelled."""
        return "".join([chunk.text async for chunk in self.astream(prompt, **options)])

    def count_tokens(self, prompt: Prompt) -> int:
        """Tokens of ``prompt`` in this model's own count, where it has one; else about 4 bytes each."""
        found = messages(prompt)
        counter = getattr(self.chat_model, "count_tokens", None)
        if counter is not None:
            return int(counter(found))
        return sum(4 + len(message.text.encode()) // 4 + 1 for message in found)

    @property
    def context_window(self) -> int:
        """Tokens that prompt and answer together may have."""
        return int(getattr(self.chat_model, "context_window", None) or 4096)

    def _count(self, chunk: AIMessageChunk) -> None:
        if chunk.usage_metadata is not None:
            self.usage.input_tokens += chunk.usage_metadata["input_tokens"]
            self.usage.output_tokens += chunk.usage_metadata["output_tokens"]


def messages(prompt: Prompt) -> list[BaseMessage]:
    """The langchain messages of a prompt."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds = {"user": HumanMessage, "assistant": AIMessage, "system": SystemMessage}
    if isinstance(prompt, str):
        return [HumanMessage(prompt)]
    return [kinds[m.role](m.text) if isinstance(m, Message) else m for m in prompt]


def model_name(chat_model: BaseChatModel) -> str:
    """The name under which a chat model reports itself."""
    for attribute in ("model_name", "model"):
        name = getattr(chat_model, attribute, None)
        if isinstance(name, str) and name:
            return name
    return type(chat_model).__name__
