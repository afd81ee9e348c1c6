"""Recipes: the YAML files that say what a training command does; knows no tensors.

A recipe is checked when it is read: an unknown key or a wrong value is a `RecipeError` that names file and key.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from botframework.errors import ConfigError

Kind = Literal["translation", "summary", "messages", "code", "text", "lead", "preference", "thumbs"]


class RecipeError(ConfigError):
    """A recipe cannot be used; the message names the file, the key and the mistake."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Noise(_Part):
    """How the text to translate is spoilt, so that a model learns to read what people type; never the answer.

    `share` of the records are touched. In those, `lowercase` and `punctuation` are the chances that the whole text
    loses its capitals or its punctuation; `typo`, `drop`, `duplicate` and `swap` are chances per word (per character
    where the text is Chinese, which has no typos of this kind).
    """

    share: float = Field(default=0.2, ge=0, le=1)
    typo: float = Field(default=0.05, ge=0, le=1)
    lowercase: float = Field(default=0.2, ge=0, le=1)
    punctuation: float = Field(default=0.2, ge=0, le=1)
    drop: float = Field(default=0.02, ge=0, le=1)
    duplicate: float = Field(default=0.02, ge=0, le=1)
    swap: float = Field(default=0.02, ge=0, le=1)


class Source(_Part):
    """One stream of records with its share of the training tokens.

    `file` is looked up in the data folder, then beside the recipe. `source` keeps records whose `source`
    field starts with one of the prefixes. `languages` keeps `src>tgt` pairs (translation) or `lang` values.
    `reverse` is the chance that a translation is turned round (true: always), `noise` spoils the text to translate.

    A source is tokenised once and kept on disk, unless it is to `stream`: then it is read again in every pass, as it
    is by itself when its file is larger than 1 GiB. Records are shuffled within a window of `buffer` records. Of a
    streamed source `max_records` takes the first ones, of another a random choice. Records of more than `max_chars`
    characters are left out and counted: translations, summaries and code from 2,000 on, prose (kind text, which is
    cut into rows) only if the recipe says so. Conversations are cut after a whole message instead.
    """

    name: str
    kind: Kind
    file: str
    weight: float = Field(gt=0)
    source: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    reverse: float = Field(default=0.0, ge=0, le=1)
    noise: Noise | None = None
    stream: bool | None = None
    buffer: int = Field(default=10_000, gt=0)
    canonical: float = Field(default=0.8, ge=0, le=1)
    join: float = Field(default=0.0, ge=0, le=1)
    max_records: int | None = Field(default=None, gt=0)
    max_chars: int | None = Field(default=2000, gt=0)
    held_out: int = Field(default=40, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _prose_has_no_limit(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("kind") == "text":
            return {"max_chars": None, **values}
        return values


def _named_apart(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    names = [source.name for source in sources]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two sources are called {', '.join(twice)}; their losses could not be told apart")
    return sources


Sources = Annotated[tuple[Source, ...], Field(min_length=1), AfterValidator(_named_apart)]


class TokenizerRecipe(_Part):
    """How the byte-level BPE is trained: its size, and the characters to draw from each file."""

    data: str | None = None
    out: str | None = None
    vocab_size: int = Field(default=16384, gt=300)
    whole_han: int = Field(default=3500, ge=0)
    max_chars_per_source: int = Field(default=6_000_000, gt=0)
    sources: Sources


class Shape(_Part):
    """The decoder's shape (Qwen3); each of `kv_heads` serves as many of the `heads`."""

    hidden_size: int = Field(default=384, gt=0)
    layers: int = Field(default=4, gt=0)
    heads: int = Field(default=6, gt=0)
    kv_heads: int = Field(default=3, gt=0)
    head_dim: int = Field(default=64, gt=0, multiple_of=2)
    ffn_size: int = Field(default=1024, gt=0)
    tied: bool = False
    max_positions: int = Field(default=2048, gt=0)
    rope_theta: float = Field(default=10000.0, gt=0)

    @model_validator(mode="after")
    def _heads_share_evenly(self) -> Self:
        if self.heads % self.kv_heads:
            raise ValueError(f"heads: {self.heads} cannot be shared out evenly among {self.kv_heads} kv_heads")
        return self


class Optimiser(_Part):
    """Which optimiser, its step sizes, and how they change over the run.

    `muon` takes Muon (`muon_lr`) for the layers' matrices and AdamW (`adam_lr`) for embeddings, head, norms and LoRA
    weights; `adamw` takes AdamW for everything. `weight_decay` is decoupled: each step shrinks a matrix by its step
    size times this; norms and biases are left alone. After `warmup_steps` the step size follows `decay`: `constant`;
    `linear` or `cosine` from the whole to `final_rate` (a share) over the run; `wsd` (warm-up, stable, decay) stays
    whole and falls linearly over the last `decay_share` of the run.
    """

    name: Literal["muon", "adamw"] = "muon"
    muon_lr: float = Field(default=3e-3, gt=0)
    adam_lr: float = Field(default=3e-3, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    warmup_steps: int = Field(default=100, ge=0)
    decay: Literal["constant", "linear", "cosine", "wsd"] = "constant"
    decay_share: float = Field(default=0.2, gt=0, le=1)
    final_rate: float = Field(default=0.0, ge=0, le=1)
    clip: float = Field(default=1.0, gt=0)


class EarlyStopping(_Part):
    """Stop when the held-out loss has not fallen by `min_delta` in `patience` measurements; the best weights win.

    `source` is the source whose held-out examples count; None takes the mean over all that have some.
    """

    source: str | None = None
    patience: int = Field(default=3, gt=0)
    min_delta: float = Field(default=0.0, ge=0)


class DataRecipe(_Part):
    """What is read, and how it is mixed.

    `weight` of a source is its share of the tokens. With `temperature` T it is multiplied by size ** (1 / T), the size
    of the source in tokens: 1 mixes in proportion to size, a large T by weight alone, as none does. `strict` makes
    the first bad record an error; else bad records are left out and counted.
    """

    strict: bool = False
    temperature: float | None = Field(default=None, gt=0)


class LoopRecipe(DataRecipe):
    """How any causal language model is trained by the loop, whatever it learns from.

    A row is `row_tokens` long and holds whole examples. A step learns from `rows_per_step` rows, `rows_per_pass` of
    them at a time in each process (gradient accumulation: the result is the same, the memory smaller). The run ends
    at `max_steps` or `max_minutes`, whichever comes first, and a falling step size falls towards that end. With
    `max_steps` a run that was killed and resumed is bit for bit the unbroken one (float32, one device, same number
    of threads); with `max_minutes` the decay follows measured time, which no two runs share.

    `dropout` is applied to the attention probabilities, to what attention and feed-forward add to the residual
    stream, and to the token embeddings. `dtype: auto` computes in bfloat16 where the hardware does so natively, with
    weights, loss and optimisers in float32. `parallel` says how several processes (torchrun) share the work: `ddp`
    keeps a whole copy in each, `fsdp` a part of every matrix; `auto` takes fsdp from 500 M parameters. `threads` of the
    CPU compute in each process; without a number as many as torch takes by itself.
    """

    optimiser: Optimiser = Optimiser()
    row_tokens: int = Field(default=256, gt=8)
    rows_per_step: int = Field(default=24, gt=0)
    rows_per_pass: int = Field(default=24, gt=0)
    max_steps: int | None = Field(default=None, gt=0)
    max_minutes: float | None = Field(default=None, gt=0)
    checkpoint_minutes: float = Field(default=5.0, ge=0)
    checkpoint_steps: int | None = Field(default=None, gt=0)
    keep_checkpoints: int = Field(default=2, gt=0)
    log_steps: int = Field(default=20, gt=0)
    held_out_steps: int = Field(default=200, gt=0)
    early_stopping: EarlyStopping | None = None
    dropout: float = Field(default=0.0, ge=0, lt=1)
    gradient_checkpointing: bool = False
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    parallel: Literal["auto", "ddp", "fsdp"] = "auto"
    threads: int | None = Field(default=None, gt=0)
    compiled: bool = True
    sampled_vocabulary: int | None = Field(default=None, gt=1)
    tensorboard: bool = False
    seed: int = 0

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if self.max_steps is None and self.max_minutes is None:
            raise ValueError("max_steps or max_minutes is needed, or the run would never end")
        return self


class LanguageModelRecipe(LoopRecipe):
    """One run of `pretrain` or `finetune`; the paths may be given on the command line instead.

    `samples` are requests that the model answers before and after the run; the report shows both side by side.
    """

    data: str | None = None
    tokenizer: str | None = None
    model: str | None = None
    embeddings: str | None = None
    out: str | None = None
    samples: tuple[str, ...] = ()
    shape: Shape = Shape()
    sources: Sources


class EmbedderRecipe(_Part):
    """One run of `embedder`: contrastive training of token vectors on pairs of equal meaning."""

    data: str | None = None
    tokenizer: str | None = None
    out: str | None = None
    dim: int = Field(default=256, gt=0)
    batch: int = Field(default=1024, gt=1)
    steps: int = Field(default=1500, gt=0)
    lr: float = Field(default=2e-2, gt=0)
    temperature: float = Field(default=0.05, gt=0)
    max_tokens: int = Field(default=48, gt=0)
    checkpoint_steps: int = Field(default=250, gt=0)
    threads: int | None = Field(default=None, gt=0)
    seed: int = 0
    sources: Sources


R = TypeVar("R", bound=_Part)


def load_recipe(path: Path, kind: type[R], **changes: Any) -> R:
    """Read a YAML recipe as `kind`.

    Args:
        path: the file.
        kind: what the recipe is of.
        changes: settings that override the file's; None leaves the file's.

    Raises:
        RecipeError: the file is no YAML mapping, or a key is unknown or has a wrong value.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RecipeError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(data, dict):
        raise RecipeError(f"{path}: expected a mapping of settings, got {type(data).__name__}")
    try:
        return kind.model_validate({**data, **{key: value for key, value in changes.items() if value is not None}})
    except ValidationError as error:
        lines = [
            f"{path}: {'.'.join(map(str, e['loc'])) or 'recipe'}: "
            + (_unknown(str(e["loc"][-1]), kind) if e["type"] == "extra_forbidden" else e["msg"])
            for e in error.errors()
        ]
        raise RecipeError("\n".join(lines)) from error


def _unknown(name: str, kind: type[_Part]) -> str:
    schema = kind.model_json_schema()
    known = {field for part in (schema, *schema.get("$defs", {}).values()) for field in part.get("properties", {})}
    close = get_close_matches(name, sorted(known), 2)
    return (
        f"no such setting; did you mean {' or '.join(close)}?" if close else "no such setting; --print shows them all"
    )
