"""How the next token is chosen and when to stop; knows no model and no text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botframework.errors import OptionError

__all__ = ["SamplingOptions"]


@dataclass(frozen=True, slots=True)
class SamplingOptions:
    """The choices of one request.

    Args:
        temperature: 0 takes the likeliest token; larger values are more adventurous.
        top_p: keep the smallest set of tokens whose probabilities sum to this; 1 keeps all.
        top_k: keep this many of the likeliest tokens; 0 keeps all.
        min_p: drop tokens less likely than this fraction of the likeliest; 0 keeps all.
        repetition_penalty: above 1 makes tokens that were already seen less likely; 1 is off.
        max_tokens: longest answer in tokens; None is what is left of the context window.
        seed: makes the draws of this request repeatable, whatever else shares its batch.
        stop: the answer ends before the first of these texts.

    Raises:
        OptionError: a value is out of its range; ``param`` names it.
    """

    temperature: float = 0.7
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._check("temperature", self.temperature, 0.0 <= self.temperature <= 10.0, "between 0 and 10")
        self._check("top_p", self.top_p, 0.0 < self.top_p <= 1.0, "above 0 and at most 1")
        self._check("top_k", self.top_k, self.top_k >= 0, "0 (off) or more")
        self._check("min_p", self.min_p, 0.0 <= self.min_p < 1.0, "at least 0 and below 1")
        self._check("repetition_penalty", self.repetition_penalty, self.repetition_penalty > 0.0, "above 0")
        if self.max_tokens is not None:
            self._check("max_tokens", self.max_tokens, self.max_tokens >= 1, "at least 1")
        if any(not text for text in self.stop):
            raise OptionError("stop contains an empty text; every stop text needs at least one character", "stop")

    @classmethod
    def of_model(cls, generation_config: Mapping[str, Any]) -> SamplingOptions:
        """What a model's ``generation_config.json`` recommends; what it leaves open is as above.

        Raises:
            OptionError: a value is out of its range.
        """
        names = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")
        found = {name: value for name in names if (value := generation_config.get(name)) is not None}
        if generation_config.get("do_sample") is False:
            found["temperature"] = 0.0
        return cls(**found, max_tokens=generation_config.get("max_new_tokens"))

    @staticmethod
    def _check(param: str, value: float, ok: bool, allowed: str) -> None:
        if not ok or not math.isfinite(value):
            raise OptionError(f"{param} is {value}; it must be {allowed}", param)

    @property
    def greedy(self) -> bool:
        """Whether the likeliest token is always taken."""
        return self.temperature == 0.0 or self.top_k == 1
