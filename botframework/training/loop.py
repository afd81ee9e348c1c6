"""The training loop of `pretrain` and `finetune`: packed rows in, checkpoints and a log out.

Everything is float32 with fixed shapes, so that the compiled decoder is compiled once. One line of JSON per report
goes to `log.jsonl` in the output folder.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from botframework.training.checkpoint import (
    TOKENIZER_FILES,
    latest_checkpoint,
    load_model,
    load_state,
    save_checkpoint,
)
from botframework.training.examples import Complain, Examples, cached_examples
from botframework.training.model import build_model, num_parameters, packed_mask, target_loss
from botframework.training.optimiser import build_optimisers, rate_at
from botframework.training.packing import Mixer, Packer, Rows, pack
from botframework.training.recipe import LanguageModelRecipe, RecipeError
from botframework.training.tokenizer import END, PAD, load_tokenizer, token_id

Report = Callable[[dict[str, Any]], None]


class Trainer:
    """One model, its optimisers and its stream of rows."""

    def __init__(self, model: PreTrainedModel, recipe: LanguageModelRecipe) -> None:
        """Prepare `model` for training in place."""
        self.model = model
        self.recipe = recipe
        self.optimisers = build_optimisers(model, recipe.optimiser)
        self.rates = [[group["lr"] for group in o.param_groups] for o in self.optimisers]
        self.decoder: Callable[..., Any] = model.model
        if recipe.compiled:
            self.decoder = torch.compile(model.model, dynamic=False)

    def loss(self, rows: Rows, decoder: Callable[..., Any] | None = None) -> tuple[Tensor, int]:
        """(mean loss over the targets, number of targets) of a batch of rows."""
        tokens = torch.from_numpy(rows.tokens)  # (B, T)
        learn = torch.from_numpy(rows.learn)
        output = (decoder or self.decoder)(
            input_ids=tokens,
            attention_mask=packed_mask(torch.from_numpy(rows.documents)),
            position_ids=torch.from_numpy(rows.positions),
            use_cache=False,
        )
        # A target is learned from the state one position before it; an example's first token is never one.
        before = learn.roll(-1, dims=1)
        before[:, -1] = False
        hidden = output.last_hidden_state[before]  # (N, D)
        targets = tokens.roll(-1, dims=1)[before]
        sampled = self.recipe.sampled_vocabulary
        return target_loss(hidden, self.model.lm_head.weight, targets, sampled=sampled), len(targets)

    def step(self, batches: list[Rows], factor: float) -> tuple[float, float]:
        """Learn from the batches as one step; returns (loss, norm of the gradient before clipping)."""
        counts = [int(rows.learn[:, 1:].sum()) for rows in batches]
        total = 0.0
        for rows, count in zip(batches, counts, strict=True):
            share = count / max(1, sum(counts))
            loss, _ = self.loss(rows)
            (loss * share).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            total += loss.item() * share
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.optimiser.clip)
        for optimiser, rates in zip(self.optimisers, self.rates, strict=True):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        return total, float(norm)

    @torch.no_grad()
    def held_out_loss(self, rows: list[Rows]) -> float:
        """Mean loss per target over rows that are not trained on."""
        losses = [self.loss(r, self.model.model) for r in rows]  # shapes differ, so not the compiled decoder
        return sum(float(loss) * n for loss, n in losses) / max(1, sum(n for _, n in losses))


class Log:
    """Writes one JSON line per report, and sums up the steps in between."""

    def __init__(self, path: Path, report: Report | None) -> None:
        """Append to `path`; `report` hears every line too."""
        self._file = path.open("a", encoding="utf-8")
        self._report = report
        self._losses: list[float] = []
        self._tokens = self._targets = 0
        self._seconds = 0.0

    def write(self, **line: Any) -> None:
        """Write one line."""
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        if self._report is not None:
            self._report(line)

    def count(self, batches: list[Rows], loss: float, seconds: float) -> None:
        """Add one step to what `sum_up` tells."""
        self._losses.append(loss)
        self._tokens += sum(int((rows.documents > 0).sum()) for rows in batches)
        self._targets += sum(int(rows.learn.sum()) for rows in batches)
        self._seconds += seconds

    def sum_up(self, **line: Any) -> None:
        """Write `line` with the mean loss and the speed since the last time."""
        seconds = max(self._seconds, 1e-9)
        self.write(
            **line,
            loss=round(sum(self._losses) / len(self._losses), 4),
            tokens_per_second=round(self._tokens / seconds),
            targets_per_second=round(self._targets / seconds),
        )
        self._losses, self._tokens, self._targets, self._seconds = [], 0, 0, 0.0

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@dataclass(slots=True)
class Run:
    """A trainer with its stream of rows and how far it has come; what a checkpoint holds."""

    trainer: Trainer
    packer: Packer
    step: int = 0
    seconds: float = 0.0

    def progress(self) -> float:
        """Share of the recipe's steps or minutes that is over, whichever is nearer its end."""
        recipe, shares = self.trainer.recipe, [0.0]
        if recipe.max_steps is not None:
            shares.append(self.step / recipe.max_steps)
        if recipe.max_minutes is not None:
            shares.append(self.seconds / (recipe.max_minutes * 60))
        return max(shares)

    def save(self, tokenizer_folder: Path, place: Path) -> None:
        """Replace the checkpoint at `place`."""
        optimisers = [o.state_dict() for o in self.trainer.optimisers]
        mixer = self.packer.mixer.state()
        state = {"step": self.step, "seconds": self.seconds, "mixer": mixer, "optimisers": optimisers}
        save_checkpoint(self.trainer.model, tokenizer_folder, place, state)

    def restore(self, place: Path) -> None:
        """Go on from the checkpoint at `place`, whose weights the model has already."""
        state = load_state(place)
        self.step, self.seconds = state["step"], state["seconds"]
        self.packer.mixer.restore(state["mixer"])
        for optimiser, saved in zip(self.trainer.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)


def train(
    recipe: LanguageModelRecipe,
    *,
    folders: tuple[Path, ...],
    out: Path,
    tokenizer_folder: Path,
    start: Path | None = None,
    embeddings: Path | None = None,
    complain: Complain | None = None,
    report: Report | None = None,
) -> Path:
    """Run a recipe to its end and return the checkpoint's folder; a checkpoint in `out` is resumed.

    Args:
        recipe: what to do.
        folders: where sources' files are looked up.
        out: folder for the checkpoint, the cache and the log.
        tokenizer_folder: folder with the tokenizer's files.
        start: a model folder to start from, instead of random weights.
        embeddings: an embedder's folder whose vectors start the token embeddings.
        complain: called with a message for every bad record.
        report: called with every line of the log.

    Raises:
        RecipeError: a file is missing, or a source has too few examples.
    """
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    if not all((tokenizer_folder / name).is_file() for name in TOKENIZER_FILES):
        raise RecipeError(f"{tokenizer_folder}: holds no tokenizer; make one with `botframework train tokenizer`")
    tokenizer = load_tokenizer(tokenizer_folder)
    end, pad = token_id(tokenizer, END), token_id(tokenizer, PAD)
    place = out / "checkpoint"
    resumed = latest_checkpoint(place)
    first = resumed or start
    model = load_model(first) if first else build_model(recipe.shape, tokenizer.get_vocab_size(), end, pad)
    if first is None and embeddings is not None:
        start_embeddings(model, embeddings)
    cached = [
        cached_examples(
            source, tokenizer, folders, size=recipe.row_tokens, seed=recipe.seed, cache=out / "cache", complain=complain
        )
        for source in recipe.sources
    ]
    for source, examples in zip(recipe.sources, cached, strict=True):
        if len(examples) <= source.held_out:
            raise RecipeError(f"source {source.name}: only {len(examples)} examples pass its filters")
    held_out = {
        source.name: _held_out_rows(examples, source.held_out, recipe.row_tokens, pad)
        for source, examples in zip(recipe.sources, cached, strict=True)
        if source.held_out
    }
    kept = [examples.part(s.held_out, len(examples)) for s, examples in zip(recipe.sources, cached, strict=True)]
    mixer = Mixer(kept, [source.weight for source in recipe.sources], recipe.seed)
    run = Run(Trainer(model, recipe), Packer(mixer, recipe.row_tokens, pad))
    if resumed is not None:
        run.restore(resumed)
    out.mkdir(parents=True, exist_ok=True)
    log = Log(out / "log.jsonl", report)
    try:
        sizes = {s.name: [len(e), int(e.offsets[-1])] for s, e in zip(recipe.sources, kept, strict=True)}
        log.write(parameters=num_parameters(model), step=run.step, examples_and_tokens=sizes)
        _run_to_the_end(run, held_out, log, tokenizer_folder, place)
    finally:
        log.close()
    return place


def _run_to_the_end(run: Run, held_out: dict[str, list[Rows]], log: Log, tokenizer_folder: Path, place: Path) -> None:
    trainer, recipe = run.trainer, run.trainer.recipe
    passes = max(1, recipe.rows_per_step // recipe.rows_per_pass)
    first, saved = run.step, time.monotonic()

    def measure() -> None:
        log.write(step=run.step, held_out={n: round(trainer.held_out_loss(rows), 4) for n, rows in held_out.items()})

    while (progress := run.progress()) < 1.0:
        began = time.monotonic()
        batches = [run.packer.rows(recipe.rows_per_pass) for _ in range(passes)]
        factor = rate_at(recipe.optimiser, run.step, progress)
        loss, norm = trainer.step(batches, factor)
        run.step += 1
        seconds = time.monotonic() - began
        log.count(batches, loss, seconds)
        if run.step > first + 1:
            run.seconds += seconds  # the first step compiles; a time budget counts training only
        if run.step % recipe.log_steps == 0:
            minutes = round(run.seconds / 60, 2)
            log.sum_up(step=run.step, minutes=minutes, norm=round(norm, 3), rate=round(factor, 4))
        if run.step % recipe.held_out_steps == 0:
            measure()
        if time.monotonic() - saved >= recipe.checkpoint_minutes * 60:
            run.save(tokenizer_folder, place)
            saved = time.monotonic()
    run.save(tokenizer_folder, place)
    measure()


def start_embeddings(model: PreTrainedModel, folder: Path) -> None:
    """Start the token embeddings (and the head) from an embedder's vectors, turned into the model's width."""
    from safetensors.torch import load_file

    vectors = load_file(folder / "embedder.safetensors")["embedding"].float()  # (V, d)
    vectors = vectors - vectors.mean(0)
    lengths = vectors.norm(dim=1, keepdim=True)  # (V, 1)
    vectors = vectors / torch.maximum(lengths, lengths.median())  # rare tokens stay short
    width = model.config.hidden_size
    turn = torch.empty(max(width, vectors.shape[1]), min(width, vectors.shape[1]))
    torch.nn.init.orthogonal_(turn)
    turn = turn if width >= vectors.shape[1] else turn.T
    with torch.no_grad():
        turned = vectors @ turn.T  # (V, D)
        for weight in {model.get_input_embeddings().weight, model.lm_head.weight}:
            weight.copy_(0.02 * turned / turned.pow(2).mean().sqrt() + 0.5 * weight)


def _held_out_rows(examples: Examples, count: int, size: int, pad: int) -> list[Rows]:
    """The first `count` examples, packed."""
    rows: list[list[Any]] = [[]]
    filled = 0
    for index in range(count):
        a, b = examples.offsets[index], examples.offsets[index + 1]
        if filled + (b - a) > size:
            rows.append([])
            filled = 0
        rows[-1].append((examples.tokens[a:b], examples.learn[a:b]))
        filled += int(b - a)
    return [pack(rows[:8], size, pad)]
