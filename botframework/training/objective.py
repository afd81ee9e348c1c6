"""A causal language model and its loss as one module, so that DDP and FSDP see one call; knows tensors only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from botframework.training.model import packed_mask, target_loss


class Objective(nn.Module):
    """Next-token loss, summed over target positions."""

    def __init__(
        self, model: nn.Module, *, sampled: int | None = None, in_bfloat16: bool = False, packs: bool = True
    ) -> None:
        """Wrap a causal language model, bare or prepared by peft.

        Args:
            model: any Hugging Face causal language model, on its device.
            sampled: vocabulary entries to score, see `target_loss`; None scores all.
            in_bfloat16: let the decoder compute in bfloat16; the loss stays in float32.
            packs: rows hold several examples; else one each, which the model is given as they are.
        """
        super().__init__()
        self.model = model
        self.sampled = sampled
        self.in_bfloat16 = in_bfloat16
        self.packs = packs
        self._plain_head = has_plain_head(base_of(model))
        self._compiled: tuple[Callable[..., Any], ...] = ()  # in a tuple, so that torch does not register it again

    def compile_decoder(self) -> None:
        """Compile the decoder for batches of one shape."""
        self._compiled = (torch.compile(base_of(self.model).get_decoder(), dynamic=False),)

    def forward(
        self, tokens: Tensor, documents: Tensor, positions: Tensor, before: Tensor, fixed: bool = False
    ) -> Tensor:
        """The summed cross entropy of the tokens that follow the positions `before`.

        Args:
            tokens: (B, T) ids.
            documents: (B, T) number of the example that each token belongs to.
            positions: (B, T) place of each token in its example.
            before: (N,) places in the flattened batch whose next token is a target.
            fixed: the shape is that of training, so that the compiled decoder may be used.
        """
        base = base_of(self.model)
        inputs: dict[str, Any] = {"input_ids": tokens, "use_cache": False}
        if self.packs:
            inputs |= {"attention_mask": _mask(base, documents), "position_ids": positions}
        targets = tokens.flatten().index_select(0, before + 1)  # (N,)
        with torch.autocast(tokens.device.type, torch.bfloat16, enabled=self.in_bfloat16):
            if not self._plain_head:
                logits: Tensor = base(**inputs).logits.flatten(0, 1).index_select(0, before)  # (N, V)
                return functional.cross_entropy(logits.float(), targets, reduction="sum")
            decoder = self._compiled[0] if fixed and self._compiled else base.get_decoder()
            states = decoder(**inputs).last_hidden_state
        hidden = states.flatten(0, 1).index_select(0, before).float()  # (N, D)
        weight = base.get_output_embeddings().weight.float()  # (V, D)
        if not len(targets):
            nothing: Tensor = hidden.sum() + 0 * weight.sum()
            return nothing  # but every weight has a gradient, as DDP expects
        mean: Tensor = target_loss(hidden, weight, targets, sampled=self.sampled)
        return mean * len(targets)


def _mask(base: Any, documents: Tensor) -> Tensor:
    """Which position may look at which, as the model's attention takes it."""
    mask = packed_mask(documents)
    if base.config._attn_implementation != "eager":
        return mask
    barred = torch.finfo(torch.float32).min  # eager attention adds its mask to the scores
    return torch.zeros(mask.shape, device=mask.device).masked_fill_(~mask, barred)


def base_of(model: nn.Module) -> Any:  # transformers leaves the methods of its models untyped
    """The Hugging Face model itself, out of peft's wrapping; LoRA weights are inside it."""
    unwrap = getattr(model, "get_base_model", None)
    return model if unwrap is None else unwrap()


def layers_of(model: Any) -> list[nn.Module]:
    """The decoder's layers, in order; none if it keeps them in no list of its own."""
    lists = (part for part in model.get_decoder().children() if isinstance(part, nn.ModuleList))
    return list(next(lists, ()))


@torch.no_grad()
def has_plain_head(model: Any) -> bool:
    """Whether logits are nothing but states times one matrix, found out by trying.

    Only then can the head be left out where no target stands. A bias, a soft cap, a scale, or LoRA weights on the
    head make it something else.
    """
    head = model.get_output_embeddings()
    if type(head) is not nn.Linear or head.bias is not None:
        return False
    if getattr(model.config, "final_logit_softcapping", None):  # which a fresh model's small logits would not show
        return False
    if model.get_decoder() is model:
        return False
    was_training = model.training
    model.eval()
    ids = torch.arange(4, device=head.weight.device)[None] % len(head.weight)
    states = model.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state
    logits = model(input_ids=ids, use_cache=False).logits
    model.train(was_training)
    expected = states.float() @ head.weight.float().T
    tolerance = 1e-4 if logits.dtype == torch.float32 else 5e-2
    return torch.allclose(logits.float(), expected, rtol=tolerance, atol=tolerance * float(expected.abs().max()))


@torch.no_grad()
def keeps_examples_apart(model: Any) -> bool:
    """Whether examples in one row do not see each other by mask and positions alone, found out by trying.

    A model with recurrent or convolutional layers carries on what it has read, and some know no such mask.
    """
    weight = model.get_input_embeddings().weight
    ids = (torch.arange(12, device=weight.device) * 7 + 5)[None] % len(weight)
    documents = torch.tensor([[1] * 7 + [2] * 5], device=weight.device)
    positions = torch.tensor([[*range(7), *range(5)]], device=weight.device)
    was_training = model.training
    model.eval()
    try:
        packed = model(
            input_ids=ids, attention_mask=_mask(model, documents), position_ids=positions, use_cache=False
        ).logits[0, 7:]
    except (TypeError, ValueError, RuntimeError, IndexError):  # it takes no mask of this form, or no positions
        return False
    else:
        alone = model(input_ids=ids[:, 7:], use_cache=False).logits[0]
    finally:
        model.train(was_training)
    exact = weight.device.type == "cpu" and packed.dtype == torch.float32
    tolerance = 1e-4 if exact else 2e-2
    return torch.allclose(packed.float(), alone.float(), rtol=tolerance, atol=tolerance * float(alone.abs().max()))


def add_dropout(model: Any, share: float) -> None:
    """Drop attention probabilities, what attention and feed-forward add to the residual stream, and embeddings.

    The attention's own setting is used where its class has one (`attention_dropout`); the rest is put around the
    parts by hooks, and works while the model trains only. Nothing of it is saved with the weights.
    """

    def drop(module: nn.Module, _: Any, output: Any) -> Any:
        if not module.training:
            return output
        if isinstance(output, tuple):
            return (functional.dropout(output[0], share), *output[1:])
        return functional.dropout(output, share)

    for part in model.modules():
        if isinstance(getattr(part, "attention_dropout", None), float):
            part.attention_dropout = share
    parts = [getattr(layer, name, None) for layer in layers_of(model) for name in ("self_attn", "attn", "mlp")]
    for found in (model.get_input_embeddings(), *parts):
        if isinstance(found, nn.Module):
            found.register_forward_hook(drop)
