from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from botframework.engine.options import SamplingOptions
from botframework.engine.sampler import Sampler
from botframework.engine.sequence import Sequence
from botframework.engine.token_stream import TokenStream

VOCABULARY = 300
DRAWS = 1500


def sequence(options: SamplingOptions, prompt_ids: list[int] | None = None) -> Sequence:
    stream = TokenStream("s", 1, lambda _id: None)
    return Sequence("s", prompt_ids or [0], options, 10, stream)


def expected(logits: torch.Tensor, **given: Any) -> np.ndarray:
    """Probabilities by transformers' own warpers, in the order of ``generate``."""
    warpers = LogitsProcessorList([TemperatureLogitsWarper(given.get("temperature", 1.0))])
    if given.get("top_k"):
        warpers.append(TopKLogitsWarper(given["top_k"]))
    if given.get("top_p"):
        warpers.append(TopPLogitsWarper(given["top_p"]))
    if given.get("min_p"):
        warpers.append(MinPLogitsWarper(given["min_p"]))
    run: Any = warpers
    scores = run(torch.zeros(1, 1, dtype=torch.long), logits[None].clone())
    return np.asarray(scores.softmax(-1)[0].double())


@pytest.mark.parametrize("spread", [0.3, 4.0])
@pytest.mark.parametrize(
    "given",
    [
        {"temperature": 1.0},
        {"temperature": 0.6},
        {"temperature": 1.3, "top_k": 20},
        {"temperature": 1.3, "top_k": 100},
        {"temperature": 1.0, "top_p": 0.5},
        {"temperature": 1.0, "top_p": 0.95},
        {"temperature": 1.2, "min_p": 0.1},
        {"temperature": 1.0, "top_k": 30, "top_p": 0.8, "min_p": 0.02},
    ],
)
def test_draws_follow_the_distribution_of_transformers(given: dict[str, Any], spread: float) -> None:
    """Many draws have the frequencies that transformers' warpers give, on flat and on peaked logits."""
    logits = torch.randn(VOCABULARY, generator=torch.Generator().manual_seed(3)) * spread
    drawn = sequence(SamplingOptions(seed=5, **given))
    sampler = Sampler()
    counts = np.zeros(VOCABULARY)
    for _ in range(DRAWS):
        counts[sampler.sample(logits[None].clone(), [drawn])[0]] += 1
    want = expected(logits, **given)
    assert counts[want == 0].sum() == 0
    deviation = (counts - DRAWS * want)[want > 0] / np.sqrt(DRAWS * want[want > 0])
    # The mean square of the standardised counts is about 1 when the distribution is right.
    assert np.mean(deviation**2) < 1.6


def test_rows_keep_their_own_options() -> None:
    """In one batch a greedy row takes the likeliest token, a penalised one avoids it, a seeded one repeats."""
    logits = torch.randn(1, VOCABULARY, generator=torch.Generator().manual_seed(1)).repeat(3, 1)
    best = int(logits[0].argmax())
    rows = [
        sequence(SamplingOptions(temperature=0.0)),
        sequence(SamplingOptions(temperature=0.0, repetition_penalty=100.0), [best]),
        sequence(SamplingOptions(temperature=1.0, seed=9)),
    ]
    greedy, penalised, drawn = Sampler().sample(logits.clone(), rows)
    assert greedy == best
    assert penalised != best
    assert drawn == Sampler().sample(logits[:1].clone(), [sequence(SamplingOptions(temperature=1.0, seed=9))])[0]
