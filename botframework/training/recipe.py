"""Recipes: the YAML files that say what a training command does; knows no tensors.

A recipe is checked when it is read: an unknown key or a wrong value is a `RecipeError` that names file and key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from botframework.errors import ConfigError

Kind = Literal["translation", "summary", "messages", "code", "text", "lead"]


class RecipeError(ConfigError):
    """A recipe cannot be used; the message names the file, the key and the mistake."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    """One stream of records with its share of the training tokens.

    `file` is looked up in the data folder, then beside the recipe. `source` keeps records whose `source`
    field starts with one of the prefixes. `languages` keeps `src>tgt` pairs (translation) or `lang` values.
    """

    name: str
    kind: Kind
    file: str
    weight: float = Field(gt=0)
    source: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    reverse: bool = False
    canonical: float = Field(default=0.8, ge=0, le=1)
    join: float = Field(default=0.0, ge=0, le=1)
    max_records: int | None = Field(default=None, gt=0)
    max_chars: int = Field(default=2000, gt=0)
    held_out: int = Field(default=40, ge=0)


class TokenizerRecipe(_Part):
    """How the byte-level BPE is trained: its size, and the characters to draw from each file."""

    vocab_size: int = Field(default=16384, gt=300)
    whole_han: int = Field(default=3500, ge=0)
    max_chars_per_source: int = Field(default=6_000_000, gt=0)
    sources: tuple[Source, ...]


class Shape(_Part):
    """The decoder's shape (Qwen3)."""

    hidden_size: int = 384
    layers: int = 4
    heads: int = 6
    kv_heads: int = 3
    head_dim: int = 64
    ffn_size: int = 1024
    tied: bool = False
    max_positions: int = 2048
    rope_theta: float = 10000.0


class Optimiser(_Part):
    """Step sizes: `muon_lr` for hidden matrices, `adam_lr` for embeddings, head and norms."""

    muon_lr: float = Field(default=3e-3, gt=0)
    adam_lr: float = Field(default=3e-3, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    warmup_steps: int = Field(default=100, ge=0)
    decay: Literal["constant", "linear"] = "constant"
    clip: float = Field(default=1.0, gt=0)


class LanguageModelRecipe(_Part):
    """One run of `pretrain` or `finetune`.

    A row is `row_tokens` long and holds whole examples. With `decay: linear` the step size falls to zero at
    `max_minutes` or `max_steps`, whichever comes first.
    """

    shape: Shape = Shape()
    optimiser: Optimiser = Optimiser()
    row_tokens: int = Field(default=256, gt=8)
    rows_per_step: int = Field(default=24, gt=0)
    rows_per_pass: int = Field(default=24, gt=0)
    max_steps: int | None = Field(default=None, gt=0)
    max_minutes: float | None = Field(default=None, gt=0)
    checkpoint_minutes: float = Field(default=5.0, ge=0)
    log_steps: int = Field(default=20, gt=0)
    held_out_steps: int = Field(default=200, gt=0)
    threads: int = Field(default=2, gt=0)
    compiled: bool = True
    sampled_vocabulary: int | None = Field(default=None, gt=1)
    seed: int = 0
    sources: tuple[Source, ...]


class EmbedderRecipe(_Part):
    """One run of `embedder`: contrastive training of token vectors on pairs of equal meaning."""

    dim: int = Field(default=256, gt=0)
    batch: int = Field(default=1024, gt=1)
    steps: int = Field(default=1500, gt=0)
    lr: float = Field(default=2e-2, gt=0)
    temperature: float = Field(default=0.05, gt=0)
    max_tokens: int = Field(default=48, gt=0)
    threads: int = Field(default=2, gt=0)
    seed: int = 0
    sources: tuple[Source, ...]


R = TypeVar("R", bound=_Part)


def load_recipe(path: Path, kind: type[R]) -> R:
    """Read a YAML recipe as `kind`.

    Raises:
        RecipeError: the file is no YAML mapping, or a key is unknown or has a wrong value.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise RecipeError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(data, dict):
        raise RecipeError(f"{path}: expected a mapping of settings, got {type(data).__name__}")
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        lines = [f"{path}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise RecipeError("\n".join(lines)) from error
