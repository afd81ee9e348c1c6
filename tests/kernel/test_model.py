"""The model as skills see it."""

from __future__ import annotations

from typing import Any

from botframework import Message
from botframework.model import Model, model_name
from botframework.testing import replies


async def test_usage_is_counted_per_turn() -> None:
    """Tokens add up over a turn's calls, and a turn begins at zero."""
    model = Model(replies("one two"))
    turn = model.for_turn()
    assert await turn.ainvoke("hello there") == "one two"
    await turn.ainvoke([Message("system", "be kind"), Message("user", "hi")], temperature=0.2)
    assert (turn.usage.input_tokens, turn.usage.output_tokens, turn.usage.total) == (5, 4, 9)
    assert model.for_turn().usage.total == 0
    assert turn.usage.model == "scripted"


async def test_closing_the_stream_stops_the_model() -> None:
    """Whoever stops listening frees the model at once."""
    scripted = replies("one two three")
    stream: Any = Model(scripted).astream("go")
    assert (await anext(stream)).text == "one"
    assert scripted.running == 1
    await stream.aclose()
    assert (scripted.running, scripted.abandoned) == (0, 1)


def test_tokens_are_counted_by_the_model_where_it_can() -> None:
    """A model without a counter is estimated by bytes."""

    class Counting:
        context_window = 99

        def count_tokens(self, messages: list[Any]) -> int:
            return 7 * len(messages)

    counting: Any = Counting()
    assert Model(counting).count_tokens("hello") == 7
    assert Model(counting).context_window == 99
    assert Model(replies()).count_tokens("12345678") == 4 + 2 + 1
    assert Model(replies()).context_window == 4096
    assert model_name(counting) == "Counting"
