"""One step of training for any Hugging Face causal language model; knows rows and tensors, no files.

Whatever has `requires_grad` is trained: a whole model, or the LoRA weights that peft has put into one. Rows hold
several examples, kept apart by a mask; the vocabulary head is applied to target positions only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule

from botframework.training.device import choose_device, computes_in_bfloat16, missing_to_compile
from botframework.training.distributed import (
    World,
    last_pass,
    optimiser_state,
    restore_optimiser,
    spread,
    whole,
)
from botframework.training.objective import Objective, add_dropout, base_of, keeps_examples_apart, layers_of
from botframework.training.optimiser import build_optimisers
from botframework.training.packing import Rows
from botframework.training.recipe import LoopRecipe, RecipeError


class Trainer:
    """A model on its device, its optimisers, and what one step does.

    `packs` tells whether its rows may hold several examples each. `remarks` are what a person should hear: what is done
    otherwise than the recipe says, and why.
    """

    def __init__(self, model: nn.Module, recipe: LoopRecipe, world: World | None = None) -> None:
        """Prepare `model` for training in place.

        Args:
            model: any Hugging Face causal language model, bare or prepared by peft.
            recipe: how to train it.
            world: the processes that train it together; None is this one alone, on the recipe's device.

        Raises:
            RecipeError: the device is not there, or the rows of a step cannot be shared out evenly.
        """
        self.world = world or World(device=choose_device(recipe.device))
        if recipe.rows_per_step % self.world.size:
            raise RecipeError(
                f"rows_per_step: {recipe.rows_per_step} rows cannot be shared out evenly among "
                f"{self.world.size} processes"
            )
        self.recipe = recipe
        self.model = model.to(self.world.device)
        base = base_of(self.model)
        if recipe.gradient_checkpointing:
            # newer transformers call it so, and warn at the name that older ones know
            enable = getattr(base, "activation_checkpointing_enable", None) or base.gradient_checkpointing_enable
            enable({"use_reentrant": False})
        if recipe.dropout:
            add_dropout(base, recipe.dropout)
        if self.world.rank:
            torch.manual_seed(recipe.seed + 7919 * self.world.rank)  # dropout of its own; the weights are there already
        for setting, what in (("sliding_window", "looks back"), ("max_position_embeddings", "has positions for")):
            limit = getattr(base.config, setting, None)
            if limit is not None and limit < recipe.row_tokens:
                raise RecipeError(
                    f"row_tokens: {recipe.row_tokens} is more than the {limit} tokens that this model {what}; "
                    f"set it to {limit} or less"
                )
        self.remarks: list[str] = []
        self.packs = keeps_examples_apart(base)
        if not self.packs:
            self.remarks.append("this model cannot keep several examples in a row apart, so that each row holds one")
        in_bfloat16 = computes_in_bfloat16(recipe.dtype, self.world.device)
        if in_bfloat16 and self.world.device.type == "cuda":
            torch.set_float32_matmul_precision("high")  # for the head and Muon: precise enough beside bfloat16
        self.objective = Objective(
            self.model, sampled=recipe.sampled_vocabulary, in_bfloat16=in_bfloat16, packs=self.packs
        )
        self.module = spread(self.objective, layers_of(base), self.world, recipe.parallel)
        wanted = recipe.compiled and not isinstance(self.module, FSDPModule)  # FSDP gathers layers between the graphs
        if wanted and (missing := missing_to_compile(self.world.device)):
            self.remarks.append(f"compiled: {missing} on this machine; the run goes on without, and is slower")
        elif wanted:
            self.objective.compile_decoder()
        self.optimisers = build_optimisers(self.model, recipe.optimiser)
        self.rates = [[group["lr"] for group in o.param_groups] for o in self.optimisers]

    def loss(self, rows: Rows, *, training: bool = True) -> tuple[Tensor, int]:
        """(loss summed over the targets, number of targets) of a batch of rows.

        Args:
            rows: the batch.
            training: they are rows to learn from, all batches of one shape.
        """
        before = np.flatnonzero(np.pad(rows.learn[:, 1:], ((0, 0), (0, 1))))  # (N,) the state one place before each
        arrays = (rows.tokens, rows.documents, rows.positions, before)
        tensors = (torch.from_numpy(array).to(self.world.device, non_blocking=True) for array in arrays)
        module = self.module if training else self.objective  # under DDP the inner one, whose calls are not counted
        loss: Tensor = module(*tensors, training)
        return loss, len(before)

    def step(self, rows: Rows, factor: float) -> tuple[float, float]:
        """Learn from the rows as one step; returns (mean loss, norm of the gradient before clipping).

        Args:
            rows: the step's rows, the same in every process.
            factor: on the step sizes.
        """
        self.model.train()
        world, own = self.world, len(rows) // self.world.size
        passes = rows.part(world.rank * own, (world.rank + 1) * own).split(self.recipe.rows_per_pass)
        targets = max(1, rows.num_targets)
        total = torch.zeros((), device=world.device)
        for number, batch in enumerate(passes, start=1):
            with last_pass(self.module, number == len(passes)):
                loss = self.loss(batch)[0] / targets
                (loss * world.size).backward()  # type: ignore[no-untyped-call]  # DDP and FSDP take the mean
            total += loss.detach()
        weights = [weight for weight in self.model.parameters() if weight.grad is not None]
        norm = whole(torch.nn.utils.clip_grad_norm_(weights, self.recipe.optimiser.clip))
        for optimiser, rates in zip(self.optimisers, self.rates, strict=True):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        return float(world.sum(total)), float(norm)

    def learning_rate(self, factor: float) -> float:
        """The largest step size at this factor."""
        return factor * max(float(rate) for rates in self.rates for rate in rates)

    @torch.no_grad()
    def held_out_loss(self, batches: list[Rows]) -> float:
        """Mean loss per target over rows that are not trained on, without dropout."""
        self.model.eval()
        losses = [self.loss(rows, training=False) for rows in batches]
        return sum(float(loss) for loss, _ in losses) / max(1, sum(count for _, count in losses))

    def weights(self) -> dict[str, Tensor]:
        """The model's weights by name, whole; every process must ask."""
        return {name: whole(value) for name, value in self.model.state_dict().items()}

    def state(self) -> dict[str, Any]:
        """What `restore` needs besides the weights; every process must ask."""
        return {
            "optimisers": [optimiser_state(optimiser) for optimiser in self.optimisers],
            "random": self.world.gather(_random_state(self.world.device)),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state; with another number of processes, random numbers start anew."""
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            restore_optimiser(optimiser, saved)
        if len(state["random"]) == self.world.size:
            _restore_random_state(state["random"][self.world.rank], self.world.device)


def _random_state(device: torch.device) -> dict[str, Tensor]:
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def _restore_random_state(state: dict[str, Tensor], device: torch.device) -> None:
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
