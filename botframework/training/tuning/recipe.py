"""The part of a recipe that says how a model is fine-tuned; knows no tensors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from botframework.training.recipe import LanguageModelRecipe

__all__ = ["LoraSettings", "Method", "Objective", "PreferenceSettings", "TuneRecipe", "is_tune_recipe"]

Method = Literal["full", "lora", "dora", "qlora"]
Objective = Literal["sft", "dpo", "kto"]


class LoraSettings(BaseModel):
    """The LoRA weights: their name, their size and the layers they stand beside.

    `targets` is `auto` (every linear layer of the decoder) or a list of layer names such as `q_proj`.
    `start` is a folder of LoRA weights of the same model to go on from; rank, scaling and targets must be theirs.
    `rslora` scales by alpha/√rank instead of alpha/rank, which keeps large ranks stable. `quantisation` is how
    `method: qlora` stores the base model meanwhile.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = None
    root: str = "lora"
    rank: int = Field(default=16, gt=0, le=1024)
    alpha: float = Field(default=32.0, gt=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: Literal["auto"] | Annotated[tuple[str, ...], Field(min_length=1)] = "auto"
    rslora: bool = False
    start: str | None = None
    quantisation: Literal["nf4", "fp4", "int8"] = "nf4"

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str | None) -> str | None:
        if name is not None:
            check_name(name)
        return name


class PreferenceSettings(BaseModel):
    """How DPO and KTO learn: `beta` holds the model near its start, larger values hold it nearer.

    `epochs` is how often the records are gone through unless the recipe's `max_steps` says otherwise.
    `desirable` and `undesirable` weigh KTO's thumbs up and down; by default the rarer kind weighs as much in all as
    the other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    beta: float = Field(default=0.1, gt=0)
    rate: float | None = Field(default=None, gt=0)
    epochs: float = Field(default=3.0, gt=0)
    batch: int = Field(default=8, ge=2)
    accumulate: int = Field(default=1, gt=0)
    max_tokens: int = Field(default=512, gt=8)
    schedule: Literal["constant", "linear", "cosine"] = "linear"
    gradient_checkpointing: bool = False
    save_steps: int = Field(default=100, gt=0)
    desirable: float | None = Field(default=None, gt=0)
    undesirable: float | None = Field(default=None, gt=0)


class TuneRecipe(LanguageModelRecipe):
    """One run of `finetune` on any causal language model.

    `model` is what `botframework model use` takes: an installed name, a folder or a Hugging Face id.
    """

    method: Method = "full"
    objective: Objective = "sft"
    lora: LoraSettings = LoraSettings()
    preference: PreferenceSettings = PreferenceSettings()
    compiled: bool = False

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if self.objective == "sft" and self.max_steps is None and self.max_minutes is None:
            raise ValueError("max_steps or max_minutes is needed, or the run would never end")
        return self

    @model_validator(mode="after")
    def _kinds(self) -> Self:
        wanted = {"dpo": "preference", "kto": "thumbs"}.get(self.objective)
        for source in self.sources:
            if wanted is not None and source.kind != wanted:
                raise ValueError(f"objective {self.objective} needs sources of kind {wanted}; {source.name} is not")
            if wanted is None and source.kind in {"preference", "thumbs"}:
                raise ValueError(f"source {source.name} of kind {source.kind} needs objective: dpo or kto")
        return self

    @model_validator(mode="after")
    def _does_what_it_says(self) -> Self:
        for name in ("tokenizer", "embeddings", "shape"):
            if getattr(self, name) != type(self).model_fields[name].default:
                raise ValueError(f"{name} belongs to `train pretrain`; with a method, the model keeps its own")
        if self.objective != "sft":
            for name in ("max_minutes", "early_stopping", "dropout"):
                if getattr(self, name):
                    raise ValueError(
                        f"{name} belongs to objective sft; {self.objective} ends by max_steps or preference.epochs, "
                        "and drops by lora.dropout"
                    )
        return self

    @property
    def uses_lora(self) -> bool:
        """Whether only LoRA weights are trained."""
        return self.method != "full"


def check_name(name: str) -> None:
    """Refuse a name of LoRA weights that cannot be a folder's.

    Raises:
        ValueError: letters, digits, `-`, `_` and `.` only, not starting with a dot.
    """
    if not name or name.startswith(".") or not all(c.isalnum() or c in "-_." for c in name):
        raise ValueError(f"{name!r} is no name for LoRA weights: use letters, digits, '-', '_' and '.'")


def is_tune_recipe(path: Path) -> bool:
    """Whether a recipe's file names a `method` or an `objective`, and so is a `TuneRecipe`."""
    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False  # reading it as a recipe says what is wrong
    return isinstance(data, dict) and ("method" in data or "objective" in data)
