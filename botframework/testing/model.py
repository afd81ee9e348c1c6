"""A chat model that says what a test scripted, word by word, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr

__all__ = ["ScriptedModel"]


class ScriptedModel(BaseChatModel):
    """Made by ``botframework.testing.replies``."""

    script: list[Any]
    """Answers in turn: texts, exceptions, or callables of the prompt's messages."""
    stepwise: bool = False
    model_name: str = "scripted"
    prompts: list[list[BaseMessage]] = Field(default_factory=list)
    """What the model was asked, call by call."""
    options: list[dict[str, Any]] = Field(default_factory=list)
    """With which options."""
    running: int = 0
    """Streams that are open now."""
    abandoned: int = 0
    """Streams that were closed before their end."""
    words: int = 0
    """Words produced so far, over all streams."""
    _steps: asyncio.Semaphore = PrivateAttr(default_factory=lambda: asyncio.Semaphore(0))

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def step(self, words: int = 1) -> None:
        """Let ``words`` more words through (only with ``stepwise``)."""
        for _ in range(words):
            self._steps.release()

    @property
    def asked(self) -> list[str]:
        """The last message of every prompt, as text."""
        return [str(messages[-1].text) for messages in self.prompts]

    def _next(self, messages: list[BaseMessage], options: dict[str, Any]) -> str:
        answer = self.script[len(self.prompts) % len(self.script)]
        self.prompts.append(list(messages))
        self.options.append(options)
        if callable(answer) and not isinstance(answer, BaseException):
            answer = answer(messages)
        if isinstance(answer, BaseException):
            raise answer
        return str(answer)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = AIMessage(self._next(messages, kwargs))
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        words = re.findall(r"\s*\S+\s*?(?=\s|$)|\s+$", self._next(messages, kwargs)) or [""]
        read = sum(len(str(message.text).split()) for message in messages)
        self.running += 1
        done = False
        try:
            for number, word in enumerate(words):
                if self.stepwise:
                    await self._steps.acquire()
                else:
                    await asyncio.sleep(0)
                self.words += 1
                last = number == len(words) - 1
                usage = UsageMetadata(input_tokens=read, output_tokens=len(words), total_tokens=read + len(words))
                done = last
                yield ChatGenerationChunk(
                    message=AIMessageChunk(
                        content=word, usage_metadata=usage if last else None, chunk_position="last" if last else None
                    )
                )
        finally:
            self.running -= 1
            self.abandoned += not done
