"""Several sets of LoRA weights in one batch: every request's tokens are those of peft, whatever shares its batch."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import PhiConfig, Qwen2Config

from botframework.engine.engine import Engine
from botframework.engine.lora import LoraSet
from botframework.engine.lora_tensors import LoraTensors
from botframework.engine.options import SamplingOptions
from botframework.engine.runner import ModelRunner
from botframework.errors import ModelError, ModelNotFound
from tests.engine.lora_sets import Reference, write_set
from tests.engine.test_decoder import SMALL, saved
from tests.engine.test_engine import prompt

SETS: dict[str, dict[str, Any]] = {
    "everyday": {"rank": 8},
    "legal": {"rank": 16, "use_rslora": True},
    "pirate": {"rank": 4, "targets": ("q_proj", "v_proj")},
    "dora": {"rank": 8, "use_dora": True},
    "patterns": {"rank": 8, "rank_pattern": {"down_proj": 64}, "alpha_pattern": {"layers.1.mlp.up_proj": 3}},
}
NAMES = [None, *SETS]
MOST = 12
"""Tokens of one answer."""


@dataclass
class Trained:
    """A model, its sets, an engine over it and peft's own answers."""

    engine: Engine
    sets: dict[str | None, LoraSet | None]
    reference: Reference
    vocabulary: int = 260

    def prompt(self, asked: Request) -> list[int]:
        """The prompt of a request, within the model's vocabulary."""
        return [token % self.vocabulary for token in prompt(asked.seed, asked.length)]

    def expected(self, asked: Request) -> list[int]:
        """peft's tokens for a request, up to where it is cancelled."""
        tokens = self.reference.tokens(asked.lora, self.prompt(asked), MOST)
        return tokens[: asked.tokens if asked.cancel is None else min(asked.tokens, asked.cancel)]


def trained(base: Path, root: Path, which: dict[str, dict[str, Any]], max_batch: int = 5) -> Trained:
    folders = [write_set(base, root / name, seed=seed, **each) for seed, (name, each) in enumerate(which.items())]
    engine = Engine(ModelRunner.load(base, device="cpu", dtype="float32"), max_batch=max_batch, threads=1)
    sets: dict[str | None, LoraSet | None] = {folder.name: engine.fit(LoraTensors.load(folder)) for folder in folders}
    return Trained(engine, {None: None, **sets}, Reference(base, folders))


@pytest.fixture(scope="module")
def five(endless_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    found = trained(endless_path, tmp_path_factory.mktemp("lora"), SETS)
    yield found
    found.engine.close()


@dataclass(frozen=True)
class Request:
    """One request of a random schedule."""

    lora: str | None
    seed: int
    length: int
    tokens: int
    after: int
    """Tokens of the request before it that come first."""
    cancel: int | None
    """Tokens after which it is cancelled."""


requests = st.builds(
    Request,
    lora=st.sampled_from(NAMES),
    seed=st.just(1),
    length=st.sampled_from([1, 30, 270]),
    tokens=st.integers(1, MOST),
    after=st.integers(0, 6),
    cancel=st.none() | st.none() | st.integers(1, MOST),
)


async def play(found: Trained, schedule: list[Request]) -> list[list[int]]:
    """Run a schedule; the tokens of each request, up to where it was cancelled."""
    reached: list[asyncio.Event] = [asyncio.Event() for _ in schedule]

    async def one(index: int, asked: Request) -> list[int]:
        if index:
            await reached[index - 1].wait()
        options = SamplingOptions(temperature=0.0, max_tokens=asked.tokens)
        stream = found.engine.submit(found.prompt(asked), options, lora=found.sets[asked.lora])
        tokens: list[int] = []
        wait_for = schedule[index + 1].after if index + 1 < len(schedule) else 0
        try:
            if wait_for == 0:
                reached[index].set()
            async for event in stream:
                if event.token_id is not None:
                    tokens.append(event.token_id)
                if len(tokens) >= wait_for:
                    reached[index].set()
                if asked.cancel is not None and len(tokens) >= asked.cancel:
                    break
        finally:
            reached[index].set()
        return tokens

    got = await asyncio.gather(*(one(index, asked) for index, asked in enumerate(schedule)))
    while found.engine.stats().running:  # noqa: ASYNC110 - counts are polled, they signal nothing
        await asyncio.sleep(0.001)  # a cancelled one leaves within a step
    return list(got)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schedule=st.lists(requests, min_size=2, max_size=8))
def test_tokens_are_those_of_peft_whatever_shares_the_batch(five: Trained, schedule: list[Request]) -> None:
    """Greedy tokens in float32 equal those of peft's ``generate`` over random schedules of sets, base and cancels."""
    got = asyncio.run(play(five, schedule))
    for asked, tokens in zip(schedule, got, strict=True):
        assert tokens == five.expected(asked), asked
    assert five.engine.stats().kv_bytes == 0


def test_the_sets_really_differ(five: Trained) -> None:
    """Each set gives another answer, or the property above would prove nothing."""
    answers = {tuple(five.reference.tokens(name, prompt(1, 30), MOST)) for name in NAMES}
    assert len(answers) == len(NAMES)


@pytest.mark.parametrize(
    ("config", "targets"),
    [
        (Qwen2Config(**SMALL, num_key_value_heads=2), "all-linear"),  # its q, k and v have biases
        (
            PhiConfig(
                **SMALL, rope_parameters={"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5}
            ),
            "all-linear",
        ),
    ],
    ids=["written-out with biases", "through transformers"],
)
async def test_other_shapes_take_them_too(config: Any, targets: str, tmp_path: Path) -> None:
    """Layers with a bias, and a model that runs through transformers, give peft's tokens with mixed sets."""
    saved(config, tmp_path / "base")
    which: dict[str, dict[str, Any]] = {
        "plain": {"targets": targets},
        "dora": {"targets": targets, "use_dora": True, "rank": 4},
    }
    found = trained(tmp_path / "base", tmp_path / "lora", which)
    found.vocabulary = 200
    schedule = [
        Request(name, 1, length, MOST, 2, None)
        for name, length in [("plain", 5), (None, 40), ("dora", 5), ("plain", 40), ("dora", 300)]
    ]
    got = await play(found, schedule)
    found.engine.close()
    for asked, tokens in zip(schedule, got, strict=True):
        assert tokens == found.expected(asked), asked


async def test_seventeen_sets_at_once(endless_path: Path, tmp_path: Path) -> None:
    """As many sets as rows run in one batch, each with its own tokens."""
    which = {f"set{number}": {"rank": 4} for number in range(17)}
    found = trained(endless_path, tmp_path, which, max_batch=17)
    schedule = [Request(name, 1, 7, 5, 0, None) for name in which]
    got = await play(found, schedule)
    found.engine.close()
    assert got == [found.reference.tokens(name, prompt(1, 7), 5) for name in which]


async def test_replacing_a_set_leaves_running_requests_alone(five: Trained, endless_path: Path, tmp_path: Path) -> None:
    """A request keeps the weights it began with while others already run with newer ones of the same name."""
    newer = five.engine.fit(LoraTensors.load(write_set(endless_path, tmp_path / "everyday", seed=99)))
    options = SamplingOptions(temperature=0.0, max_tokens=MOST)
    old = five.engine.submit(prompt(1, 30), options, lora=five.sets["everyday"])
    events = aiter(old)
    tokens = [(await anext(events)).token_id]
    new = [event.token_id async for event in five.engine.submit(prompt(1, 30), options, lora=newer)]
    tokens += [event.token_id async for event in events]
    assert tokens == five.reference.tokens("everyday", prompt(1, 30), MOST)
    assert new == Reference(endless_path, [tmp_path / "everyday"]).tokens("everyday", prompt(1, 30), MOST)
    assert new != tokens


def test_bfloat16_stays_near_float32(endless_path: Path, tmp_path: Path) -> None:
    """In bfloat16 the logits with a set stay near those of float32."""
    tensors = LoraTensors.load(write_set(endless_path, tmp_path / "set", seed=3, use_dora=True))
    logits: list[torch.Tensor] = []
    for dtype in ("float32", "bfloat16"):
        runner = ModelRunner.load(endless_path, device="cpu", dtype=dtype)
        runner.cache.fit(1, 50)
        logits.append(runner.prefill(0, list(range(50)), 0, runner.fit(tensors)).float())
    assert torch.nn.functional.cosine_similarity(logits[0], logits[1]).item() > 0.98


def test_weights_of_another_model_are_refused(five: Trained, tmp_path: Path) -> None:
    """Weights that change layers which are not there, or of another size, are refused by the layer's name."""
    saved(Qwen2Config(**SMALL, num_key_value_heads=2), tmp_path / "other")
    other = LoraTensors.load(write_set(tmp_path / "other", tmp_path / "set", seed=1))
    with pytest.raises(ModelError, match=r"'set' were made for another model: model\.layers\.0"):
        five.engine.fit(other)
    phi = PhiConfig(**SMALL, rope_parameters={"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5})
    saved(phi, tmp_path / "phi")
    with pytest.raises(ModelError, match="no such linear layer"):
        five.engine.fit(LoraTensors.load(write_set(tmp_path / "phi", tmp_path / "dense", seed=1, targets=("fc1",))))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("peft_type", "LOHA", "only LORA weights"),
        ("bias", "all", "trained with bias"),
        ("modules_to_save", ["lm_head"], "trained with modules_to_save"),
        ("init_lora_weights", "pissa_niter_4", "changes the base model too"),
    ],
)
def test_what_cannot_be_applied_is_refused(
    endless_path: Path, tmp_path: Path, name: str, value: Any, said: str
) -> None:
    """Settings of peft that go beyond low-rank changes of linear layers are named, and how to mend it is said."""
    folder = write_set(endless_path, tmp_path / "set", seed=1)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, name: value}))
    with pytest.raises(ModelNotFound, match=said):
        LoraTensors.load(folder)


def test_broken_files_say_what_is_wrong(endless_path: Path, tmp_path: Path) -> None:
    """Missing, cut, too large and non-finite weights are told apart."""
    folder = write_set(endless_path, tmp_path / "set", seed=1, rank=80)
    with pytest.raises(ModelNotFound, match=r"rank 80.*at most 64"):
        LoraTensors.load(folder)
    write_set(endless_path, folder, seed=1)
    weights = folder / "adapter_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelNotFound, match=r"incomplete: .*adapter_model\.safetensors"):
        LoraTensors.load(folder)
    weights.write_bytes(whole[:-4] + b"\x00\x00\xc0\x7f")
    with pytest.raises(ModelNotFound, match="not finite"):
        LoraTensors.load(folder)
    (folder / "adapter_config.json").write_text("{")
    with pytest.raises(ModelNotFound, match="is not JSON"):
        LoraTensors.load(folder)
    with pytest.raises(ModelNotFound, match=r"incomplete: .*adapter_config\.json"):
        LoraTensors.load(tmp_path / "none")
