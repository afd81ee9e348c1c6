"""How the step size changes over a run; knows numbers only.

WSD (warm-up, stable, decay): S. Hu et al., "MiniCPM" (2024); A. Hägele et al., "Scaling laws and compute-optimal
training beyond fixed training durations" (2024).
"""

from __future__ import annotations

import math

from botframework.training.recipe import Optimiser


def rate_at(settings: Optimiser, step: int, progress: float) -> float:
    """The factor on the step size: a linear warm-up, then what `settings.decay` says.

    Args:
        settings: the recipe's optimiser.
        step: steps done.
        progress: share of the run that is over, 0 … 1.
    """
    warm = min(1.0, (step + 1) / (settings.warmup_steps + 1))
    return warm * (settings.final_rate + (1 - settings.final_rate) * _shape(settings, min(1.0, max(0.0, progress))))


def _shape(settings: Optimiser, progress: float) -> float:
    """What is left above the final rate, 1 … 0."""
    if settings.decay == "linear":
        return 1 - progress
    if settings.decay == "cosine":
        return 0.5 * (1 + math.cos(math.pi * progress))
    if settings.decay == "wsd":
        return min(1.0, (1 - progress) / settings.decay_share)
    return 1.0
