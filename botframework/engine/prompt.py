"""From chat messages to prompt ids and from ids to text, by the model's own tokenizer and chat template.

Reads ``tokenizer.json``, ``tokenizer_config.json`` and ``chat_template.jinja`` as transformers does, without
importing it, for that alone takes longer than loading a small model.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, TypedDict

from jinja2 import Template, TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from botframework.errors import ContentNotSupported, ModelError, ModelNotFound

__all__ = ["ChatMessage", "Prompter"]

_ROLES = ("system", "user", "assistant")


class ChatMessage(TypedDict):
    """One message as chat templates take it; ``role`` is system, user or assistant."""

    role: str
    content: str


class Prompter:
    """Renders conversations.

    Args:
        tokenizer: text to ids and back.
        template: the model's chat template, in Jinja.
        special_tokens: ``bos_token``, ``eos_token`` and so on, which templates may write.

    Raises:
        ModelNotFound: the template is broken.
    """

    def __init__(self, tokenizer: Tokenizer, template: str, special_tokens: dict[str, str]) -> None:
        self._tokenizer = tokenizer
        self._special_tokens = special_tokens
        specials = [token.content for token in tokenizer.get_added_tokens_decoder().values() if token.special]
        self._specials = re.compile("|".join(map(re.escape, specials))) if specials else None
        try:
            self._template = _compiled(template)
        except TemplateError as error:
            raise ModelNotFound(f"the model's chat template is broken: {error}") from error

    @classmethod
    def load(cls, folder: Path) -> Prompter:
        """Read the tokenizer of a model folder.

        Raises:
            ModelNotFound: its files are missing or broken, or there is no chat template.
        """
        file = folder / "tokenizer.json"
        if not file.is_file():
            raise ModelNotFound(f"there is no tokenizer.json in {folder}; save the model with a fast tokenizer")
        try:
            tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # tokenizers raises plain Exception
            raise ModelNotFound(f"{file} cannot be read: {error}") from error
        config: dict[str, Any] = {}
        settings = folder / "tokenizer_config.json"
        try:
            if settings.is_file():
                config = json.loads(settings.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ModelNotFound(f"{settings} is not JSON: {error}") from error
        separate = folder / "chat_template.jinja"
        template = separate.read_text(encoding="utf-8") if separate.is_file() else config.get("chat_template")
        if isinstance(template, list):  # several named ones
            template = {entry["name"]: entry["template"] for entry in template}.get("default")
        if not template:
            raise ModelNotFound(
                f"the model in {folder} has no chat template; use a chat model, or add a chat_template.jinja"
            )
        tokens = {name: value for name, value in config.items() if name.endswith("_token") and value}
        named = {name: value["content"] if isinstance(value, dict) else str(value) for name, value in tokens.items()}
        return cls(tokenizer, template, named)

    @property
    def eos_id(self) -> int | None:
        """The token that ends a message."""
        eos = self._special_tokens.get("eos_token")
        return None if eos is None else self._tokenizer.token_to_id(eos)

    def render(self, messages: Sequence[ChatMessage]) -> list[int]:
        """Prompt ids of a conversation, up to where the model's answer begins.

        Raises:
            ContentNotSupported: a role is unknown, or the template refuses this order of roles.
            ModelError: there are no messages.
        """
        if not messages:
            raise ModelError("there are no messages to answer; send at least one")
        for message in messages:
            if message["role"] not in _ROLES:
                raise ContentNotSupported(
                    f"a message has the role {message['role']!r}; this model knows {', '.join(_ROLES)}"
                )
        plain = [{"role": message["role"], "content": self._defused(message["content"])} for message in messages]
        try:
            text = self._template.render(messages=plain, add_generation_prompt=True, **self._special_tokens)
        except TemplateError as error:
            raise ContentNotSupported(f"the model's chat template refuses this conversation: {error}") from error
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _defused(self, text: str) -> str:
        """The text with the model's control tokens broken up, for nobody may write ``<|system|>`` from outside."""
        if self._specials is None:
            return text
        return self._specials.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)

    def encode(self, text: str) -> list[int]:
        """Token ids of plain text, without any control tokens."""
        return list(self._tokenizer.encode(self._defused(text), add_special_tokens=False).ids)

    def decode(self, ids: list[int]) -> str:
        """Text of token ids, control tokens left out."""
        text: str = self._tokenizer.decode(ids, skip_special_tokens=True)
        return text


def _compiled(template: str) -> Template:
    """The template in an environment like the one that transformers gives it."""

    def raise_exception(message: str) -> NoReturn:
        raise TemplateError(message)

    def to_json(value: object, indent: int | None = None, **_other: object) -> str:
        return json.dumps(value, ensure_ascii=False, indent=indent)

    def strftime_now(form: str) -> str:
        return datetime.datetime.now().strftime(form)

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.filters["tojson"] = to_json
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = strftime_now
    return environment.from_string(template)
