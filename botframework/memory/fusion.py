"""Makes one ranking of two; knows numbers only."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["fuse"]


def fuse(first: Mapping[str, float], second: Mapping[str, float], weight: float = 0.5) -> dict[str, float]:
    """Weighted sum of both rankings' min-max normalised scores, 0 to 1, best first.

    An id that one ranking does not have scores 0 there.

    Args:
        first, second: scores by id, higher is better, on any scale.
        weight: the share of ``first``.
    """
    a, b = _normalised(first), _normalised(second)
    fused = {
        memory_id: weight * a.get(memory_id, 0.0) + (1 - weight) * b.get(memory_id, 0.0)
        for memory_id in a.keys() | b.keys()
    }
    return dict(sorted(fused.items(), key=lambda item: (-item[1], item[0])))


def _normalised(scores: Mapping[str, float]) -> dict[str, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {memory_id: (score - low) / (high - low) for memory_id, score in scores.items()}
