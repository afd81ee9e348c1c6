"""OpenAI's chat-completions format: what a request may ask and how an answer looks; knows no HTTP and no model."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from botframework.engine.local_model import Generation
from botframework.engine.options import SamplingOptions
from botframework.engine.prompt import ChatMessage
from botframework.errors import OptionError

__all__ = ["Completion", "CompletionRequest", "RequestError", "error_body", "parse_request"]

_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_DISABLED: tuple[object, ...] = (None, 0, 0.0, False, [], {}, "none", "auto")


class RequestError(Exception):
    """A request that cannot be served, in OpenAI's terms."""

    def __init__(
        self,
        message: str,
        status: int = 400,
        param: str | None = None,
        code: str | None = None,
        type_: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(message, param, code, type_)


def error_body(
    message: str, param: str | None = None, code: str | None = None, type_: str = "invalid_request_error"
) -> dict[str, Any]:
    """An error as OpenAI's clients read it."""
    return {"error": {"message": message, "type": type_, "param": param, "code": code}}


class _Message(BaseModel):
    role: str
    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[Any] | None = None


class _StreamOptions(BaseModel):
    include_usage: bool = False


class _Body(BaseModel):
    model_config = ConfigDict(extra="allow")

    model: str
    messages: list[_Message] = Field(min_length=1)
    stream: bool = False
    stream_options: _StreamOptions | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    n: int | None = None
    response_format: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """A request that was checked."""

    model: str
    messages: list[ChatMessage]
    options: SamplingOptions
    stream: bool
    include_usage: bool


def parse_request(body: object, defaults: SamplingOptions) -> CompletionRequest:
    """Check a request's JSON and read what it asks.

    Args:
        body: decoded JSON.
        defaults: for what the request leaves open.

    Raises:
        RequestError: something is wrong or not supported; the error names the parameter.
    """
    try:
        parsed = _Body.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        param = ".".join(str(part) for part in first["loc"]) or None
        raise RequestError(f"{param or 'the body'}: {first['msg']}", param=param) from error
    if parsed.n not in (None, 1):
        raise RequestError(f"n is {parsed.n}, but this server writes one answer per request", param="n")
    if (parsed.response_format or {}).get("type", "text") != "text":
        raise RequestError("only response_format of type 'text' is supported", param="response_format")
    _refuse_unsupported(parsed.model_extra or {})
    given = parsed.model_dump(
        include={"temperature", "top_p", "top_k", "min_p", "repetition_penalty", "seed"}, exclude_none=True
    )
    max_tokens = parsed.max_completion_tokens if parsed.max_completion_tokens is not None else parsed.max_tokens
    if max_tokens is not None:
        given["max_tokens"] = max_tokens
    if parsed.stop is not None:
        given["stop"] = (parsed.stop,) if isinstance(parsed.stop, str) else tuple(parsed.stop)
    try:
        options = replace(defaults, **given)
    except OptionError as error:
        raise RequestError(str(error), param=error.param) from error
    return CompletionRequest(
        model=parsed.model,
        messages=[_message(index, message) for index, message in enumerate(parsed.messages)],
        options=options,
        stream=parsed.stream,
        include_usage=bool(parsed.stream_options and parsed.stream_options.include_usage),
    )


def _refuse_unsupported(extra: dict[str, Any]) -> None:
    """Refuse what would change the answer; what would not (``user``, ``metadata``, …) is ignored."""
    for param in (
        "tools",
        "tool_choice",
        "functions",
        "function_call",
        "logprobs",
        "top_logprobs",
        "logit_bias",
        "frequency_penalty",
        "presence_penalty",
        "audio",
    ):
        if extra.get(param) not in _DISABLED:
            raise RequestError(f"{param} is not supported by this server; leave it out", param=param)


def _message(index: int, message: _Message) -> ChatMessage:
    where = f"messages.{index}"
    role = _ROLES.get(message.role)
    if role is None:
        raise RequestError(
            f"{where}.role is {message.role!r}; this server takes {', '.join(_ROLES)}", param=f"{where}.role"
        )
    if message.tool_calls:
        raise RequestError(f"{where} calls tools, which this server cannot", param=f"{where}.tool_calls")
    if isinstance(message.content, str):
        return ChatMessage(role=role, content=message.content)
    parts: list[str] = []
    for part in message.content or ():
        if part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise RequestError(
                f"{where}.content has a part of type {part.get('type')!r}; this server reads text only",
                param=f"{where}.content",
            )
        parts.append(part["text"])
    return ChatMessage(role=role, content="".join(parts))


class Completion:
    """Writes one answer, whole or in chunks.

    Args:
        model: name shown in the answer.
        generation: what is being written.
    """

    def __init__(self, model: str, generation: Generation) -> None:
        self._generation = generation
        self._head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}

    @property
    def _finish_reason(self) -> str | None:
        return self._generation.finish_reason

    def usage(self) -> dict[str, int]:
        """Tokens of the prompt and of the answer so far."""
        prompt, output = self._generation.num_prompt_tokens, self._generation.num_output_tokens
        return {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output}

    def whole(self, text: str) -> dict[str, Any]:
        """The finished answer."""
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self._finish_reason}
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": self.usage()}

    def chunk(self, delta: dict[str, Any], *, last: bool = False) -> dict[str, Any]:
        """A piece of a streamed answer."""
        reason = self._finish_reason if last else None
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice]}

    def usage_chunk(self) -> dict[str, Any]:
        """The piece behind the last one, with the usage alone."""
        return {**self._head, "object": "chat.completion.chunk", "choices": [], "usage": self.usage()}
