"""Schedules: the factor on the step size over a run."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from botframework.training.recipe import Optimiser
from botframework.training.schedule import rate_at


def rates(**settings: Any) -> list[float]:
    """The factors at 0, 1, …, 100 % of a run without warm-up."""
    optimiser = Optimiser(warmup_steps=0, **settings)
    return [rate_at(optimiser, step, step / 100) for step in range(101)]


def test_every_run_warms_up_to_the_whole_step_size() -> None:
    """The factor grows evenly to one over the warm-up."""
    optimiser = Optimiser(warmup_steps=4)
    assert [rate_at(optimiser, step, 0.0) for step in range(6)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1])


def test_wsd_is_stable_and_falls_in_the_last_share() -> None:
    """Warm-up, stable, decay: whole until the last share of the run, then evenly to the final rate."""
    found = rates(decay="wsd", decay_share=0.25, final_rate=0.1)
    assert found[:76] == [1.0] * 76
    assert found[88] == pytest.approx(0.1 + 0.9 * 12 / 25)
    assert found[100] == pytest.approx(0.1)


@pytest.mark.parametrize(("decay", "middle"), [("linear", 0.5), ("cosine", 0.5)])
def test_linear_and_cosine_fall_all_the_way(decay: str, middle: float) -> None:
    """Both fall at every step, through one half in the middle, to nothing."""
    found = rates(decay=decay)
    assert all(a > b for a, b in pairwise(found))
    assert (found[0], found[50], found[100]) == pytest.approx((1, middle, 0))


def test_cosine_is_flat_at_both_ends() -> None:
    """Cosine stays above a straight line in the first half and below it in the second."""
    found = rates(decay="cosine")
    assert found[25] > 0.8
    assert found[75] < 0.2


def test_constant_stays() -> None:
    """A constant step size is whole to the end."""
    assert set(rates(decay="constant")) == {1.0}
