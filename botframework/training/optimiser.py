"""Muon for hidden matrices and AdamW for the rest, in float32; knows tensors only.

torch.optim.Muon orthogonalises in bfloat16, which a CPU without bfloat16 units does fifteen times slower than
float32; this one works in float32 and batches matrices of one shape.

Muon: K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024). The update is scaled to
AdamW's usual size: J. Liu et al., "Muon is scalable for LLM training" (2025).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from botframework.training.distributed import divided_like, whole
from botframework.training.recipe import Optimiser

_COEFFICIENTS = (
    (4.0848, -6.8946, 2.9270),
    (3.7418, -5.5913, 2.3037),
    (2.8769, -3.1427, 1.2046),
)  # three of the five published steps: the tighter start below makes up for the two left out


def orthogonalise(matrices: Tensor) -> Tensor:
    """The nearest matrices with singular values about one, by Newton-Schulz steps.

    The start is divided by the Schatten 4-norm, a bound on the largest singular value that is about 2.5 times
    tighter than the usual Frobenius norm here and costs nothing, since XXᵀ is needed anyway. That saves one step.

    Args:
        matrices: (N, rows, columns).
    """
    wide = matrices.shape[1] <= matrices.shape[2]
    x = matrices if wide else matrices.mT
    gram = x @ x.mT  # (N, r, r)
    bound = gram.norm(dim=(1, 2), keepdim=True) * 1.01 + 1e-14
    x, gram = x / bound.sqrt(), gram / bound
    for step, (a, b, c) in enumerate(_COEFFICIENTS):
        if step:
            gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x if wide else x.mT


class Muon(torch.optim.Optimizer):
    """Momentum whose update is orthogonalised, for two-dimensional hidden weights.

    A matrix that FSDP has divided is gathered for it, and every process takes its own part of the whole update.
    """

    def __init__(
        self, weights: list[nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # a closure is never used here
        """Update every weight that has a gradient."""
        for group in self.param_groups:
            shapes: dict[torch.Size, list[tuple[nn.Parameter, Tensor]]] = {}
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(weight)
                momentum = state["momentum"].lerp_(weight.grad, 1 - group["momentum"])
                update = weight.grad.lerp(momentum, group["momentum"])
                shapes.setdefault(weight.shape, []).append((weight, update))
            for shape, pairs in shapes.items():
                updates = orthogonalise(torch.stack([whole(update) for _, update in pairs]))
                size = 0.2 * max(shape) ** 0.5 * group["lr"]
                for (weight, _), update in zip(pairs, updates, strict=True):
                    if group["weight_decay"]:
                        weight.mul_(1 - group["lr"] * group["weight_decay"])
                    weight.sub_(divided_like(update, weight), alpha=size)


def build_optimisers(model: nn.Module, settings: Optimiser) -> list[torch.optim.Optimizer]:
    """Muon over the layers' matrices, AdamW over embeddings, head, norms and LoRA weights; only over what learns."""
    learning = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    hidden = [w for name, w in learning if settings.name == "muon" and _is_hidden_matrix(name, w)]
    kept = {id(weight) for weight in hidden}
    others = [weight for _, weight in learning if id(weight) not in kept]
    groups = [
        {"params": [w for w in others if w.ndim >= 2], "weight_decay": settings.weight_decay},
        {"params": [w for w in others if w.ndim < 2], "weight_decay": 0.0},
    ]
    optimisers: list[torch.optim.Optimizer] = []
    if hidden:
        optimisers.append(Muon(hidden, settings.muon_lr, weight_decay=settings.weight_decay))
    if others:
        optimisers.append(
            torch.optim.AdamW(
                [group for group in groups if group["params"]],
                lr=settings.adam_lr,
                betas=(0.9, 0.98),
                eps=1e-9,
                fused=True,
            )
        )
    return optimisers


def _is_hidden_matrix(name: str, weight: Tensor) -> bool:
    # the two factors of a LoRA pair are no maps of their own, so that neither is to be made orthogonal
    return weight.ndim == 2 and ".layers." in name and "lora_" not in name
