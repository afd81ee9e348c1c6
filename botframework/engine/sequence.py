"""One request as the scheduler sees it, and what it tells the outside; knows ids only, no text and no tensors."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from botframework.engine.options import SamplingOptions

if TYPE_CHECKING:
    from botframework.engine.lora import LoraSet
    from botframework.engine.token_stream import TokenStream

__all__ = ["EngineStats", "FinishReason", "LinePosition", "Sequence", "TokenEvent"]

FinishReason = Literal["stop", "length", "cancelled", "error"]


@dataclass(frozen=True, slots=True)
class TokenEvent:
    """One step of a sequence: a token, an end, or both."""

    token_id: int | None
    finish_reason: FinishReason | None = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class LinePosition:
    """A place in the waiting line: 0 runs now, 1 is next; ``seconds`` is None until an answer was timed."""

    position: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class EngineStats:
    """What the engine holds and has done so far."""

    running: int
    waiting: int
    max_batch: int
    kv_tokens: int
    kv_bytes: int
    prompt_tokens: int
    output_tokens: int
    finished: int
    cancelled: int
    steps: int


class Sequence:
    """Token ids being generated, owned by the engine's thread once submitted."""

    __slots__ = (
        "cancelled",
        "id",
        "lora",
        "max_tokens",
        "num_prefilled",
        "options",
        "prompt_ids",
        "rng",
        "seen_ids",
        "started_at",
        "stream",
        "token_ids",
    )

    def __init__(
        self,
        id_: str,
        prompt_ids: list[int],
        options: SamplingOptions,
        max_tokens: int,
        stream: TokenStream,
        *,
        lora: LoraSet | None = None,
    ) -> None:
        self.id = id_
        self.prompt_ids = prompt_ids
        self.options = options
        self.max_tokens = max_tokens
        self.stream = stream
        self.lora = lora
        self.token_ids: list[int] = []
        self.num_prefilled = 0
        self.cancelled = False
        self.started_at = 0.0
        self.rng = None if options.greedy else random.Random(options.seed)
        self.seen_ids: set[int] | None = set(prompt_ids) if options.repetition_penalty != 1.0 else None

    @property
    def num_cached_tokens(self) -> int:
        """Tokens whose keys and values are stored: all but the newest generated one."""
        return self.num_prefilled + max(0, len(self.token_ids) - 1)

    @property
    def is_prefilled(self) -> bool:
        return self.num_prefilled == len(self.prompt_ids)

    def append(self, token_id: int) -> None:
        self.token_ids.append(token_id)
        if self.seen_ids is not None:
            self.seen_ids.add(token_id)

    def start(self) -> None:
        self.started_at = time.monotonic()
