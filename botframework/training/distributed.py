"""Several processes that train one model together, as torchrun starts them; knows tensors, knows no data.

Every process draws the same rows and learns from its own share of them. DDP keeps a whole copy of the model in each
process and adds up gradients; FSDP2 keeps a part of every matrix and gathers a layer when it is needed. All
processes must see the same files; only the first one writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.distributed
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.nn.parallel import DistributedDataParallel

from botframework.training.device import choose_device
from botframework.training.recipe import LoopRecipe

CPU = torch.device("cpu")
FSDP_FROM = 500_000_000  # parameters; below, a copy per process is small beside the activations


@dataclass(frozen=True, slots=True)
class World:
    """This process among those of the run; by default the only one, on the CPU."""

    rank: int = 0
    size: int = 1
    device: torch.device = CPU

    @property
    def is_main(self) -> bool:
        """Whether this process writes and reports."""
        return self.rank == 0

    def sum(self, value: Tensor) -> Tensor:
        """The sum over all processes."""
        if self.size > 1:
            torch.distributed.all_reduce(value)
        return value

    def agree(self, value: Any) -> Any:
        """The first process's value, in every process."""
        if self.size == 1:
            return value
        values = [value]
        torch.distributed.broadcast_object_list(values, src=0)
        return values[0]

    def gather(self, value: Any) -> list[Any]:
        """Every process's value, by rank."""
        values: list[Any] = [value] * self.size
        if self.size > 1:
            torch.distributed.all_gather_object(values, value)
        return values

    def first(self) -> AbstractContextManager[None]:
        """A block that the first process runs before the others do."""
        return self._in_turn() if self.size > 1 else nullcontext()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self.is_main:
            torch.distributed.barrier()
        yield
        if self.is_main:
            torch.distributed.barrier()


@contextmanager
def open_world(recipe: LoopRecipe) -> Iterator[World]:
    """This process's place in the world that torchrun made, or a world of its own.

    Raises:
        RecipeError: the recipe's device is not there.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    device = choose_device(recipe.device, int(os.environ.get("LOCAL_RANK", "0")))
    if size == 1:
        yield World(device=device)
        return
    torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield World(torch.distributed.get_rank(), size, device)
    finally:
        torch.distributed.destroy_process_group()


def spread(module: nn.Module, layers: list[nn.Module], world: World, how: Literal["auto", "ddp", "fsdp"]) -> nn.Module:
    """`module` as it trains in this world: itself alone, under DDP, or its parameters divided in place by FSDP2.

    Args:
        module: called once per pass; returns the loss.
        layers: its parts that FSDP gathers one after the other.
        world: the processes.
        how: the recipe's `parallel`.
    """
    if world.size == 1:
        return module
    if how == "auto":
        how = "fsdp" if sum(w.numel() for w in module.parameters()) >= FSDP_FROM else "ddp"
    if how == "ddp":
        ids = [world.device] if world.device.type == "cuda" else None
        return DistributedDataParallel(module, device_ids=ids, broadcast_buffers=False)
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh(world.device.type, (world.size,))
    for layer in layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(module, mesh=mesh)
    return module


def last_pass(module: nn.Module, is_last: bool) -> AbstractContextManager[Any]:
    """A block for one pass of a step; DDP adds gradients up over the processes after the last one only."""
    return module.no_sync() if isinstance(module, DistributedDataParallel) and not is_last else nullcontext()


def whole(value: Tensor) -> Tensor:
    """A tensor with all its parts; every process must ask."""
    return value.full_tensor() if isinstance(value, DTensor) else value


def divided_like(value: Tensor, pattern: Tensor) -> Tensor:
    """A whole tensor cut as `pattern` is; every process has the whole one, so nothing is sent."""
    if not isinstance(pattern, DTensor) or isinstance(value, DTensor):
        return value
    mesh, placements = pattern.device_mesh, pattern.placements
    return distribute_tensor(value.to(pattern.device), mesh, placements, src_data_rank=None)


def optimiser_state(optimiser: torch.optim.Optimizer) -> dict[str, Any]:
    """`optimiser.state_dict()` with whole tensors on the CPU; every process must ask."""
    found = optimiser.state_dict()
    state = {
        index: {key: whole(v).cpu() if isinstance(v, Tensor) else v for key, v in entry.items()}
        for index, entry in found["state"].items()
    }
    return {**found, "state": state}


def restore_optimiser(optimiser: torch.optim.Optimizer, saved: dict[str, Any]) -> None:
    """Load what `optimiser_state` gave, in however many processes that was."""
    weights = [weight for group in optimiser.param_groups for weight in group["params"]]
    state = {
        index: {
            key: divided_like(v, weights[index]) if isinstance(v, Tensor) and v.shape == weights[index].shape else v
            for key, v in entry.items()
        }
        for index, entry in saved["state"].items()
    }
    optimiser.load_state_dict({**saved, "state": state})
