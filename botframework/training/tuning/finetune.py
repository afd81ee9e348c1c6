"""One run of `finetune` by a `TuneRecipe`: from a recipe to a model folder or named LoRA weights."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase

from botframework.training.checkpoint import write_folder
from botframework.training.device import choose_device, use_threads
from botframework.training.distributed import World, open_world
from botframework.training.examples import Complain
from botframework.training.held_out import held_out_of_result
from botframework.training.recipe import RecipeError
from botframework.training.records import ReadReport, find_file
from botframework.training.runs import Display, RunFolder
from botframework.training.runs.samples import answer_samples
from botframework.training.runs.state import now
from botframework.training.tuning.base import Base, copy_beside, load_base, load_tokenizer
from botframework.training.tuning.lora import lora_config, save_lora
from botframework.training.tuning.preference import learn_preferences, step_of, whole_checkpoint
from botframework.training.tuning.preferences import read_preferences
from botframework.training.tuning.recipe import TuneRecipe
from botframework.training.tuning.sft import learn_conversations
from botframework.training.tuning.weights import CONFIG, WEIGHTS, LoraInfo, LoraWeights, write_weights

__all__ = ["tune"]


def tune(
    recipe: TuneRecipe,
    *,
    out: Path,
    beside: Path | None = None,
    complain: Complain | None = None,
    display: Display | None = None,
) -> Path:
    """Run a recipe to its end and return the model folder, or the folder of LoRA weights, that it made.

    Args:
        recipe: what to do; `model` and, for LoRA, `lora.name` must be set.
        out: the run folder; a run that it holds is gone on with.
        beside: a second folder in which sources' files are looked up.
        complain: called with a message for every bad record and every damaged checkpoint.
        display: hears of the run while it goes.

    Raises:
        RecipeError: a file or a setting is missing or does not fit.
        ModelNotFound: there is no such model.
        CheckpointError: `out` holds checkpoints, and all of them are damaged.
        KeyboardInterrupt: the run was asked to stop, and can be resumed.
    """
    if recipe.model is None:
        raise RecipeError("which model? Give --model NAME, or `model: NAME` in the recipe")
    if recipe.uses_lora:
        _need_room(Path(recipe.lora.root))
    use_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    base = Base.find(recipe.model)
    run = _Tuning(recipe, base, load_tokenizer(base.folder), out, _folders(recipe, beside), complain)
    with open_world(recipe) as world:
        if not world.is_main:
            return run.go(None, world)
        with RunFolder.open(
            out,
            recipe,
            kind="finetune",
            inputs={"data": recipe.data, "model": recipe.model, "beside": beside},
            files=dict.fromkeys(find_file(source.file, run.folders) for source in recipe.sources),
            display=display,
            tensorboard=recipe.tensorboard,
        ) as folder:
            return run.go(folder, world)


@dataclass(frozen=True, slots=True)
class _Tuning:
    """One run with what it needs."""

    recipe: TuneRecipe
    base: Base
    tokenizer: PreTrainedTokenizerBase
    out: Path
    folders: tuple[Path, ...]
    complain: Complain | None

    def go(self, folder: RunFolder | None, world: World) -> Path:
        """Train, show the answers before and after, and put the result where it belongs."""
        if self.recipe.objective == "sft":
            model, place = learn_conversations(
                self.recipe,
                self.base,
                self.tokenizer,
                out=self.out,
                folder=folder,
                folders=self.folders,
                world=world,
                before=self._ask(folder, "before"),
                complain=self.complain,
            )
        else:
            if folder is None or world.size > 1:
                raise RecipeError(f"objective {self.recipe.objective} runs in one process; start it without torchrun")
            model, place = self._prefer(folder)
        if folder is None:
            return place
        self._ask(folder, "after")(model)
        if self.recipe.uses_lora:
            losses = held_out_of_result(folder.metrics.lines(), self.recipe.early_stopping)
            scores = {f"held_out_{name}": loss for name, loss in losses.items() if loss is not None}
            place = self._name_weights(place, scores).folder
        return place

    def _prefer(self, folder: RunFolder) -> tuple[Any, Path]:
        recipe = self.recipe
        device = str(choose_device(recipe.device))
        quantisation = recipe.lora.quantisation if recipe.method == "qlora" else None
        read = ReadReport(strict=recipe.strict)
        data = read_preferences(recipe.sources, self.folders, seed=recipe.seed, report=read, complain=self.complain)
        model = load_base(self.base, quantisation=quantisation, device=device)
        resumed = whole_checkpoint(self.out / "checkpoints", self.complain)
        folder.truncate_after(-1 if resumed is None else step_of(resumed))
        if resumed is None:
            self._ask(folder, "before")(model)
        trained, scores = learn_preferences(
            recipe,
            model,
            self.tokenizer,
            data,
            out=self.out / "checkpoints",
            resumed=resumed,
            report=read,
            write=folder.metrics.write,
            lora=lora_config(recipe.lora, recipe.method, model) if recipe.uses_lora else None,
            reference=None if recipe.uses_lora else load_base(self.base, device=device),
        )
        folder.metrics.write(**read.figures())
        if self.complain is not None and read.summary():
            self.complain(read.summary())
        if scores:
            folder.write_scores("after", scores)

        def save(place: Path) -> None:
            if recipe.uses_lora:
                save_lora(trained, place, self.base.name)
            else:
                trained.save_pretrained(place, max_shard_size="2GB")
                copy_beside(self.base.folder, place)

        write_folder(folder.checkpoint, save)
        return trained, folder.checkpoint

    def _ask(self, folder: RunFolder | None, when: Any) -> Callable[[Any], None]:
        def ask(model: Any) -> None:
            if folder is not None and self.recipe.samples:
                folder.write_samples(when, answer_samples(model, self.tokenizer, self.recipe.samples))

        return ask

    def _name_weights(self, place: Path, scores: dict[str, float]) -> LoraWeights:
        recipe, settings = self.recipe, self.recipe.lora
        name = settings.name or self.out.name

        def copy(folder: Path) -> None:
            for file in (CONFIG, WEIGHTS):
                shutil.copyfile(place / file, folder / file)

        info = LoraInfo(
            name=name,
            base_name=self.base.name,
            base_fingerprint=self.base.fingerprint,
            method=recipe.method,
            objective=recipe.objective,
            rank=settings.rank,
            alpha=settings.alpha,
            created=now(),
            recipe=hashlib.sha256(recipe.model_dump_json().encode()).hexdigest()[:16],
            run=_from_here(self.out),
            scores=scores,
        )
        return write_weights(info, Path(settings.root), copy)


def _need_room(root: Path) -> None:
    """Refuse a place for LoRA weights that nothing can be written to, before the run and not at its end."""
    there = next(folder for folder in (root, *root.resolve().parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise RecipeError(f"lora.root: {root} cannot be written to; choose another folder")


def _folders(recipe: TuneRecipe, beside: Path | None) -> tuple[Path, ...]:
    data = Path(recipe.data) if recipe.data is not None else None
    return tuple(folder for folder in (data, beside) if folder is not None)


def _from_here(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
