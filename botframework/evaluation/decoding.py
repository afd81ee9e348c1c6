"""Answers many prompts at a time with a transformers causal language model; knows token ids, knows no text.

Rows whose answer has ended leave the batch, so that a batch costs what its answers need and not what its longest one
does. Greedy answers are those of ``generate(do_sample=False)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from botframework.evaluation.suite import Suite

__all__ = ["Draw", "continuations", "drawing"]


@dataclass(frozen=True, slots=True)
class Draw:
    """How a token is chosen.

    Args:
        temperature: 0 takes the likeliest.
        top_p: keep the smallest set of tokens whose probabilities sum to this.
        repetition_penalty: above 1 makes tokens that were already seen less likely.
        seed: of the draws.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    repetition_penalty: float = 1.0
    seed: int = 0


def drawing(suite: Suite, seed: int | None = None) -> Draw:
    """How a suite wants its answers chosen.

    Args:
        seed: of draws with the suite's temperature; None is greedy.
    """
    penalty = suite.repetition_penalty or 0.0  # 0: the model's own
    if seed is None:
        return Draw(repetition_penalty=penalty)
    return Draw(suite.temperature, suite.top_p, penalty, seed)


@torch.inference_mode()
def continuations(
    model: Any,
    prompts: Sequence[Sequence[int]],
    *,
    max_new_tokens: int,
    eos_ids: frozenset[int],
    pad_id: int,
    window: int,
    draw: Draw | None = None,
    batch: int = 64,
) -> Iterator[tuple[int, list[int]]]:
    """(index of the prompt, its new tokens without the closing one), as batches end.

    Args:
        model: in evaluation mode.
        window: most tokens of prompt and answer together; of a longer prompt the end is kept.
        batch: rows at a time, of prompts of like length.
    """
    draw = draw or Draw()
    generator = torch.Generator(device=model.device).manual_seed(draw.seed)
    longest = max(1, window - max_new_tokens)
    cut = [list(prompt[-longest:]) for prompt in prompts]
    order = sorted(range(len(cut)), key=lambda index: len(cut[index]), reverse=True)
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        answers = _batch(model, [cut[row] for row in rows], max_new_tokens, eos_ids, pad_id, draw, generator)
        yield from zip(rows, answers, strict=True)


def _batch(  # noqa: PLR0917 - called once
    model: Any,
    prompts: list[list[int]],
    max_new_tokens: int,
    eos_ids: frozenset[int],
    pad_id: int,
    draw: Draw,
    generator: torch.Generator,
) -> list[list[int]]:
    width = max(map(len, prompts))
    padded = [[pad_id] * (width - len(prompt)) + prompt for prompt in prompts]
    mask = [[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    device = model.device
    ids = torch.tensor(padded, device=device)  # (B, T)
    attention = torch.tensor(mask, device=device)  # (B, T)
    seen = ids  # (B, T + new) what the repetition penalty looks at
    live = list(range(len(prompts)))
    answers: list[list[int]] = [[] for _ in prompts]
    cache: Any = None
    for _ in range(max_new_tokens):
        positions = (attention.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        output = model(
            input_ids=ids, attention_mask=attention, position_ids=positions, past_key_values=cache, use_cache=True,
            logits_to_keep=1,
        )  # fmt: skip
        cache = output.past_key_values
        chosen = _choose(output.logits[:, -1].float(), seen, attention, draw, generator)  # (B,)
        tokens = chosen.tolist()
        going = [row for row, token in enumerate(tokens) if token not in eos_ids]
        for row in going:
            answers[live[row]].append(tokens[row])
        if not going:
            break
        if len(going) < len(live):
            keep = torch.tensor(going, device=device)
            cache.batch_select_indices(keep)
            chosen, attention, seen = chosen[keep], attention[keep], seen[keep]
            live = [live[row] for row in going]
        ids = chosen[:, None]
        attention = torch.cat([attention, attention.new_ones(len(live), 1)], 1)
        if draw.repetition_penalty != 1.0:
            seen = torch.cat([seen, ids], 1)
    return answers


def _choose(logits: Tensor, seen: Tensor, attention: Tensor, draw: Draw, generator: torch.Generator) -> Tensor:
    """(B,) the next tokens of (B, V) logits."""
    if draw.repetition_penalty != 1.0:
        scores = logits.gather(1, seen)  # (B, T)
        lowered = torch.where(scores < 0, scores * draw.repetition_penalty, scores / draw.repetition_penalty)
        logits = logits.scatter(1, seen, torch.where(attention.bool(), lowered, scores))
    if draw.temperature == 0.0:
        return logits.argmax(1)
    ordered, tokens = (logits / draw.temperature).sort(1, descending=True)
    shares = ordered.softmax(1)
    shares = shares.masked_fill(shares.cumsum(1) - shares > draw.top_p, 0.0)
    return tokens.gather(1, torch.multinomial(shares, 1, generator=generator))[:, 0]
