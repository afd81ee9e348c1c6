"""Recipes: one YAML file says everything, shown in full on demand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from botframework.training.recipe import LanguageModelRecipe, RecipeError, load_recipe
from tests.training.conftest import Toy, run, toy_sources, toy_training, write_recipe


def test_print_shows_every_default_and_what_options_override(corpus: Toy, tmp_path: Path) -> None:
    """`--print` writes the recipe with nothing left out, and trains nothing; what it prints is a recipe."""
    path = write_recipe(tmp_path / "short.yaml", toy_training(data="elsewhere", out=str(tmp_path / "out")))
    result = run("pretrain", path, "--data", corpus.data, "--print")
    assert result.exit_code == 0, result.output
    shown = yaml.safe_load(result.output)
    assert shown["data"] == str(corpus.data)
    assert shown["optimiser"]["decay_share"] == 0.2
    assert shown["keep_checkpoints"] == 2
    assert shown["sources"][0]["held_out"] == 4
    assert not (tmp_path / "out").exists()
    again = load_recipe(write_recipe(tmp_path / "full.yaml", shown), LanguageModelRecipe)
    assert again.model_dump(mode="json") == shown


@pytest.mark.parametrize("command", ["tokenizer", "embedder"])
def test_print_works_for_the_other_commands(tmp_path: Path, command: str) -> None:
    """Tokenizer and embedder recipes are shown in full too."""
    source = {"name": "x", "kind": "translation", "file": "x.jsonl", "weight": 1}
    result = run(command, write_recipe(tmp_path / "recipe.yaml", {"sources": [source]}), "--print")
    assert result.exit_code == 0, result.output
    shown = yaml.safe_load(result.output)
    assert shown["sources"][0]["max_chars"] == 2000
    assert {"tokenizer": "whole_han", "embedder": "temperature"}[command] in shown


def test_a_recipe_alone_is_enough(corpus: Toy, tmp_path: Path) -> None:
    """Data, tokenizer and output folder may stand in the recipe; the shortest run tells its loss."""
    folders = {"data": str(corpus.data), "tokenizer": str(corpus.tokenizer), "out": str(tmp_path / "out")}
    recipe = write_recipe(tmp_path / "recipe.yaml", toy_training(max_steps=2, **folders))
    result = run("pretrain", recipe)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "checkpoint" / "config.json").is_file()
    lines = [json.loads(line) for line in (tmp_path / "out" / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "loss" in line] == [2]
    (part,) = json.loads((tmp_path / "out" / "environment.json").read_text())["parts"]
    assert part["threads"] == 1  # as the recipe says


@pytest.mark.parametrize("missing", ["data", "tokenizer", "out"])
def test_a_folder_that_nobody_names_is_asked_for(corpus: Toy, tmp_path: Path, missing: str) -> None:
    """The message names the option and the key."""
    folders = {"data": str(corpus.data), "tokenizer": str(corpus.tokenizer), "out": str(tmp_path / "out")}
    del folders[missing]
    result = run("pretrain", write_recipe(tmp_path / "recipe.yaml", toy_training(**folders)))
    assert result.exit_code == 2
    assert f"--{missing} FOLDER" in result.output
    assert f"`{missing}: FOLDER`" in result.output


def test_a_run_without_an_end_is_refused(tmp_path: Path) -> None:
    """A recipe needs max_steps or max_minutes."""
    path = write_recipe(tmp_path / "endless.yaml", toy_training(max_steps=None))
    with pytest.raises(RecipeError, match="max_steps or max_minutes is needed"):
        load_recipe(path, LanguageModelRecipe)


def test_early_stopping_on_a_source_that_holds_nothing_out_is_refused(corpus: Toy, tmp_path: Path) -> None:
    """A typing error in early_stopping.source is found before the first step."""
    folders = {"data": str(corpus.data), "tokenizer": str(corpus.tokenizer), "out": str(tmp_path / "out")}
    recipe = write_recipe(tmp_path / "recipe.yaml", toy_training(early_stopping={"source": "en-frr"}, **folders))
    result = run("pretrain", recipe)
    assert result.exit_code == 2
    assert "early_stopping.source: en-frr has no held-out examples; choose one of en-fr" in result.output


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sources": []}, "sources: Tuple should have at least 1 item"),
        ({"sources": toy_sources()[:1] * 2}, "two sources are called en-fr"),
        ({"row_toknes": 5}, "row_toknes: no such setting; did you mean row_tokens?"),
        ({"shape": {"zzz": 5}}, "shape.zzz: no such setting; --print shows them all"),
        ({"sources": "pairs.jsonl"}, "sources: Input should be a valid tuple"),
        (
            {"sources": [{**toy_sources()[0], "weight": float("inf")}]},
            "sources.0.weight: Input should be a finite number",
        ),
        ({"sources": [{**toy_sources()[0], "kind": "translations"}]}, "sources.0.kind: Input should be 'translation'"),
        ({"shape": {"heads": 4, "kv_heads": 3}}, "heads: 4 cannot be shared out evenly among 3 kv_heads"),
        ({"shape": {"head_dim": 7}}, "shape.head_dim: Input should be a multiple of 2"),
        ({"max_steps": "many"}, "max_steps: Input should be a valid integer"),
    ],
)
def test_a_recipe_that_cannot_work_is_refused_with_its_key(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    """What would fail in the middle of a run is found when the recipe is read."""
    with pytest.raises(RecipeError) as error:
        load_recipe(write_recipe(tmp_path / "r.yaml", toy_training(**changes)), LanguageModelRecipe)
    assert f"r.yaml: {message}" in str(error.value) or message in str(error.value)


@pytest.mark.parametrize("text", [b"max_steps: [", b"- a list", b"", b"name: caf\xe9"])
def test_what_is_no_recipe_is_told_with_its_file(tmp_path: Path, text: bytes) -> None:
    """Broken YAML, something else than settings, nothing at all, and another encoding are one line each."""
    (tmp_path / "r.yaml").write_bytes(text)
    for command in ("tokenizer", "pretrain", "finetune", "embedder"):
        result = run(command, tmp_path / "r.yaml")
        assert result.exit_code == 2
        assert f"{tmp_path / 'r.yaml'}: " in result.output


def test_a_recipe_from_windows_is_read(tmp_path: Path) -> None:
    """A byte order mark and line ends of two characters are no part of the settings."""
    path = write_recipe(tmp_path / "r.yaml", toy_training())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_recipe(path, LanguageModelRecipe).max_steps == 30
