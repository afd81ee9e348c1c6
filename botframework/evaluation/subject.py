"""What is measured: something that answers chats, and perhaps tells how likely a text is; knows no suite.

`open_subject` makes one of a model folder, of a name that a package registered, or of the address of a server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from botframework.errors import ModelNotFound
from botframework.evaluation.decoding import Draw

__all__ = ["Chat", "Chatting", "Likelihoods", "Skilled", "Spoken", "Timed", "Timing", "is_server", "open_subject"]

Chat: TypeAlias = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Spoken:
    """How likely one assistant turn is after what stands before it.

    Args:
        bits: negative log2 likelihood of its tokens.
        tokens: how many they are.
        size: UTF-8 bytes of its text.
    """

    bits: float
    tokens: int
    size: int


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one answer took: seconds to its first token, seconds in all, tokens."""

    first: float
    total: float
    tokens: int


class Chatting(Protocol):
    """Answers chats."""

    @property
    def name(self) -> str:
        """How it is called in tables."""
        ...

    def answer(self, chats: Sequence[Chat], max_new_tokens: int = 128, draw: Draw | None = None) -> list[str]:
        """The assistant's next message of each chat; ``draw`` None is greedy, its penalty 0 the model's own."""
        ...


@runtime_checkable
class Likelihoods(Protocol):
    """Tells how likely texts are."""

    def spoken(self, chats: Sequence[Chat]) -> list[list[Spoken]]:
        """For every chat its assistant turns that fit the window, in order."""
        ...


@runtime_checkable
class Skilled(Protocol):
    """Brings LoRA weights along for some skills."""

    def use_skill(self, skill: str | None) -> None:
        """Answer with those of a skill from now on; None, or a skill without any, is the model alone."""
        ...


@runtime_checkable
class Timed(Protocol):
    """Tells how long an answer takes."""

    def time(self, chat: Chat, max_new_tokens: int) -> Timing:
        """Answer one chat alone."""
        ...


def is_server(model: str) -> bool:
    """Whether the model is named by an address."""
    return model.startswith(("http://", "https://"))


def open_subject(
    model: str,
    *,
    lora: Path | None = None,
    alone: bool = False,
    threads: int | None = None,
    device: str = "auto",
    batch: int = 64,
) -> Chatting:
    """The model of a folder, a registered name, a Hugging Face id, or a server's address (``URL#model``).

    Args:
        lora: a folder with LoRA weights to merge into the model.
        alone: leave out the LoRA weights that the model brings along for skills.

    Raises:
        ModelNotFound: there is no such model, or LoRA weights are given for a server.
    """
    if is_server(model):
        if lora is not None:
            raise ModelNotFound(f"LoRA weights cannot be put into the server at {model}; name a model folder")
        from botframework.evaluation.server import ServerSubject

        return ServerSubject(model)
    from botframework.evaluation.folder import FolderSubject

    return FolderSubject(model, lora=lora, alone=alone, threads=threads, device=device, batch=batch)
