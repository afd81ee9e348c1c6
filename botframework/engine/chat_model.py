"""The local model as langchain-core sees it: a ``BaseChatModel``; knows no threads, caches or tensors."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import BaseTool
from pydantic import ConfigDict, Field, PrivateAttr

from botframework.engine.chat_messages import chat_messages
from botframework.engine.local_model import Generation, LocalModel
from botframework.engine.options import SamplingOptions
from botframework.engine.sequence import EngineStats, LinePosition
from botframework.errors import ContentNotSupported, ModelError, OptionError

__all__ = ["LocalChatModel"]

_CALL_OPTIONS = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty", "max_tokens", "seed")


class LocalChatModel(BaseChatModel):
    """A transformer of this process behind langchain's interface.

    The weights are read at the first use, or by ``load``. Every sampling option can be given per call, with
    ``bind(temperature=0, stop=["\\n"])`` or as a keyword of ``invoke`` and ``astream``.
    """

    model_config = ConfigDict(populate_by_name=True)

    model: str = "mini"
    """A registered name (``mini``), a folder, or a Hugging Face id."""
    device: str = "auto"
    """``auto``, ``cpu``, ``cuda``, ``cuda:1`` or ``mps``."""
    dtype: str = "auto"
    """``auto``, ``float32``, ``bfloat16`` or ``float16``."""
    max_batch: int = Field(default=8, ge=1)
    """Answers that are written at a time; more wait in line."""
    window_limit: int | None = Field(default=None, alias="context_window")
    """Most tokens of prompt and answer together; None is the model's own limit."""
    threads: int | None = Field(default=None, ge=1)
    """CPU threads; None leaves torch's choice."""
    temperature: float | None = None
    """This and the next ones as in ``SamplingOptions``; None takes what the model recommends."""
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: list[str] | None = None
    lora: str = ""
    """The LoRA weights that answer, by name; empty is the model alone. Per call: ``bind(lora="everyday")``."""
    lora_root: Path | None = None
    """Holds a folder for each set of LoRA weights; one that is added or changed is used from the next call on."""

    _local: LocalModel | None = PrivateAttr(default=None)
    _loading: Any = PrivateAttr(default_factory=threading.Lock)

    def model_post_init(self, _context: Any, /) -> None:
        """Check the sampling options now rather than at the first answer."""
        self._options(SamplingOptions(), None, {})

    @property
    def _llm_type(self) -> str:
        return "botframework-local"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("model", "device", "dtype", "lora", "stop", *_CALL_OPTIONS)}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = LangSmithParams(
            ls_provider="botframework",
            ls_model_name=kwargs.get("model", self.model),
            ls_model_type="chat",
        )
        temperature = kwargs.get("temperature", self.temperature)
        if temperature is not None:
            params["ls_temperature"] = temperature
        max_tokens = kwargs.get("max_tokens", self.max_tokens)
        if max_tokens is not None:
            params["ls_max_tokens"] = max_tokens
        if stop or self.stop:
            params["ls_stop"] = stop or self.stop or []
        return params

    def load(self) -> LocalModel:
        """Read the weights, or share those that this process has read already.

        Raises:
            ModelNotFound: there is no such model or its files cannot be read.
        """
        with self._loading:
            if self._local is None:
                self._local = LocalModel.load(
                    self.model,
                    device=self.device,
                    dtype=self.dtype,
                    max_batch=self.max_batch,
                    context_window=self.window_limit,
                    threads=self.threads,
                    lora_root=self.lora_root,
                )
            return self._local

    async def aload(self) -> LocalModel:
        """``load`` without holding up the event loop."""
        if self._local is not None:
            return self._local
        return await asyncio.to_thread(self.load)

    @property
    def is_loaded(self) -> bool:
        """Whether the weights are in memory."""
        return self._local is not None

    @property
    def context_window(self) -> int:
        """Most tokens of prompt and answer together; loads the model."""
        return self.load().context_window

    def stats(self) -> EngineStats:
        """What the engine runs, holds and has done; loads the model."""
        return self.load().engine.stats()

    def next_position(self) -> LinePosition:
        """Where a request made now would stand in line: 0 starts at once, 1 is next after those that run."""
        return LinePosition(0, 0.0) if self._local is None else self._local.next_position()

    def lora_names(self) -> list[str]:
        """The LoRA weights that a call may name now; loads the model."""
        return self.load().loras.names()

    def skill_loras(self) -> dict[str, str]:
        """The LoRA weights that the model brings along, by the skill they are made for; loads the model."""
        return self.load().skill_loras

    def check_lora(self, name: str) -> None:
        """Read LoRA weights, so that a wrong name or broken files are found before somebody is answered; blocks.

        Raises:
            ModelNotFound: there are none of this name, or their files cannot be used.
            ModelError: they do not fit the model.
        """
        self.load().loras.get(name)

    def get_token_ids(self, text: str) -> list[int]:
        """Token ids of plain text."""
        return self.load().prompter.encode(text)

    def get_num_tokens(self, text: str) -> int:
        """Tokens of plain text."""
        return len(self.get_token_ids(text))

    def get_num_tokens_from_messages(
        self,
        messages: list[BaseMessage],
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool] | None = None,
    ) -> int:
        """Tokens of the whole prompt that these messages make, the template's own included."""
        if tools:
            raise ContentNotSupported("this model cannot call tools, so they take no tokens; leave them out")
        return self.count_tokens(messages)

    def count_tokens(self, messages: list[BaseMessage]) -> int:
        """Tokens of the whole prompt that these messages make, as the bot asks any model for it."""
        return len(self.load().prompter.render(chat_messages(messages)))

    def _options(self, defaults: SamplingOptions, stop: list[str] | None, overrides: dict[str, Any]) -> SamplingOptions:
        given = {name: value for name, value in overrides.items() if value is not None and name != "lora"}
        unknown = sorted(given.keys() - set(_CALL_OPTIONS))
        if {"tools", "tool_choice", "functions", "response_format"} & set(unknown):
            raise ContentNotSupported(f"this model cannot do {', '.join(unknown)}; leave it out")
        if unknown:
            raise OptionError(
                f"{unknown[0]!r} is no option of a call; the options are stop, lora, {', '.join(_CALL_OPTIONS)}",
                unknown[0],
            )
        own = {name: value for name in _CALL_OPTIONS if (value := getattr(self, name)) is not None}
        return replace(defaults, **{**own, **given}, stop=tuple(stop if stop is not None else self.stop or ()))

    def _start(
        self, local: LocalModel, messages: list[BaseMessage], stop: list[str] | None, overrides: dict[str, Any]
    ) -> Generation:
        name = self._lora_name(overrides)
        options = self._options(local.defaults, stop, overrides)
        return local.start(chat_messages(messages), options, local.loras.get(name) if name else None)

    async def _astart(
        self, local: LocalModel, messages: list[BaseMessage], stop: list[str] | None, overrides: dict[str, Any]
    ) -> Generation:
        if self._lora_name(overrides):
            return await asyncio.to_thread(self._start, local, messages, stop, overrides)  # it may have to read files
        return self._start(local, messages, stop, overrides)

    def _lora_name(self, overrides: dict[str, Any]) -> str:
        name = overrides.get("lora")
        return self.lora if name is None else str(name)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        generation = self._start(self.load(), messages, stop, kwargs)
        return self._result(generation, "".join(generation))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        generation = await self._astart(await self.aload(), messages, stop, kwargs)
        async with aclosing(generation.stream()) as pieces:
            return self._result(generation, "".join([text async for text in pieces]))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        generation = self._start(self.load(), messages, stop, kwargs)
        with closing(iter(generation)) as pieces:
            for text in pieces:
                yield ChatGenerationChunk(message=AIMessageChunk(content=text))
        yield self._last_chunk(generation)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        generation = await self._astart(await self.aload(), messages, stop, kwargs)
        async with aclosing(generation.stream()) as pieces:
            async for text in pieces:
                yield ChatGenerationChunk(message=AIMessageChunk(content=text))
        yield self._last_chunk(generation)

    def _result(self, generation: Generation, text: str) -> ChatResult:
        message = AIMessage(
            content=text,
            response_metadata=self._response_metadata(generation),
            usage_metadata=_usage(generation),
        )
        info = {"finish_reason": generation.finish_reason}
        return ChatResult(generations=[ChatGeneration(message=message, generation_info=info)])

    def _last_chunk(self, generation: Generation) -> ChatGenerationChunk:
        message = AIMessageChunk(
            content="",
            response_metadata=self._response_metadata(generation),
            usage_metadata=_usage(generation),
            chunk_position="last",
        )
        return ChatGenerationChunk(message=message, generation_info={"finish_reason": generation.finish_reason})

    def _response_metadata(self, generation: Generation) -> dict[str, Any]:
        if generation.finish_reason == "cancelled":
            raise ModelError("the answer was cut off because the model was shut down")
        return {
            "model_name": f"{self.model}:{generation.lora}" if generation.lora else self.model,
            "model_provider": "botframework",
            "finish_reason": generation.finish_reason,
        }


def _usage(generation: Generation) -> UsageMetadata:
    prompt, output = generation.num_prompt_tokens, generation.num_output_tokens
    return UsageMetadata(input_tokens=prompt, output_tokens=output, total_tokens=prompt + output)
