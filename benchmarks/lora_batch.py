"""Tokens per second with four sets of LoRA weights mixed in one batch, beside the base alone and switching of sets.

    python benchmarks/lora_batch.py --threads 1                 # a random model of the bundled one's size
    python benchmarks/lora_batch.py --model mini                # the bundled model itself

Three ways to serve the same requests take turns: all of them with the base model, all of them in one batch with a
quarter of the requests for each set, and set after set, each with its quarter (what a program does that can have one
set active at a time). Every figure is the median of the rounds. A request's tokens are counted until its limit, ends
are ignored. On a machine with other work, tokens per second of processor time say more than those of the clock.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch

from botframework.engine.engine import Engine
from botframework.engine.local_model import resolve_model
from botframework.engine.lora import LoraSet
from botframework.engine.lora_tensors import LoraTensors, LowRank
from botframework.engine.options import SamplingOptions
from botframework.engine.runner import Decoder, ModelRunner, pick_device, pick_dtype

SETS = 4


def random_model(folder: Path) -> Path:
    """A Qwen3 of about 40 M parameters with random weights."""
    from transformers import Qwen3Config, Qwen3ForCausalLM

    config = Qwen3Config(
        vocab_size=16384,
        hidden_size=512,
        intermediate_size=1408,
        num_hidden_layers=10,
        num_attention_heads=8,
        num_key_value_heads=4,
        head_dim=64,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
    )
    model: Any = Qwen3ForCausalLM(config)
    model.save_pretrained(folder)
    return folder


def random_set(decoder: Decoder, name: str, rank: int) -> LoraTensors:
    """Random LoRA weights for every linear layer."""
    layers = {}
    for path, projection in decoder.projections.items():
        outputs, inputs = projection.weight.shape
        layers[path] = LowRank(torch.randn(rank, inputs) * 0.01, torch.randn(outputs, rank) * 0.01, 2.0)
    return LoraTensors(name, MappingProxyType(layers), {})


async def round_(engine: Engine, prompts: list[list[int]], tokens: int, sets: list[LoraSet | None]) -> float:
    """Seconds until every prompt has its tokens, all submitted at once."""
    options = SamplingOptions(temperature=0.0, max_tokens=tokens)

    async def read(ids: list[int], lora: LoraSet | None) -> int:
        return len([event async for event in engine.submit(ids, options, lora=lora)])

    began = time.perf_counter()
    counts = await asyncio.gather(*(read(ids, lora) for ids, lora in zip(prompts, sets, strict=True)))
    assert set(counts) == {tokens}
    return time.perf_counter() - began


async def set_after_set(engine: Engine, prompts: list[list[int]], tokens: int, sets: list[LoraSet | None]) -> float:
    """Seconds when each set has the engine to itself until its requests are done."""
    seconds = 0.0
    for one in dict.fromkeys(sets):
        own = [ids for ids, each in zip(prompts, sets, strict=True) if each is one]
        seconds += await round_(engine, own, tokens, [one] * len(own))
    return seconds


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="a registered name or a folder; a random one of 40 M parameters if left out")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--requests", type=int, default=16, help="at a time")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--prompt", type=int, default=16, help="tokens in every prompt")
    parser.add_argument("--tokens", type=int, default=24, help="tokens in every answer")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    device = pick_device(given.device)
    dtype = pick_dtype(given.dtype, device)
    with tempfile.TemporaryDirectory() as temporary:
        path = resolve_model(given.model) if given.model else random_model(Path(temporary))
        runner = ModelRunner.load(path, device=device, dtype=dtype)
    runner.eos_ids = frozenset()
    engine = Engine(runner, max_batch=given.requests, threads=given.threads)
    fitted = [engine.fit(random_set(runner.decoder, f"set{number}", given.rank)) for number in range(SETS)]
    generator = torch.Generator().manual_seed(0)
    prompts = [torch.randint(5, 200, (given.prompt,), generator=generator).tolist() for _ in range(given.requests)]
    none: list[LoraSet | None] = [None] * given.requests
    mixed: list[LoraSet | None] = [fitted[number % SETS] for number in range(given.requests)]
    same: list[LoraSet | None] = [fitted[0]] * given.requests
    ways: dict[str, Callable[[], Coroutine[Any, Any, float]]] = {
        "base alone": lambda: round_(engine, prompts, given.tokens, none),
        "one set, one batch": lambda: round_(engine, prompts, given.tokens, same),
        f"{SETS} sets mixed, one batch": lambda: round_(engine, prompts, given.tokens, mixed),
        f"{SETS} sets, one after the other": lambda: set_after_set(engine, prompts, given.tokens, mixed),
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for number in range(given.rounds + 1):
        for name, way in ways.items():
            busy = time.process_time()
            took = asyncio.run(way())
            if number:  # the first round warms up
                seconds[name].append((took, time.process_time() - busy))
    engine.close()
    total = given.requests * given.tokens
    print(f"{given.model or 'random'}, {device}, {dtype}, {torch.get_num_threads()} threads, rank {given.rank},")
    print(f"{given.requests} requests of {given.prompt} + {given.tokens} tokens, {given.rounds} rounds\n")
    print(f"{'way':<30} {'tokens/s':>10} {'of base':>8} {'per processor s':>16} {'of base':>8}")
    first: tuple[float, float] | None = None
    for name, found in seconds.items():
        clock, busy = (total / statistics.median(each) for each in zip(*found, strict=True))
        first = first or (clock, busy)
        print(f"{name:<30} {clock:>10.0f} {clock / first[0]:>8.2f} {busy:>16.0f} {busy / first[1]:>8.2f}")


if __name__ == "__main__":
    main()
