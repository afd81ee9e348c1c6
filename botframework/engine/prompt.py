"""From chat messages to prompt ids and from ids to text, by the model's own tokenizer and chat template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from botframework.errors import ContentNotSupported, ModelError, ModelNotFound

__all__ = ["ChatMessage", "Prompter"]

ROLES = ("system", "user", "assistant")


class ChatMessage(TypedDict):
    """One message as chat templates take it; ``role`` is system, user or assistant."""

    role: str
    content: str


class Prompter:
    """Renders conversations.

    Args:
        tokenizer: with a chat template.

    Raises:
        ModelError: the tokenizer has no chat template.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        if not tokenizer.chat_template:
            raise ModelError(
                "this model has no chat template; use a chat model, or add chat_template.jinja to its folder"
            )
        self._tokenizer = tokenizer
        self._backend = tokenizer.backend_tokenizer
        specials = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]
        self._specials = re.compile("|".join(map(re.escape, specials))) if specials else None

    @classmethod
    def load(cls, path: str | Path) -> Prompter:
        """Read the tokenizer of a model folder or a Hugging Face id."""
        try:
            return cls(AutoTokenizer.from_pretrained(str(path)))
        except (OSError, ValueError) as error:
            raise ModelNotFound(f"the tokenizer of {str(path)!r} cannot be loaded: {error}") from error

    @property
    def eos_id(self) -> int | None:
        """The token that ends a message."""
        eos_id: int | None = self._tokenizer.eos_token_id
        return eos_id

    def render(self, messages: Sequence[ChatMessage]) -> list[int]:
        """Prompt ids of a conversation, up to where the model's answer begins.

        Raises:
            ContentNotSupported: a role is unknown, or the template refuses this order of roles.
            ModelError: there are no messages.
        """
        if not messages:
            raise ModelError("there are no messages to answer; send at least one")
        for message in messages:
            if message["role"] not in ROLES:
                raise ContentNotSupported(
                    f"a message has the role {message['role']!r}; this model knows {', '.join(ROLES)}"
                )
        plain = [{"role": message["role"], "content": self._defused(message["content"])} for message in messages]
        try:
            ids = self._tokenizer.apply_chat_template(plain, add_generation_prompt=True, return_dict=False)
        except Exception as error:  # a template may raise anything, usually jinja2.TemplateError
            raise ContentNotSupported(f"the model's chat template refuses this conversation: {error}") from error
        return list(ids)

    def _defused(self, text: str) -> str:
        """The text with the model's control tokens broken up, for nobody may write ``<|system|>`` from outside."""
        if self._specials is None:
            return text
        return self._specials.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)

    def encode(self, text: str) -> list[int]:
        """Token ids of plain text, without any control tokens."""
        return list(self._backend.encode(self._defused(text), add_special_tokens=False).ids)

    def decode(self, ids: list[int]) -> str:
        """Text of token ids, control tokens left out."""
        text: str = self._backend.decode(ids, skip_special_tokens=True)
        return text
