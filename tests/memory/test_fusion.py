"""Two rankings, one answer."""

from __future__ import annotations

import pytest

from botframework.memory.fusion import fuse


def test_what_both_rankings_like_comes_first() -> None:
    """Both halves count the same, whatever their scales."""
    fused = fuse({"a": 0.9, "b": 0.8, "c": 0.1}, {"b": 12.0, "d": 11.0, "c": 2.0})
    assert next(iter(fused)) == "b"
    assert fused["b"] == pytest.approx(0.5 * (0.7 / 0.8) + 0.5)
    assert fused["a"] == pytest.approx(0.5)
    assert fused["c"] == 0


def test_a_single_candidate_counts_fully() -> None:
    """One candidate, or several with the same score, are not normalised to nothing."""
    assert fuse({"a": 0.3}, {}) == {"a": 0.5}
    assert fuse({}, {"a": 2.0, "b": 2.0}, weight=0.25) == {"a": 0.75, "b": 0.75}
    assert fuse({}, {}) == {}
