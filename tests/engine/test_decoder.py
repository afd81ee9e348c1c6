from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    MistralConfig,
    PhiConfig,
    PretrainedConfig,
    Qwen2Config,
    Qwen3Config,
)

from botframework.engine.decoder import LlamaShapedDecoder
from botframework.engine.engine import Engine
from botframework.engine.local_model import LocalModel, resolve_model
from botframework.engine.options import SamplingOptions
from botframework.engine.prompt import ChatMessage, Prompter
from botframework.engine.runner import ModelRunner
from botframework.errors import ModelError, ModelNotFound
from tests.tiny_model import build_tiny_model

SMALL: dict[str, Any] = {
    "vocab_size": 200,
    "hidden_size": 48,
    "intermediate_size": 80,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 700,
    "initializer_range": 0.3,
    "bos_token_id": None,
    "eos_token_id": None,
}
SHAPES: dict[str, PretrainedConfig] = {
    "llama": LlamaConfig(**SMALL, num_key_value_heads=4, attention_bias=True),
    "llama-gqa": LlamaConfig(**SMALL, num_key_value_heads=1, tie_word_embeddings=True),
    "mistral": MistralConfig(**SMALL, num_key_value_heads=2, sliding_window=None),
    "qwen2": Qwen2Config(**SMALL, num_key_value_heads=2, rope_parameters={"rope_type": "default", "rope_theta": 5e4}),
    "qwen3": Qwen3Config(**SMALL, num_key_value_heads=2, head_dim=20),
}
OTHERS: dict[str, PretrainedConfig] = {
    "phi": PhiConfig(
        **SMALL, rope_parameters={"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5}
    ),
    "llama-scaled": LlamaConfig(**SMALL, rope_parameters={"rope_type": "linear", "factor": 2.0, "rope_theta": 1e4}),
    "mistral-sliding": MistralConfig(**SMALL, num_key_value_heads=2, sliding_window=128),
}


def saved(config: PretrainedConfig, folder: Path) -> Any:
    torch.manual_seed(0)
    auto: Any = AutoModelForCausalLM
    model = auto.from_config(config).eval()
    for name, parameter in model.named_parameters():
        if name.endswith("bias") or "norm" in name:  # left at 0 and 1 they would hide mistakes
            parameter.data.normal_(0.7, 0.2)
    model.save_pretrained(folder)
    return model


def check(model: Any, runner: ModelRunner) -> None:
    """Greedy answers through an engine equal ``generate``, with prompts of one piece and of several."""
    engine = Engine(runner, max_batch=3, threads=1)
    lengths = (5, 90, 40) if runner.context_window < 300 else (5, 400, 40)
    prompts = [torch.randint(0, 200, (length,), generator=torch.Generator().manual_seed(1)) for length in lengths]

    async def all_at_once() -> list[list[int | None]]:
        async def read(ids: list[int]) -> list[int | None]:
            return [e.token_id async for e in engine.submit(ids, SamplingOptions(temperature=0, max_tokens=30))]

        return list(await asyncio.gather(*(read(ids.tolist()) for ids in prompts)))

    got = asyncio.run(all_at_once())
    engine.close()
    for ids, tokens in zip(prompts, got, strict=True):
        out = model.generate(
            ids[None], attention_mask=torch.ones_like(ids[None]), max_new_tokens=30, do_sample=False, pad_token_id=0
        )
        assert tokens == out[0, len(ids) :].tolist()


@pytest.mark.parametrize("name", SHAPES)
def test_llama_shaped_models_equal_generate(name: str, tmp_path: Path) -> None:
    """The written-out forward pass gives the tokens of transformers for every shape that it takes on."""
    model = saved(SHAPES[name], tmp_path)
    decoder = LlamaShapedDecoder.load(tmp_path, "cpu", torch.float32)
    assert decoder is not None
    check(model, ModelRunner(decoder, frozenset()))


@pytest.mark.parametrize("name", OTHERS)
def test_other_models_run_through_transformers(name: str, tmp_path: Path) -> None:
    """A model of another shape is left to transformers, and gives the same tokens as its ``generate``."""
    model = saved(OTHERS[name], tmp_path)
    assert LlamaShapedDecoder.load(tmp_path, "cpu", torch.float32) is None
    runner = ModelRunner.load(tmp_path, device="cpu", dtype="float32")
    assert runner.context_window == (128 if name == "mistral-sliding" else 700)
    check(model, runner)


def test_shards_and_bfloat16_load(tmp_path: Path) -> None:
    """Weights in several files load, and in bfloat16 the logits stay near those of float32."""
    torch.manual_seed(0)
    auto: Any = AutoModelForCausalLM
    model = auto.from_config(SHAPES["qwen3"]).eval()
    model.save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 2
    exact, rough = (ModelRunner.load(tmp_path, device="cpu", dtype=dtype) for dtype in ("float32", "bfloat16"))
    ids = list(range(50))
    for runner in (exact, rough):
        runner.cache.fit(1, 50)
    want, got = exact.prefill(0, ids, 0), rough.prefill(0, ids, 0).float()
    assert torch.nn.functional.cosine_similarity(want, got).item() > 0.99


def test_broken_folders_say_what_is_wrong(tmp_path: Path) -> None:
    """A missing tensor, broken weights and a broken configuration are named with their folder."""
    saved(SHAPES["qwen3"], tmp_path)
    weights = tmp_path / "model.safetensors"
    kept = weights.read_bytes()
    weights.write_bytes(kept[: len(kept) // 2])
    with pytest.raises(ModelNotFound, match="cannot be read"):
        ModelRunner.load(tmp_path, device="cpu", dtype="float32")
    weights.write_bytes(kept)
    config = (tmp_path / "config.json").read_text()
    (tmp_path / "config.json").write_text(config.replace('"num_hidden_layers": 2', '"num_hidden_layers": 3'))
    with pytest.raises(ModelNotFound, match=r"incomplete.*layers\.2"):
        ModelRunner.load(tmp_path, device="cpu", dtype="float32")
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelNotFound, match="cannot be read"):
        ModelRunner.load(tmp_path, device="cpu", dtype="float32")
    with pytest.raises(ModelError, match="dtype 'int3' is unknown"):
        ModelRunner.load(tmp_path, device="cpu", dtype="int3")


def test_prompts_equal_those_of_transformers(tiny_path: Path) -> None:
    """Template and tokenizer give the ids that transformers' ``apply_chat_template`` gives."""
    messages = [
        ChatMessage(role="system", content="Sei kurz."),
        ChatMessage(role="user", content="hello the 你好 \n\n"),
        ChatMessage(role="assistant", content=""),
        ChatMessage(role="user", content="  bye"),
    ]
    theirs: Any = AutoTokenizer.from_pretrained(tiny_path)
    want = theirs.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    assert Prompter.load(tiny_path).render(messages) == want


def test_a_template_may_refuse(tmp_path: Path) -> None:
    """A template's own objection reaches the caller; a broken or missing template is found at the start."""
    build_tiny_model(tmp_path)
    template = tmp_path / "chat_template.jinja"
    template.write_text("{{ raise_exception('only one at a time') }}")
    with pytest.raises(ModelError, match="only one at a time"):
        Prompter.load(tmp_path).render([ChatMessage(role="user", content="x")])
    template.write_text("{% if %}")
    with pytest.raises(ModelNotFound, match="template is broken"):
        Prompter.load(tmp_path)
    template.unlink()
    with pytest.raises(ModelNotFound, match="no chat template"):
        Prompter.load(tmp_path)


def test_a_model_is_shared_within_the_process_and_freed(tiny_path: Path) -> None:
    """Two users of one model share its engine; once both are gone, so is the engine's thread."""
    first = LocalModel.load(str(tiny_path), device="cpu", dtype="float32", max_batch=2)
    second = LocalModel.load(str(tiny_path), device="cpu", dtype="float32", max_batch=5)
    assert first.engine is second.engine
    assert first.engine.stats().max_batch == 5
    thread = first.engine._thread
    del first, second
    thread.join(10)
    assert not thread.is_alive()


def test_a_hub_name_without_a_network_is_explained() -> None:
    """A Hugging Face id that is neither in the cache nor to be fetched is a clear error."""
    with pytest.raises(ModelNotFound, match="'nobody/nothing' cannot be fetched"):
        resolve_model("nobody/nothing")
