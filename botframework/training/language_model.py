"""One run of `pretrain` or `finetune`, from a recipe to a model folder; puts the parts together, computes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from transformers import PreTrainedModel

from botframework.training.checkpoint import TOKENIZER_FILES, Checkpoints, load_model, save_model
from botframework.training.device import use_threads
from botframework.training.distributed import World, open_world
from botframework.training.examples import Complain, Encoder
from botframework.training.held_out import held_out_rows
from botframework.training.loop import Run, run_to_the_end, told_finished
from botframework.training.model import num_parameters
from botframework.training.packing import Mixer, Packer
from botframework.training.recipe import LanguageModelRecipe, RecipeError
from botframework.training.records import find_file
from botframework.training.runs import Display, RunFolder
from botframework.training.runs.samples import answer_samples
from botframework.training.sources import OpenSource, mixing_weights, open_source, read_so_far
from botframework.training.start import starting_model
from botframework.training.tokenizer import PAD, load_tokenizer, token_id
from botframework.training.trainer import Trainer


def train(
    recipe: LanguageModelRecipe,
    *,
    out: Path,
    beside: Path | None = None,
    kind: str = "pretrain",
    complain: Complain | None = None,
    display: Display | None = None,
) -> Path:
    """Run a recipe to its end and return the model folder; a run that `out` holds is gone on with.

    Args:
        recipe: what to do; its `data` and its `tokenizer` or `model` say where from.
        out: the run folder.
        beside: a second folder in which sources' files are looked up.
        kind: `pretrain` or `finetune`, noted in the run folder.
        complain: called with a message for every bad record and every damaged checkpoint.
        display: hears of the run while it goes.

    Raises:
        RecipeError: a file or a setting is missing, or a source has too few examples.
        CheckpointError: `out` holds checkpoints, and all of them are damaged.
        KeyboardInterrupt: the run was asked to stop, and can be resumed.
    """
    use_threads(recipe.threads)
    with open_world(recipe) as world:
        if not world.is_main:
            return _train(recipe, None, out, beside, world, complain=None)
        folders = _folders(recipe, beside)
        inputs = {"data": recipe.data, "tokenizer": recipe.tokenizer, "model": recipe.model, "beside": beside}
        with RunFolder.open(
            out,
            recipe,
            kind=kind,
            inputs=inputs,
            files=dict.fromkeys(find_file(source.file, folders) for source in recipe.sources),
            display=display,
            tensorboard=recipe.tensorboard,
        ) as folder:
            return _train(recipe, folder, out, beside, world, complain=complain)


def _train(
    recipe: LanguageModelRecipe,
    folder: RunFolder | None,
    out: Path,
    beside: Path | None,
    world: World,
    *,
    complain: Complain | None,
) -> Path:
    torch.manual_seed(recipe.seed)
    checkpoints = Checkpoints(out / "checkpoints", recipe.keep_checkpoints)
    resumed = world.agree(checkpoints.newest(complain) if world.is_main else None)
    with world.first():
        tokenizer_folder = _tokenizer_folder(recipe, out, begins=resumed is None)
    tokenizer = load_tokenizer(tokenizer_folder)
    model = starting_model(
        recipe,
        tokenizer,
        resumed or (Path(recipe.model) if recipe.model else None),
        Path(recipe.embeddings) if recipe.embeddings else None,
    )
    encoder = Encoder.of(tokenizer, recipe.row_tokens)
    with world.first():
        sources = [
            open_source(
                source,
                encoder,
                _folders(recipe, beside),
                seed=recipe.seed,
                cache=out / "cache",
                strict=recipe.strict,
                complain=complain,
            )
            for source in recipe.sources
        ]
    if folder is not None and resumed is None:
        folder.tick(doing="answering the samples")
        folder.write_samples("before", answer_samples(model, tokenizer_folder, recipe.samples))
    trainer = Trainer(model, recipe, world)
    if complain is not None:
        for remark in trainer.remarks:
            complain(remark)
    run = _run(trainer, sources, token_id(tokenizer, PAD), _saver(model, tokenizer_folder))
    if resumed is not None:
        run.restore(resumed)
        if run.is_over and complain is not None:
            complain(told_finished(out))
    if folder is not None:
        if resumed is not None:
            folder.truncate_after(run.step)
        else:
            folder.truncate_after(-1)  # of an earlier start that was killed before its first checkpoint
            sizes = {opened.source.name: opened.size() for opened in sources}
            folder.metrics.write(step=0, parameters=num_parameters(model), tokens_by_source=sizes)
    place = run_to_the_end(run, folder, out)
    read = read_so_far(sources)
    if folder is not None:
        folder.metrics.write(step=run.step, **read.figures())
        folder.tick(doing="answering the samples")
        folder.write_samples("after", answer_samples(load_model(place), place, recipe.samples))
    if complain is not None and read.summary():
        complain(read.summary())
    return place


def _run(
    trainer: Trainer, sources: list[OpenSource], pad: int, save_weights: Callable[[dict[str, Tensor], Path], None]
) -> Run:
    recipe = trainer.recipe
    held_out = {
        opened.source.name: held_out_rows(
            opened.held_out, len(opened.held_out), recipe.row_tokens, pad, single=not trainer.packs
        )
        for opened in sources
        if len(opened.held_out)
    }
    mixer = Mixer([opened.train for opened in sources], mixing_weights(sources, recipe.temperature), recipe.seed)
    packer = Packer(mixer, recipe.row_tokens, pad, single=not trainer.packs)
    return Run(trainer, packer, held_out, save_weights)


def _saver(model: PreTrainedModel, tokenizer_folder: Path) -> Callable[[dict[str, Tensor], Path], None]:
    return lambda weights, folder: save_model(model, tokenizer_folder, folder, torch.float32, weights)


def _folders(recipe: LanguageModelRecipe, beside: Path | None) -> tuple[Path, ...]:
    if recipe.data is None:
        raise RecipeError("where is the data? Give --data FOLDER, or `data: FOLDER` in the recipe")
    return tuple(folder for folder in (Path(recipe.data), beside) if folder is not None)


def _tokenizer_folder(recipe: LanguageModelRecipe, out: Path, *, begins: bool) -> Path:
    """The run's own copy of the tokenizer, so that the run folder is enough to go on; made anew when a run begins."""
    copy, given = out / "tokenizer", recipe.tokenizer or recipe.model
    if not _has_tokenizer(copy) or (begins and given is not None and Path(given).is_dir()):
        if given is None:
            raise RecipeError("which tokenizer? Give --tokenizer FOLDER, or `tokenizer: FOLDER` in the recipe")
        if not _has_tokenizer(Path(given)):
            hint = (
                "make one with `botframework train tokenizer`"
                if recipe.tokenizer is not None
                else "to train a model that was not made here, say `method: full` (or lora) in the recipe"
            )
            raise RecipeError(f"{given}: holds no {', '.join(TOKENIZER_FILES)}; {hint}")
        copy.mkdir(parents=True, exist_ok=True)
        for name in TOKENIZER_FILES:
            shutil.copyfile(Path(given) / name, copy / name)
    return copy


def _has_tokenizer(folder: Path) -> bool:
    return all((folder / name).is_file() for name in TOKENIZER_FILES)
