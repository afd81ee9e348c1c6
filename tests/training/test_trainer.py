"""The step: what it learns from, at what precision, in which models."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    Gemma2Config,
    GPT2Config,
    LlamaConfig,
    MambaConfig,
    PretrainedConfig,
)

from botframework.training.device import choose_device, computes_in_bfloat16
from botframework.training.examples import Examples
from botframework.training.held_out import held_out_rows
from botframework.training.model import build_model
from botframework.training.objective import Objective, has_plain_head
from botframework.training.optimiser import Muon
from botframework.training.packing import Mixer, Packer, Rows, pack
from botframework.training.recipe import LoopRecipe, RecipeError, Shape
from botframework.training.trainer import Trainer

SHAPE = Shape(hidden_size=32, layers=2, heads=2, kv_heads=1, head_dim=16, ffn_size=48)
SMALL: dict[str, Any] = {"vocab_size": 60, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
OTHERS: dict[str, PretrainedConfig] = {
    "llama": LlamaConfig(**SMALL, intermediate_size=48, num_key_value_heads=1),
    "gpt2": GPT2Config(vocab_size=60, n_embd=32, n_layer=2, n_head=2, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0),
    "gemma2": Gemma2Config(**SMALL, intermediate_size=48, num_key_value_heads=1, head_dim=16, sliding_window=64),
}


def tiny(name: str = "qwen3") -> Any:
    """A fresh model, the same every time."""
    torch.manual_seed(0)
    if name == "qwen3":
        return build_model(SHAPE, 60, 1, 0)
    attention = "eager" if name == "gemma2" else "sdpa"
    config: Any = OTHERS[name]
    make: Any = AutoModelForCausalLM.from_config  # transformers leaves it untyped
    return make(config, attn_implementation=attention)


def recipe(**changes: Any) -> LoopRecipe:
    """A recipe of four rows a step."""
    settings: dict[str, Any] = {
        "rows_per_step": 4,
        "rows_per_pass": 4,
        "max_steps": 10,
        "compiled": False,
        "row_tokens": 24,
    }
    settings |= {
        "optimiser": {"warmup_steps": 0, "muon_lr": 0.01, "adam_lr": 0.01},
        "dtype": "float32",
        "device": "cpu",
    }
    return LoopRecipe.model_validate({**settings, **changes})


def some_rows(count: int = 4, size: int = 24) -> Rows:
    """Rows of random examples of different lengths, the second half of each example to be learned."""
    random = np.random.default_rng(0)
    contents = []
    for row in range(count):
        examples = []
        for length in (5 + row, 9, 6):
            learn = np.arange(length) >= length // 2
            examples.append((random.integers(5, 60, length), learn))
        contents.append(examples)
    return pack(contents, size, 0)


def gradients(model: Any) -> dict[str, torch.Tensor]:
    """All gradients by name."""
    return {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}


def backward(trainer: Trainer, rows: Rows) -> dict[str, torch.Tensor]:
    """The gradients of the rows' loss."""
    trainer.model.train()
    trainer.loss(rows)[0].backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return gradients(trainer.model)


def test_two_passes_of_two_rows_are_one_pass_of_four() -> None:
    """Gradient accumulation changes the memory, not the step."""
    results = []
    for rows_per_pass in (4, 2, 3):
        trainer = Trainer(tiny(), recipe(rows_per_pass=rows_per_pass))
        numbers = [trainer.step(some_rows(), 1.0) for _ in range(3)]
        results.append((numbers, trainer.weights()))
    for numbers, weights in results[1:]:
        assert np.allclose(numbers, results[0][0], rtol=1e-4)
        for name, weight in weights.items():
            assert torch.allclose(weight, results[0][1][name], atol=1e-4), name


def test_gradient_checkpointing_gives_the_same_gradients() -> None:
    """Computing activations twice instead of keeping them changes no gradient, packed rows included."""
    plain = backward(Trainer(tiny(), recipe()), some_rows())
    kept = backward(Trainer(tiny(), recipe(gradient_checkpointing=True)), some_rows())
    assert plain.keys() == kept.keys()
    for name, gradient in plain.items():
        assert torch.allclose(gradient, kept[name], atol=1e-7), name


def test_gradient_checkpointing_drops_the_same_twice() -> None:
    """With dropout, the second computation drops what the first did."""
    found = []
    for checkpointing in (False, True):
        trainer = Trainer(tiny(), recipe(gradient_checkpointing=checkpointing, dropout=0.3))
        torch.manual_seed(5)
        found.append(backward(trainer, some_rows()))
    for name, gradient in found[0].items():
        assert torch.allclose(gradient, found[1][name], atol=1e-6), name


def test_dropout_acts_in_training_only() -> None:
    """Two training passes differ, two measurements do not, and equal those of the model without dropout."""
    trainer = Trainer(tiny(), recipe(dropout=0.3))
    trainer.model.train()
    assert trainer.loss(some_rows())[0] != trainer.loss(some_rows())[0]
    measured = trainer.held_out_loss([some_rows()])
    assert measured == trainer.held_out_loss([some_rows()])
    assert measured == pytest.approx(Trainer(tiny(), recipe()).held_out_loss([some_rows()]))


@pytest.mark.parametrize("name", ["qwen3", *OTHERS])
def test_any_causal_model_learns_each_example_as_if_it_stood_alone(name: str) -> None:
    """The loss of packed rows is the sum of what the bare model says of each example by itself."""
    model = tiny(name)
    rows = some_rows()
    expected = 0.0
    model.eval()
    for row in range(len(rows)):
        for document in range(1, rows.documents[row].max() + 1):
            inside = rows.documents[row] == document
            ids = torch.from_numpy(rows.tokens[row][inside])[None]
            learn = torch.from_numpy(rows.learn[row][inside])[1:]
            with torch.no_grad():
                logits = model(input_ids=ids, use_cache=False).logits[0, :-1]
            expected += float(functional.cross_entropy(logits[learn], ids[0, 1:][learn], reduction="sum"))
    assert has_plain_head(model) is (name != "gemma2")
    trainer = Trainer(model, recipe())
    assert trainer.packs
    assert trainer.held_out_loss([rows]) * trainer.loss(rows)[1] == pytest.approx(expected, rel=1e-4)
    before = trainer.held_out_loss([rows])
    for _ in range(5):
        trainer.step(rows, 1.0)
    assert trainer.held_out_loss([rows]) < before


RECURRENT: dict[str, PretrainedConfig] = {
    "mamba": MambaConfig(vocab_size=60, hidden_size=32, state_size=4, num_hidden_layers=2),
    "bloom": BloomConfig(vocab_size=60, hidden_size=32, n_layer=2, n_head=2),
}


@pytest.mark.parametrize("name", RECURRENT)
def test_a_model_that_cannot_keep_examples_apart_is_given_one_in_a_row(name: str) -> None:
    """A recurrent model, and one that knows no positions, learn each example as if it stood alone all the same."""
    torch.manual_seed(0)
    make: Any = AutoModelForCausalLM.from_config  # transformers leaves it untyped
    trainer = Trainer(make(RECURRENT[name]), recipe())
    assert not trainer.packs
    assert "each row holds one" in trainer.remarks[0]
    lengths = [5, 9, 6, 7, 4]
    ids = [torch.arange(length) + 5 * length for length in lengths]
    examples = Examples(
        np.concatenate([part.numpy() for part in ids]),
        np.concatenate([np.arange(length) > 0 for length in lengths]).astype(np.uint8),
        np.cumsum([0, *lengths]),
    )
    rows = Packer(Mixer([examples], [1.0]), 24, 0, single=True).rows(5)
    assert sorted((rows.documents > 0).sum(1)) == sorted(lengths)
    assert rows.documents.max() == 1
    with torch.no_grad():
        expected = [
            trainer.model(input_ids=part[None], labels=part[None], use_cache=False).loss * (len(part) - 1)
            for part in ids
        ]
    batches = held_out_rows(examples, 5, 24, 0, single=True)
    total = sum(map(len, ids)) - len(ids)
    assert trainer.held_out_loss(batches) * total == pytest.approx(float(sum(expected)), rel=1e-4)
    first = trainer.step(rows, 1.0)[0]
    for _ in range(4):
        last = trainer.step(rows, 1.0)[0]
    assert last < first


@pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.* is deprecated:FutureWarning")  # peft still asks for it
def test_only_lora_weights_are_trained_where_peft_says_so() -> None:
    """With LoRA weights beside the layers, they change and nothing else does."""
    peft = pytest.importorskip("peft")
    model = peft.get_peft_model(tiny("llama"), peft.LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM"))
    before = copy.deepcopy(model.state_dict())
    trainer = Trainer(model, recipe())
    assert not any(isinstance(optimiser, Muon) for optimiser in trainer.optimisers)
    first = trainer.step(some_rows(), 1.0)[0]
    for _ in range(4):
        last = trainer.step(some_rows(), 1.0)[0]
    assert last < first
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert changed
    assert all("lora_" in name for name in changed)


def test_bfloat16_is_close_and_leaves_the_weights_in_float32() -> None:
    """The decoder in bfloat16 gives nearly the same loss, and weights stay float32."""
    trainer = Trainer(tiny(), recipe(dtype="bfloat16"))
    loss, _ = trainer.step(some_rows(), 1.0)
    assert loss == pytest.approx(Trainer(tiny(), recipe()).step(some_rows(), 1.0)[0], rel=0.02)
    assert {weight.dtype for weight in trainer.model.parameters()} == {torch.float32}


def test_a_row_without_a_target_costs_nothing_and_breaks_nothing() -> None:
    """A pass with nothing to learn has loss zero and a gradient for every weight."""
    rows = some_rows()
    empty = Rows(rows.tokens, np.zeros_like(rows.learn), rows.documents, rows.positions)
    trainer = Trainer(tiny(), recipe())
    found = backward(trainer, empty)
    assert found
    assert not any(gradient.any() for gradient in found.values())


def test_weight_decay_shrinks_matrices_by_the_step_size() -> None:
    """Muon's decay is decoupled: with no gradient to follow, a matrix shrinks by lr times decay, norms stay."""
    weight = torch.nn.Parameter(torch.ones(4, 4))
    optimiser = Muon([weight], lr=0.1, weight_decay=0.5)
    weight.grad = torch.zeros(4, 4)
    optimiser.step()
    assert torch.allclose(weight, torch.full((4, 4), 0.95), atol=1e-3)
    trainer = Trainer(tiny(), recipe(optimiser={"weight_decay": 0.1}))
    decayed = [g for o in trainer.optimisers for g in o.param_groups if g["weight_decay"] for _ in g["params"]]
    kept = [w for o in trainer.optimisers for g in o.param_groups if not g["weight_decay"] for w in g["params"]]
    assert decayed
    assert {w.ndim for w in kept} == {1}


def test_adamw_alone_takes_everything() -> None:
    """`name: adamw` leaves nothing to Muon."""
    trainer = Trainer(tiny(), recipe(optimiser={"name": "adamw"}))
    assert [type(optimiser) for optimiser in trainer.optimisers] == [torch.optim.AdamW]
    count = sum(len(group["params"]) for group in trainer.optimisers[0].param_groups)
    assert count == len(list(trainer.model.parameters()))


def test_rows_longer_than_a_models_window_are_refused() -> None:
    """A model that looks back 64 tokens is not given rows of 256, whose mask would let it look farther."""
    with pytest.raises(RecipeError, match="row_tokens: 256 is more than the 64 tokens"):
        Trainer(tiny("gemma2"), recipe(row_tokens=256))
    with pytest.raises(
        RecipeError, match="row_tokens: 2000 is more than the 1024 tokens that this model has positions"
    ):
        Trainer(tiny("gpt2"), recipe(row_tokens=2000))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_said() -> None:
    """`device: cuda` without a GPU is refused in words; `auto` takes the CPU."""
    with pytest.raises(RecipeError, match="finds no GPU"):
        choose_device("cuda")
    assert choose_device("auto").type == "cpu"
    assert computes_in_bfloat16("bfloat16", torch.device("cpu"))


def test_a_machine_without_a_compiler_trains_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where torch.compile would fail at the first step, the step is taken all the same, and it is known why."""
    monkeypatch.setenv("CXX", "no-such-compiler")
    trainer = Trainer(tiny(), recipe(compiled=True))
    assert trainer.remarks == [
        "compiled: no compiler (no-such-compiler) on this machine; the run goes on without, and is slower"
    ]
    assert trainer.step(some_rows(), 1.0)[0] > 0
    assert Trainer(tiny(), recipe()).remarks == []


def test_the_sampled_vocabulary_is_used_in_training_only() -> None:
    """With a sampled vocabulary the measured loss is the whole one."""
    rows = some_rows()
    sampled = Trainer(tiny(), recipe(sampled_vocabulary=40))
    assert sampled.held_out_loss([rows]) == pytest.approx(Trainer(tiny(), recipe()).held_out_loss([rows]), rel=1e-5)
    assert isinstance(sampled.module, Objective)


def test_no_example_is_told_from_the_end_of_another() -> None:
    """The first token of an example is no target where another stands before it, even if its mask says so."""
    ones = np.ones(3, np.bool_)
    rows = pack([[(np.array([5, 6, 7]), ones), (np.array([8, 9, 10]), ones)]], 8, 0)
    assert rows.learn.tolist() == [[False, True, True, False, True, True, False, False]]
    assert rows.num_targets == 4
