"""Learning from preferences through TRL: DPO from pairs, KTO from thumbs; knows a model and its records.

TRL's trainer does the work; this module gives it a model, turns what it logs into the run's metrics, and keeps
checkpoints that are known to be whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase, PrinterCallback, TrainerCallback

from botframework.training.checkpoint import MANIFEST, CheckpointError, problem_of, write_manifest
from botframework.training.examples import Complain
from botframework.training.recipe import RecipeError
from botframework.training.records import ReadReport
from botframework.training.tuning.quiet import quietly
from botframework.training.tuning.recipe import PreferenceSettings, TuneRecipe

__all__ = ["Write", "learn_preferences", "step_of", "whole_checkpoint"]

Write = Callable[..., None]
"""Takes one line of metrics as keywords."""

_RATES = {"full": 5e-6, "lora": 2e-4, "dora": 2e-4, "qlora": 2e-4}
_NAMES = {
    "loss": "loss",
    "learning_rate": "learning_rate",
    "grad_norm": "norm",
    "rewards/chosen": "reward_chosen",
    "rewards/rejected": "reward_rejected",
    "rewards/margins": "reward_margin",
    "rewards/accuracies": "reward_accuracy",
    "kl": "kl",
}


class _Reporter(TrainerCallback):
    """Turns TRL's log into lines of metrics, and marks checkpoints that are complete."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._began = time.monotonic()

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        """Write one line."""
        logs = logs or {}
        line: dict[str, Any] = {ours: _number(logs[theirs]) for theirs, ours in _NAMES.items() if theirs in logs}
        if "eval_loss" in logs:
            line["held_out"] = {"preferences": _number(logs["eval_loss"])}
        for theirs in ("rewards/margins", "rewards/accuracies"):
            if f"eval_{theirs}" in logs:
                line[f"held_out_{_NAMES[theirs]}"] = _number(logs[f"eval_{theirs}"])
        if line:
            minutes = round((time.monotonic() - self._began) / 60, 3)
            progress = round(state.global_step / max(1, state.max_steps), 4)
            self._write(step=state.global_step, progress=progress, minutes=minutes, **line)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The checkpoint of this step is complete, which its manifest says from now on."""
        write_manifest(Path(args.output_dir) / f"checkpoint-{state.global_step}")


def learn_preferences(
    recipe: TuneRecipe,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    data: tuple[Any, Any],
    *,
    out: Path,
    resumed: Path | None,
    report: ReadReport,
    write: Write,
    lora: Any = None,
    reference: PreTrainedModel | None = None,
) -> tuple[Any, dict[str, float]]:
    """Train by DPO or KTO and return (the model, its scores).

    Args:
        recipe: `objective`, `preference` and the general settings.
        model: what is trained, and the reference too while LoRA weights are switched off.
        tokenizer: with a chat template.
        data: (records, held-out records or None) of `read_preferences`.
        out: folder of the checkpoints.
        resumed: the checkpoint to go on from.
        report: counts the records of which nothing to learn fits into `preference.max_tokens`, which TRL leaves out.
        write: takes each line of metrics.
        lora: peft's configuration; None trains all weights.
        reference: a second copy of the model, needed where `lora` is None.

    Raises:
        RecipeError: TRL is missing, or cannot work with these settings.
    """
    records, held_out = data
    settings: Any = recipe.preference
    common = _arguments(recipe, out, evaluates=held_out is not None)
    options: dict[str, Any] = {
        "model": model,
        "ref_model": reference,
        "processing_class": tokenizer,
        "train_dataset": records,
        "eval_dataset": held_out,
        "peft_config": lora,
        "callbacks": [_Reporter(write)],
    }
    with quietly():
        try:
            import datasets  # type: ignore[import-untyped]  # datasets leaves it untyped
            from trl.trainer.dpo_config import DPOConfig
            from trl.trainer.dpo_trainer import DPOTrainer
            from trl.trainer.kto_config import KTOConfig
            from trl.trainer.kto_trainer import KTOTrainer
        except ImportError as error:
            raise RecipeError("DPO and KTO need TRL: pip install 'botframework[train]'") from error
        datasets.disable_progress_bars()
        trainer: Any
        if recipe.objective == "dpo":
            trainer = DPOTrainer(args=DPOConfig(**common), **options)
        else:
            trainer = KTOTrainer(args=KTOConfig(**common, **_weights(settings, records["label"])), **options)
        report.too_long += len(records) - len(trainer.train_dataset)
        if not len(trainer.train_dataset):
            raise RecipeError(f"preference.max_tokens: no record's prompt is shorter than {settings.max_tokens} tokens")
        trainer.remove_callback(PrinterCallback)
        trainer.train(resume_from_checkpoint=str(resumed) if resumed else None)
        scores: dict[str, float] = {}
        if held_out is not None:
            found = trainer.evaluate()
            scores = {
                ours: _number(found[f"eval_{theirs}"]) for theirs, ours in _NAMES.items() if f"eval_{theirs}" in found
            }
    return trainer.model, scores


def whole_checkpoint(out: Path, complain: Complain | None = None) -> Path | None:
    """The last checkpoint in `out` that is whole; None if none was ever written to its end.

    Args:
        complain: called with a message for every damaged checkpoint that is passed over.

    Raises:
        CheckpointError: some were written to their end, and all of them are damaged.
    """
    problems = []
    written = [folder for folder in out.glob("checkpoint-*") if (folder / MANIFEST).is_file()]
    for folder in sorted(written, key=step_of, reverse=True):
        problem = problem_of(folder)
        if problem is None:
            return folder
        problems.append(f"{folder}: {problem}")
        if complain is not None:
            complain(f"damaged checkpoint passed over: {problems[-1]}")
    if problems:
        lines = "\n".join(problems)
        raise CheckpointError(
            f"no checkpoint of this run is whole:\n{lines}\nRestore one from a backup, or delete {out} to start the "
            "run anew."
        )
    return None


def step_of(checkpoint: Path) -> int:
    """The step after which a checkpoint was written."""
    return int(checkpoint.name.rpartition("-")[2])


def _arguments(recipe: TuneRecipe, out: Path, *, evaluates: bool) -> dict[str, Any]:
    settings = recipe.preference
    on_cpu = recipe.device == "cpu" or not torch.cuda.is_available()
    half = not on_cpu and recipe.dtype != "float32"
    ends = {"max_steps": recipe.max_steps} if recipe.max_steps else {"num_train_epochs": settings.epochs}
    return {
        **ends,
        "output_dir": str(out),
        "beta": settings.beta,
        "learning_rate": settings.rate or _RATES[recipe.method],
        "per_device_train_batch_size": settings.batch,
        "per_device_eval_batch_size": settings.batch,
        "gradient_accumulation_steps": settings.accumulate,
        "max_length": settings.max_tokens,
        "lr_scheduler_type": settings.schedule,
        "max_grad_norm": recipe.optimiser.clip,
        "weight_decay": recipe.optimiser.weight_decay,
        "gradient_checkpointing": settings.gradient_checkpointing or recipe.gradient_checkpointing,
        "logging_steps": recipe.log_steps,
        "logging_first_step": True,
        "eval_strategy": "steps" if evaluates else "no",
        "eval_steps": recipe.held_out_steps,
        "save_steps": settings.save_steps,
        "save_total_limit": 2,
        "seed": recipe.seed,
        "use_cpu": on_cpu,
        "bf16": half,
        "dataloader_pin_memory": not on_cpu,
        "report_to": [],
        "disable_tqdm": True,
    }


def _weights(settings: PreferenceSettings, labels: list[bool]) -> dict[str, Any]:
    ups = sum(labels)
    downs = len(labels) - ups
    if not ups or not downs:
        raise RecipeError("KTO needs thumbs of both kinds: every label is the same here")
    return {
        "desirable_weight": settings.desirable or max(1.0, downs / ups),
        "undesirable_weight": settings.undesirable or max(1.0, ups / downs),
    }


def _number(value: Any) -> float:
    return round(float(value), 5)
