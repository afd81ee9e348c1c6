"""Builds the decoder and computes its loss only where it counts; knows token ids, knows no files of text.

`packed_mask` keeps the examples of a row apart, `target_loss` applies the vocabulary head to target positions
only, in chunks, so that the logits of a whole batch never exist at once.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import Qwen3Config, Qwen3ForCausalLM

from botframework.training.recipe import Shape


def build_model(shape: Shape, vocab_size: int, end_id: int, pad_id: int) -> Qwen3ForCausalLM:
    """A fresh Qwen3 decoder of this shape, in float32."""
    config = Qwen3Config(
        vocab_size=vocab_size,
        hidden_size=shape.hidden_size,
        intermediate_size=shape.ffn_size,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        head_dim=shape.head_dim,
        max_position_embeddings=shape.max_positions,
        tie_word_embeddings=shape.tied,
        rope_parameters={"rope_type": "default", "rope_theta": shape.rope_theta},
        bos_token_id=None,
        eos_token_id=end_id,
        pad_token_id=pad_id,
        use_cache=True,
        dtype="float32",
    )
    model = Qwen3ForCausalLM(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                weight.div_((2 * shape.layers) ** 0.5)
    return model


def packed_mask(documents: Tensor) -> Tensor:
    """Which position may look at which: causal, within one example only.

    Args:
        documents: (B, T) number of the example that each token belongs to.

    Returns:
        (B, 1, T, T) booleans.
    """
    same = documents[:, :, None] == documents[:, None, :]  # (B, T, T)
    return same.tril()[:, None]


class _TargetLoss(torch.autograd.Function):
    """Summed cross entropy of `hidden @ weight.T + bias`, gradients computed chunk by chunk in the forward pass."""

    @staticmethod
    def forward(  # noqa: PLR0917 -- torch passes them by position
        ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor, chunk: int
    ) -> Tensor:
        total = hidden.new_zeros(())
        hidden_grad = torch.empty_like(hidden)
        weight_grad = torch.zeros_like(weight) if ctx.needs_input_grad[1] else None  # LoRA leaves the head as it is
        for start in range(0, len(targets), chunk):
            part, labels = hidden[start : start + chunk], targets[start : start + chunk, None]
            logits = part @ weight.T if bias is None else torch.addmm(bias, part, weight.T)  # (n, V)
            picked = logits.gather(1, labels)
            peak = logits.amax(1, keepdim=True)
            logits.sub_(peak).exp_()
            sums = logits.sum(1, keepdim=True)
            total += (sums.log() + peak - picked).sum()
            logits.div_(sums)
            logits.scatter_add_(1, labels, logits.new_full(labels.shape, -1.0))
            torch.mm(logits, weight, out=hidden_grad[start : start + chunk])
            if weight_grad is not None:
                weight_grad.addmm_(logits.T, part)
        ctx.save_for_backward(hidden_grad, weight_grad)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor | None, None, None, None]:
        hidden_grad, weight_grad = ctx.saved_tensors
        return hidden_grad * grads[0], None if weight_grad is None else weight_grad * grads[0], None, None, None


def target_loss(
    hidden: Tensor, weight: Tensor, targets: Tensor, chunk: int = 256, sampled: int | None = None
) -> Tensor:
    """Mean cross entropy over target positions.

    With `sampled`, only that many vocabulary entries are scored: all targets of the batch and a uniform sample of
    the others, whose logits are raised so that the sum over the vocabulary stays unbiased (sampled softmax,
    S. Jean et al., 2015).

    Args:
        hidden: (N, D) states at the positions before each target.
        weight: (V, D) vocabulary head.
        targets: (N,) token ids.
        chunk: positions whose logits exist at once.
        sampled: vocabulary entries to score; None scores all.
    """
    if not torch.is_grad_enabled():
        total = hidden.new_zeros(())
        for start in range(0, len(targets), chunk):
            logits = hidden[start : start + chunk] @ weight.T  # (n, V)
            total += functional.cross_entropy(logits, targets[start : start + chunk], reduction="sum")
        return total / len(targets)
    bias = None
    if sampled is not None and sampled < len(weight):
        entries, bias = sample_vocabulary(targets, len(weight), sampled)
        weight = weight.index_select(0, entries)  # (S, D)
        places = targets.new_empty(int(entries.max()) + 1)
        places[entries] = torch.arange(len(entries), device=targets.device)
        targets = places[targets]
    summed: Tensor = _TargetLoss.apply(hidden, weight, bias, targets, chunk)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return summed / len(targets)


def sample_vocabulary(targets: Tensor, vocab_size: int, count: int) -> tuple[Tensor, Tensor]:
    """(entries, bias): all targets and a uniform sample of the rest, `count` or more, with their log weights."""
    present: Tensor = torch.unique(targets)
    rest = torch.ones(vocab_size, dtype=torch.bool, device=targets.device)
    rest[present] = False
    others = rest.nonzero()[:, 0]
    picked = others[torch.randperm(len(others), device=targets.device)[: max(1, count - len(present))]]
    bias = torch.zeros(len(present) + len(picked), device=targets.device)
    bias[len(present) :] = math.log(len(others) / len(picked))
    return torch.cat((present, picked)), bias


def num_parameters(model: torch.nn.Module) -> int:
    """How many numbers the model learns; shared ones counted once."""
    return sum(weight.numel() for weight in model.parameters())
