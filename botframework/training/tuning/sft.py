"""Learning from conversations with our own packed loop, for any causal language model; knows no preferences."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from botframework.training.checkpoint import Checkpoints
from botframework.training.distributed import World
from botframework.training.examples import Complain, Encoder
from botframework.training.held_out import held_out_rows
from botframework.training.loop import Run, run_to_the_end, told_finished
from botframework.training.model import num_parameters
from botframework.training.packing import Mixer, Packer
from botframework.training.rendering import render_chat
from botframework.training.runs import RunFolder
from botframework.training.sources import OpenSource, mixing_weights, open_source, read_so_far
from botframework.training.trainer import Trainer
from botframework.training.tuning.base import Base, copy_beside, load_base
from botframework.training.tuning.lora import save_lora, start_from, with_lora
from botframework.training.tuning.recipe import TuneRecipe
from botframework.training.tuning.weights import WEIGHTS, read_weights

__all__ = ["learn_conversations"]

SaveWeights = Callable[[dict[str, Tensor], Path], None]


def learn_conversations(
    recipe: TuneRecipe,
    base: Base,
    tokenizer: PreTrainedTokenizerBase,
    *,
    out: Path,
    folder: RunFolder | None,
    folders: tuple[Path, ...],
    world: World,
    before: Callable[[Any], None] | None = None,
    complain: Complain | None = None,
) -> tuple[Any, Path]:
    """Train by the recipe and return (the model, the folder of what it learned); a run in `out` is gone on with.

    Args:
        recipe: `method` and the loop's settings.
        base: what to start from.
        tokenizer: the base's.
        out: the run folder's path.
        folder: the run folder; None in all processes but the first.
        folders: where sources' files are looked up.
        world: the processes that train together.
        before: called with a fresh model before its first step.
        complain: called with a message for every bad record and every damaged checkpoint.

    Raises:
        RecipeError: a file is missing, a source has too few examples, or a setting does not fit the model.
        CheckpointError: `out` holds checkpoints, and all of them are damaged.
    """
    checkpoints = Checkpoints(out / "checkpoints", recipe.keep_checkpoints)
    resumed = world.agree(checkpoints.newest(complain) if world.is_main else None)
    model, save = _model(recipe, base, resumed, str(world.device))
    if resumed is None and before is not None:
        before(model)
    with world.first():
        encoder = _encoder(tokenizer, recipe.row_tokens)
        sources = [
            open_source(
                source,
                encoder,
                folders,
                seed=recipe.seed,
                cache=out / "cache",
                strict=recipe.strict,
                complain=complain if world.is_main else None,
            )
            for source in recipe.sources
        ]
    pad = tokenizer.pad_token_id
    trainer = Trainer(model, recipe, world)
    if complain is not None and world.is_main:
        for remark in trainer.remarks:
            complain(remark)
    run = _run(trainer, sources, pad if isinstance(pad, int) else 0, save)
    if resumed is not None:
        run.restore(resumed)
        if run.is_over and complain is not None and world.is_main:
            complain(told_finished(out))
    if folder is not None:
        if resumed is not None:
            folder.truncate_after(run.step)
        else:
            folder.truncate_after(-1)  # of an earlier start that was killed before its first checkpoint
            learning = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
            sizes = {opened.source.name: opened.size() for opened in sources}
            folder.metrics.write(
                step=0, parameters=num_parameters(model), trained_parameters=learning, tokens_by_source=sizes
            )
    place = run_to_the_end(run, folder, out)
    read = read_so_far(sources)
    if folder is not None:
        folder.metrics.write(step=run.step, **read.figures())
    if complain is not None and world.is_main and read.summary():
        complain(read.summary())
    return _learned(recipe, base, model, place, world) if world.is_main else model, place


def _learned(recipe: TuneRecipe, base: Base, model: Any, place: Path, world: World) -> Any:
    """The model as the run left it in `place`, which with early stopping are not its last weights."""
    if not recipe.uses_lora:
        return load_base(Base(base.name, place, base.fingerprint))
    if world.size > 1:  # this process may hold a part of it only, and the others have ended
        return _model(recipe, base, place, str(world.device))[0]
    from peft import set_peft_model_state_dict

    set_peft_model_state_dict(model, load_file(place / WEIGHTS))
    return model


def _encoder(tokenizer: PreTrainedTokenizerBase, size: int) -> Encoder:
    """What makes examples for a model with this tokenizer and chat template."""
    backend: Any = getattr(tokenizer, "backend_tokenizer", None)
    written = f"{tokenizer.chat_template}\0{backend.to_str() if backend is not None else tokenizer.name_or_path}"
    return Encoder(
        lambda chats: [render_chat(tokenizer, chat) for chat in chats],
        size=size,
        vocab_size=len(tokenizer),
        end=None,
        name=hashlib.sha256(written.encode()).hexdigest(),
    )


def _run(trainer: Trainer, sources: list[OpenSource], pad: int, save: SaveWeights) -> Run:
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
    return Run(trainer, packer, held_out, save)


def _model(recipe: TuneRecipe, base: Base, resumed: Path | None, device: str) -> tuple[Any, SaveWeights]:
    """The model, fresh or from a checkpoint, and what writes its weights."""
    if not recipe.uses_lora:
        place = base if resumed is None else Base(base.name, resumed, base.fingerprint)
        whole = load_base(place)

        def save_whole(weights: dict[str, Tensor], folder: Path) -> None:
            whole.save_pretrained(folder, state_dict=weights, max_shard_size="2GB")
            copy_beside(base.folder, folder)

        return whole, save_whole
    quantisation = recipe.lora.quantisation if recipe.method == "qlora" else None
    model = with_lora(load_base(base, quantisation=quantisation, device=device), recipe.lora, recipe.method)
    if resumed is not None:
        from peft import set_peft_model_state_dict

        set_peft_model_state_dict(model, load_file(resumed / WEIGHTS))
    elif recipe.lora.start is not None:
        start_from(model, read_weights(Path(recipe.lora.start).expanduser()), base)

    def save(weights: dict[str, Tensor], folder: Path) -> None:
        save_lora(model, folder, base.name, weights)

    return model, save
