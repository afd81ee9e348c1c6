"""Tokens per second of the engine with 1, 4 and 16 requests at a time, beside ``model.generate`` one by one.

    python benchmarks/engine_tokens.py                 # a random model of the bundled one's size
    python benchmarks/engine_tokens.py --model mini    # the bundled model itself

Every figure is the median of the rounds; the engine's and generate's rounds take turns, so that what else the
machine does meets both. A request's tokens are counted until its limit, ends are ignored.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, Qwen3Config, Qwen3ForCausalLM

from botframework.engine.engine import Engine
from botframework.engine.local_model import resolve_model
from botframework.engine.options import SamplingOptions
from botframework.engine.runner import ModelRunner, pick_device, pick_dtype


def random_model(folder: Path) -> Path:
    """A Qwen3 of about 20 M parameters with random weights."""
    config = Qwen3Config(
        vocab_size=16384,
        hidden_size=384,
        intermediate_size=1024,
        num_hidden_layers=4,
        num_attention_heads=6,
        num_key_value_heads=3,
        head_dim=64,
        max_position_embeddings=2048,
        tie_word_embeddings=False,
    )
    Qwen3ForCausalLM(config).save_pretrained(folder)
    return folder


async def engine_round(engine: Engine, prompts: list[list[int]], options: SamplingOptions) -> float:
    """Seconds until every prompt has its tokens, all submitted at once."""

    async def read(ids: list[int]) -> int:
        return len([event async for event in engine.submit(ids, options)])

    began = time.perf_counter()
    counts = await asyncio.gather(*map(read, prompts))
    assert set(counts) == {options.max_tokens}
    return time.perf_counter() - began


def generate_round(model: Any, prompt: list[int], tokens: int) -> float:
    """Seconds of ``model.generate`` for one prompt."""
    ids = torch.tensor([prompt], device=model.device)
    began = time.perf_counter()
    model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=tokens,
        min_new_tokens=tokens,
        do_sample=False,
        pad_token_id=0,
    )
    return time.perf_counter() - began


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="a registered name or a folder; a random one of 20 M parameters if left out")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--prompt", type=int, default=64, help="tokens in every prompt")
    parser.add_argument("--tokens", type=int, default=64, help="tokens in every answer")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 4, 16])
    given = parser.parse_args()
    device = pick_device(given.device)
    dtype = pick_dtype(given.dtype, device)
    if given.threads:
        torch.set_num_threads(given.threads)
    with tempfile.TemporaryDirectory() as scratch:
        folder = resolve_model(given.model) if given.model else random_model(Path(scratch))
        runner = ModelRunner.load(folder, device=device, dtype=dtype)
        auto: Any = AutoModelForCausalLM
        model = auto.from_pretrained(folder, dtype=getattr(torch, dtype)).to(device).eval()
    runner.eos_ids = frozenset()
    engine = Engine(runner, max_batch=max(given.concurrency), threads=given.threads)
    generator = torch.Generator().manual_seed(0)
    prompts = torch.randint(5, model.config.vocab_size, (max(given.concurrency), given.prompt), generator=generator)
    options = SamplingOptions(temperature=0.0, max_tokens=given.tokens)
    times: dict[str, list[float]] = {}
    for index in range(given.rounds + 1):
        seconds = generate_round(model, prompts[0].tolist(), given.tokens)
        measured = [("generate, one by one", seconds / given.tokens)]
        for count in given.concurrency:
            seconds = asyncio.run(engine_round(engine, prompts[:count].tolist(), options))
            measured.append((f"engine, {count} at a time", seconds / (given.tokens * count)))
        for name, each in measured if index else []:  # the first round warms up
            times.setdefault(name, []).append(each)
    engine.close()
    size = sum(parameter.numel() for parameter in model.parameters())
    print(
        f"{size / 1e6:.1f} M parameters, {device}, {dtype}, {torch.get_num_threads()} threads, "
        f"prompts of {given.prompt}, answers of {given.tokens} tokens, medians of {given.rounds} rounds"
    )
    baseline = statistics.median(times["generate, one by one"])
    for name, each in times.items():
        median = statistics.median(each)
        print(f"{name:24} {1 / median:8.0f} tokens/s   {baseline / median:5.1f} x")


if __name__ == "__main__":
    main()
