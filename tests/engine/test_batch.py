"""Rows of the batch and the line before it, without a model."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from botframework.engine.batch import Batch
from botframework.engine.kv_cache import RowCache
from botframework.engine.options import SamplingOptions
from botframework.engine.sequence import LinePosition, Sequence
from botframework.engine.token_stream import TokenStream
from botframework.engine.waiting_line import WaitingLine


def sequence(number: int, length: int = 1) -> Sequence:
    name = f"seq-{number}"
    ids = list(range(length))
    return Sequence(name, ids, SamplingOptions(), 99, TokenStream(name, length, lambda _id: None))


def store(cache: RowCache, row: int, number: int, start: int, end: int) -> None:
    """Write a sequence's number as its keys and values."""
    cache.begin_prefill(row, start, end)
    new = torch.full((1, 1, end - start, 2), float(number))
    cache.update(new, new, 0)


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(["join", "read", "leave"]), st.integers(0, 9)), max_size=40),
)
def test_every_row_keeps_its_own_tokens(steps: list[tuple[str, int]]) -> None:
    """Whoever joins, is read in and leaves, each row holds what its own sequence stored, without holes."""
    cache = RowCache(1, 700)
    batch = Batch(cache)
    number = 0
    numbers: dict[str, int] = {}
    for what, which in steps:
        if what == "join" and batch.reading is None:
            number += 1
            joined = sequence(number, 1 + which)
            numbers[joined.id] = number
            batch.join(joined)
            batch.fit(1)
        elif what == "read" and (reading := batch.reading) is not None:
            end = min(len(reading.prompt_ids), reading.num_prefilled + 1 + which % 3)
            batch.fit(end)
            store(cache, len(batch) - 1, numbers[reading.id], reading.num_prefilled, end)
            reading.num_prefilled = end
        elif what == "leave" and len(batch):
            batch.leave(list(batch)[which % len(batch)])
        assert [each for each in batch if each is not batch.reading] == batch.decoding
        for row, each in enumerate(batch):
            if length := each.num_cached_tokens:
                cache.begin_prefill(row, length, length)
                keys, values = cache.update(torch.zeros(1, 1, 0, 2), torch.zeros(1, 1, 0, 2), 0)
                assert (keys == numbers[each.id]).all()
                assert (values == numbers[each.id]).all()
    batch.clear()
    assert (len(batch), cache.num_bytes) == (0, 0)


def test_the_line_tells_places_and_seconds() -> None:
    """A place is told with seconds once an answer was timed; who left the line has none."""
    line = WaitingLine()
    first, second = sequence(1), sequence(2)
    line.append(first)
    line.append(second)
    assert [line.position(name) for name in ("seq-1", "seq-2", "seq-3")] == [1, 2, 0]
    assert line.place(2, 4) == LinePosition(2, None)
    line.timed(10.0)
    line.timed(20.0)
    assert line.place(2, 4) == LinePosition(2, 6.0)
    assert line.place(0, 4) == LinePosition(0, 0.0)
    line.remove(first)
    assert first not in line
    assert line.popleft() is second
    assert len(line) == 0
