from __future__ import annotations

from typing import Any

import pytest

from botframework.engine import SamplingOptions
from botframework.errors import ModelError, OptionError


@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("temperature", -0.1),
        ("temperature", float("nan")),
        ("top_p", 0.0),
        ("top_p", 1.1),
        ("top_k", -1),
        ("min_p", 1.0),
        ("repetition_penalty", 0.0),
        ("max_tokens", 0),
        ("stop", ("x", "")),
    ],
)
def test_a_value_out_of_range_is_named(param: str, value: Any) -> None:
    """A wrong option raises an error that carries its name."""
    with pytest.raises(OptionError) as caught:
        SamplingOptions(**{param: value})
    assert caught.value.param == param
    assert isinstance(caught.value, ModelError)


def test_greedy_is_temperature_zero_or_one_candidate() -> None:
    """Options that leave one choice count as greedy."""
    assert SamplingOptions(temperature=0).greedy
    assert SamplingOptions(top_k=1).greedy
    assert not SamplingOptions().greedy


def test_a_model_recommends_how_to_sample() -> None:
    """A generation configuration gives the defaults; one that does not sample means greedy."""
    config = {"do_sample": True, "temperature": 0.3, "top_p": 0.9, "max_new_tokens": 256, "eos_token_id": 1}
    assert SamplingOptions.of_model(config) == SamplingOptions(temperature=0.3, top_p=0.9, max_tokens=256)
    assert SamplingOptions.of_model({"do_sample": False, "temperature": 1.0}).greedy
    assert SamplingOptions.of_model({}) == SamplingOptions()
