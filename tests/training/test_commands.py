"""The training commands on a toy corpus, end to end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from botframework.evaluation.embedder import EmbedderSubject
from botframework.evaluation.retrieval import retrievals
from botframework.evaluation.suite import Suite
from botframework.training.embedder import load_embedder, pairs_of
from botframework.training.model import build_model
from botframework.training.recipe import RecipeError, Shape
from botframework.training.start import start_embeddings
from tests.training.conftest import Toy, run, toy_records, toy_sources, toy_training, write_lines, write_recipe


def log_of(folder: Path) -> list[dict[str, object]]:
    """The lines of a run's log."""
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def losses_of(folder: Path) -> list[float]:
    """The training losses of a run."""
    return [float(str(line["loss"])) for line in log_of(folder) if "loss" in line]


def test_pretraining_lowers_the_loss_and_writes_a_model_that_transformers_load(trained: Toy) -> None:
    """Pretraining learns, and AutoModelForCausalLM answers from what it wrote."""
    losses = losses_of(trained.folder / "pretrained")
    assert losses[-1] < losses[0] - 1
    model: Any = AutoModelForCausalLM.from_pretrained(trained.model)
    tokenizer = AutoTokenizer.from_pretrained(trained.model)
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": "hi"}], tokenize=False, add_generation_prompt=True
    )
    assert text == "<|user|>hi<|end|><|assistant|>"
    ids = tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
    assert model.generate(input_ids=ids, max_new_tokens=3, do_sample=False).shape[1] > ids.shape[1]
    assert model.generation_config.eos_token_id == tokenizer.convert_tokens_to_ids("<|end|>")


def test_finetuning_goes_on_from_a_model_with_a_falling_step_size(trained: Toy) -> None:
    """Fine-tuning starts where pretraining ended and lets the step size fall to nothing."""
    out = trained.folder / "finetuned"
    recipe = toy_training(
        max_steps=20, optimiser={"warmup_steps": 0, "decay": "linear", "muon_lr": 0.01, "adam_lr": 0.01}, row_tokens=128
    )
    path = write_recipe(trained.folder / "finetune.yaml", recipe)
    result = run("finetune", path, "--data", trained.data, "--model", trained.model, "--out", out)
    assert result.exit_code == 0, result.output
    assert losses_of(out)[0] < losses_of(trained.folder / "pretrained")[0] - 1
    rates = [float(str(line["rate"])) for line in log_of(out) if "rate" in line]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.1


def test_an_embedder_finds_a_sentence_by_its_translation(corpus: Toy) -> None:
    """The embedder's vectors of a sentence and its translation are each other's nearest."""
    out = corpus.folder / "embedder"
    sources = [source for source in toy_sources(12) if source["name"] in {"en-fr", "en-zh"}]
    recipe = {"dim": 32, "batch": 32, "steps": 80, "lr": 0.05, "threads": 1, "sources": sources}
    path = write_recipe(corpus.folder / "embedder.yaml", recipe)
    result = run("embedder", path, "--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out", out)
    assert result.exit_code == 0, result.output
    recall = json.loads(next(line for line in result.output.splitlines() if "recall_at_one" in line))
    assert all(share >= 0.75 for shares in recall["recall_at_one"].values() for share in shares)
    pairs = [r for r in toy_records()["pairs.jsonl"] if r["tgt_lang"] == "fr"]
    write_lines(corpus.folder / "translation.toy.jsonl", pairs)
    suite = Suite(name="retrieval", kind="retrieval")
    for part in retrievals(suite, [corpus.folder / "translation.toy.jsonl"], EmbedderSubject(out), None):
        assert (part.measures[0].count, part.measures[0].name) == (48, "recall@1")
        assert part.measures[0].value >= 90


def test_pretraining_can_start_from_the_embedders_vectors(corpus: Toy) -> None:
    """Token embeddings that start from an embedder lie as the embedder's vectors do."""
    embedder = corpus.folder / "embedder-for-start"
    path = write_recipe(
        corpus.folder / "embedder-short.yaml", {"dim": 16, "steps": 2, "threads": 1, "sources": toy_sources(2)[:1]}
    )
    assert (
        run("embedder", path, "--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out", embedder).exit_code == 0
    )
    vectors = load_embedder(embedder).embedding.detach()
    model = build_model(
        Shape(hidden_size=32, layers=1, heads=2, kv_heads=1, head_dim=16, ffn_size=32), len(vectors), 1, 0
    )
    with pytest.raises(RecipeError, match="holds no embedder"):
        start_embeddings(model, corpus.tokenizer)
    with pytest.raises(RecipeError, match=f"has {len(vectors)} vectors, and the model 9 tokens"):
        start_embeddings(build_model(Shape(hidden_size=32, layers=1), 9, 1, 0), embedder)
    start_embeddings(model, embedder)
    started = model.model.embed_tokens.weight.detach()
    flat = torch.corrcoef(torch.stack([(vectors @ vectors.T).flatten(), (started @ started.T).flatten()]))
    assert flat[0, 1] > 0.5


def test_a_question_and_its_answer_are_a_pair_in_either_form() -> None:
    """Messages and prompt with completion teach the embedder the same; code and thumbs teach it nothing."""
    asked, answered = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}
    for record in (
        {"messages": [asked, answered]},
        {"prompt": "Hi", "completion": "Hello!"},
        {"prompt": [asked], "completion": [answered]},
    ):
        assert pairs_of(record) == [("Hi", "Hello!")]
    assert pairs_of({"prompt": "Hi", "completion": "Hello!", "label": False}) == []
    assert pairs_of({"prompt": "add", "code": "x = 1"}) == []


def test_a_model_is_not_trained_with_the_tokenizer_of_another(trained: Toy, tmp_path: Path) -> None:
    """A tokenizer with more tokens than the model is refused before the first step, and so is a folder of neither."""
    larger = shutil.copytree(trained.tokenizer, tmp_path / "larger")
    tokenizer = Tokenizer.from_file(str(larger / "tokenizer.json"))
    tokenizer.add_tokens(["<new>"])
    tokenizer.save(str(larger / "tokenizer.json"))
    path = write_recipe(tmp_path / "finetune.yaml", toy_training(tokenizer=str(larger), out=str(tmp_path / "out")))
    result = run("finetune", path, "--data", trained.data, "--model", trained.model)
    assert result.exit_code == 2
    assert "461" in result.output
    assert "belongs to another model" in result.output
    path = write_recipe(path, toy_training(out=str(tmp_path / "out"), max_steps=1))
    assert run("finetune", path, "--data", trained.data, "--model", trained.model).exit_code == 0
    path = write_recipe(tmp_path / "foreign.yaml", toy_training(out=str(tmp_path / "foreign")))
    result = run("finetune", path, "--data", trained.data, "--model", trained.data)
    assert result.exit_code == 2
    assert "say `method: full`" in result.output


def test_a_bad_recipe_is_refused_with_its_key(corpus: Toy, tmp_path: Path) -> None:
    """A recipe with an unknown key stops the command with the key's name and no traceback."""
    path = write_recipe(tmp_path / "wrong.yaml", {**toy_training(), "row_toknes": 5})
    result = run("pretrain", path, "--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "row_toknes" in result.output


def test_a_missing_file_is_named(corpus: Toy, tmp_path: Path) -> None:
    """A source whose file is nowhere stops the command with the file's name."""
    recipe = toy_training(sources=[{"name": "x", "kind": "text", "file": "nowhere.jsonl", "weight": 1}])
    path = write_recipe(tmp_path / "missing.yaml", recipe)
    result = run("pretrain", path, "--data", corpus.data, "--tokenizer", corpus.tokenizer, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "nowhere.jsonl" in result.output
