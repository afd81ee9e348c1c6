from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from botframework.engine.decoder import LlamaShapedDecoder
from botframework.engine.engine import Engine
from botframework.engine.kv_cache import RowCache
from botframework.engine.lora import LoraRows
from botframework.engine.options import SamplingOptions
from botframework.engine.runner import ModelRunner
from botframework.engine.sequence import TokenEvent
from botframework.engine.token_stream import TokenStream
from botframework.errors import ContextTooLong, ModelBusy, ModelError

GREEDY = SamplingOptions(temperature=0.0, max_tokens=40)


def prompt(seed: int, length: int) -> list[int]:
    generator = torch.Generator().manual_seed(seed)
    ids: list[int] = torch.randint(5, 260, (length,), generator=generator).tolist()
    return ids


def expected(model: Any, ids: list[int], max_tokens: int, **options: Any) -> list[int]:
    out = model.generate(
        torch.tensor([ids]),
        attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        max_new_tokens=max_tokens,
        do_sample=False,
        **options,
    )
    tokens: list[int] = out[0, len(ids) :].tolist()
    return tokens


async def collect(stream: TokenStream) -> list[int]:
    return [event.token_id async for event in stream if event.token_id is not None]


async def take(stream: TokenStream, count: int) -> list[TokenEvent]:
    taken = []
    async for event in stream:
        taken.append(event)
        if len(taken) == count:
            break
    return taken


async def test_greedy_tokens_equal_those_of_generate(engine: Engine, reference: Any) -> None:
    """Every request gets the tokens of ``generate``, though more requests than fit share the batch."""
    prompts = [prompt(seed, 3 + 17 * seed) for seed in range(7)]
    lengths = [5, 40, 23, 31, 12, 40, 3]
    streams = [
        engine.submit(ids, SamplingOptions(temperature=0.0, max_tokens=length))
        for ids, length in zip(prompts, lengths, strict=True)
    ]
    got = await asyncio.gather(*map(collect, streams))
    for ids, length, tokens in zip(prompts, lengths, got, strict=True):
        assert tokens == expected(reference, ids, length)


async def test_joins_and_cancels_leave_the_others_alone(engine: Engine, reference: Any) -> None:
    """A request's tokens do not change when others join, are cancelled, or are read in beside it."""
    steady = engine.submit(prompt(1, 30), SamplingOptions(temperature=0.0, max_tokens=120))
    first = await take(engine.submit(prompt(2, 9), SamplingOptions(temperature=0.0, max_tokens=2000)), 5)
    late = engine.submit(prompt(3, 300), GREEDY)  # longer than one piece of prompt
    doomed = engine.submit(prompt(4, 280), GREEDY)
    engine.cancel(doomed.id)
    after = engine.submit(prompt(5, 4), GREEDY)
    got = await asyncio.gather(collect(steady), collect(late), collect(after))
    assert got[0] == expected(reference, prompt(1, 30), 120)
    assert got[1] == expected(reference, prompt(3, 300), 40)
    assert got[2] == expected(reference, prompt(5, 4), 40)
    assert [event.token_id for event in first] == expected(reference, prompt(2, 9), 5)


async def test_repetition_penalty_equals_that_of_generate(engine: Engine, reference: Any) -> None:
    """Penalised greedy decoding gives the tokens of ``generate`` with the same penalty."""
    ids = prompt(8, 12)
    options = SamplingOptions(temperature=0.0, max_tokens=30, repetition_penalty=1.3)
    got = await collect(engine.submit(ids, options))
    assert got == expected(reference, ids, 30, repetition_penalty=1.3)


async def test_a_seed_repeats_whatever_shares_the_batch(engine: Engine) -> None:
    """A seeded request draws the same tokens alone and in company."""
    options = SamplingOptions(temperature=1.0, top_p=0.9, seed=7, max_tokens=30)
    alone = await collect(engine.submit(prompt(1, 8), options))
    company = [engine.submit(prompt(9, 20), SamplingOptions(max_tokens=50)) for _ in range(3)]
    again, *_ = await asyncio.gather(
        collect(engine.submit(prompt(1, 8), options)), *(collect(stream) for stream in company)
    )
    assert again == alone


async def test_cancel_takes_effect_within_one_step(engine: Engine) -> None:
    """After ``cancel`` at most one more token is generated, and the memory is given back."""
    stream = engine.submit(prompt(1, 8), SamplingOptions(temperature=0.0, max_tokens=2000))
    events = aiter(stream)
    await anext(events)
    engine.cancel(stream.id)
    generated = engine.stats().output_tokens
    last = [event async for event in events][-1]
    assert last.finish_reason == "cancelled"
    stats = engine.stats()
    assert stats.output_tokens - generated <= 1
    assert (stats.running, stats.kv_tokens, stats.kv_bytes, stats.cancelled) == (0, 0, 0, 1)


async def test_a_reader_that_leaves_cancels(engine: Engine) -> None:
    """Cancelling the task that reads a stream ends its sequence."""
    stream = engine.submit(prompt(1, 8), SamplingOptions(temperature=0.0, max_tokens=2000))
    task = asyncio.create_task(collect(stream))
    other = await take(engine.submit(prompt(2, 8), SamplingOptions(temperature=0.0, max_tokens=2000)), 3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await collect(engine.submit(prompt(3, 4), SamplingOptions(max_tokens=3)))
    assert len(other) == 3
    assert engine.stats().running <= 1


async def test_those_beyond_the_batch_wait_in_order(engine: Engine) -> None:
    """The waiting line is first in, first out, and tells everybody's place and expected seconds."""
    await collect(engine.submit(prompt(0, 4), SamplingOptions(max_tokens=3)))
    long = SamplingOptions(temperature=0.0, max_tokens=2000)
    running = [engine.submit(prompt(seed, 4), long) for seed in range(4)]
    readers = [aiter(stream) for stream in running]
    for reader in readers:
        await anext(reader)
    waiting = [engine.submit(prompt(seed, 4), GREEDY) for seed in range(3)]
    assert [engine.position(stream.id).position for stream in waiting] == [1, 2, 3]
    assert engine.position(running[0].id).position == 0
    line = engine.next_position()
    assert line.position == 4
    assert line.seconds is not None
    engine.cancel(waiting[0].id)
    assert [engine.position(stream.id).position for stream in waiting[1:]] == [1, 2]
    for stream in running:
        stream.cancel()
    assert len(await collect(waiting[2])) == 40
    assert engine.next_position().position == 0


async def test_a_full_line_refuses(endless_path: Any) -> None:
    """One request more than may wait is refused as busy."""
    engine = Engine(ModelRunner.load(endless_path, device="cpu", dtype="float32"), max_batch=1, max_waiting=1)
    try:
        running = engine.submit(prompt(1, 4), SamplingOptions(max_tokens=2000))
        reader = aiter(running)
        await anext(reader)
        engine.submit(prompt(2, 4), GREEDY)
        with pytest.raises(ModelBusy, match="1 requests wait"):
            engine.submit(prompt(3, 4), GREEDY)
    finally:
        engine.close()
    with pytest.raises(ModelError, match="shut down"):
        engine.submit(prompt(3, 4), GREEDY)


async def test_a_prompt_that_fills_the_window_is_refused(engine: Engine) -> None:
    """A prompt that leaves no room for an answer is an error with both numbers."""
    with pytest.raises(ContextTooLong, match=r"2048 tokens.*at most 2048"):
        engine.submit(prompt(1, 2048), GREEDY)
    assert len(await collect(engine.submit(prompt(1, 2045), GREEDY))) == 3


def test_a_plain_thread_reads_too(engine: Engine, reference: Any) -> None:
    """Without an event loop the same stream is a plain iterator."""
    tokens = [event.token_id for event in engine.submit(prompt(6, 5), GREEDY)]
    assert tokens == expected(reference, prompt(6, 5), 40)


class FailsOnce:
    """A decoder that breaks at its third step after the warm-up, and works again afterwards."""

    def __init__(self, inner: LlamaShapedDecoder) -> None:
        self.vocab_size, self.num_layers = inner.vocab_size, inner.num_layers
        self.context_window, self.device, self.dtype = inner.context_window, inner.device, inner.dtype
        self.projections = inner.projections
        self._inner = inner
        self._calls = 0

    def forward(
        self, ids: Tensor, positions: Tensor, visible: Tensor | None, cache: RowCache, lora: LoraRows | None = None
    ) -> Tensor:
        self._calls += 1
        if self._calls == 3:
            raise RuntimeError("out of memory")
        return self._inner.forward(ids, positions, visible, cache, lora)


async def test_a_failed_step_ends_its_answers_only(endless_path: Path, reference: Any) -> None:
    """When the model fails, those who wait for it are told, and the next request is answered."""
    inner = LlamaShapedDecoder.load(endless_path, "cpu", torch.float32)
    assert inner is not None
    engine = Engine(ModelRunner(FailsOnce(inner), frozenset()), max_batch=2)
    try:
        with pytest.raises(ModelError, match="out of memory"):
            await collect(engine.submit(prompt(1, 4), GREEDY))
        assert engine.stats().kv_bytes == 0
        assert await collect(engine.submit(prompt(1, 4), GREEDY)) == expected(reference, prompt(1, 4), 40)
    finally:
        engine.close()


async def test_closing_ends_every_stream(engine: Engine) -> None:
    """A closed engine ends what runs and what waits as cancelled, and leaves no reader hanging."""
    streams = [engine.submit(prompt(seed, 4), SamplingOptions(max_tokens=2000)) for seed in range(6)]
    readers = [asyncio.create_task(take(stream, 5000)) for stream in streams]
    await asyncio.to_thread(engine.close)
    ended = await asyncio.gather(*readers)
    assert {events[-1].finish_reason for events in ended} == {"cancelled"}
