"""Every block of docs/fine_tuning.md is run, or checked against what it is an example of."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from botframework.config import load
from botframework.training.recipe import Kind, load_recipe
from botframework.training.tuning.recipe import TuneRecipe
from botframework.training.validation import problem_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/fine_tuning.md").read_text(encoding="utf-8")
BLOCKS = [(token.info, token.content) for token in MarkdownIt().parse(PAGE) if token.type == "fence"]
KINDS: dict[str, Kind] = {"messages": "messages", "preference": "preference", "thumbs": "thumbs"}


def of_kind(info: str) -> list[str]:
    """The blocks with this info string."""
    return [content for found, content in BLOCKS if found == info]


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    """No block stands on the page that nothing looks at."""
    known = {"bash", "yaml recipe", "yaml bot", *(f"json {kind}" for kind in KINDS)}
    assert {info for info, _ in BLOCKS} == known


@pytest.mark.parametrize("recipe", of_kind("yaml recipe"))
def test_recipes_are_read_without_a_complaint(recipe: str, tmp_path: Path) -> None:
    """A recipe of the page is a whole recipe."""
    path = tmp_path / "recipe.yaml"
    path.write_text(recipe, encoding="utf-8")
    assert load_recipe(path, TuneRecipe).model


@pytest.mark.parametrize("name", ["lora", "dpo", "kto"])
def test_recipes_that_the_page_runs_are_read(name: str) -> None:
    """The files in config/train that the page names are whole recipes."""
    assert load_recipe(ROOT / f"config/train/{name}.yaml", TuneRecipe).model == "mini"


@pytest.mark.parametrize("kind", KINDS)
def test_records_are_good_ones(kind: str) -> None:
    """Each line of an example of a data format is a good record of that format."""
    [block] = of_kind(f"json {kind}")
    for line in block.splitlines():
        assert problem_of(json.loads(line), KINDS[kind]) is None


def test_settings_of_the_bot_are_read(tmp_path: Path) -> None:
    """The bot's settings on the page give the chat skill its own weights."""
    [block] = of_kind("yaml bot")
    (tmp_path / "config.yaml").write_text(block, encoding="utf-8")
    assert load(tmp_path / "config.yaml").skills["chat"].lora == "pirate"


@pytest.mark.timeout(600)
def test_commands_run_one_after_another(tmp_path: Path) -> None:
    """The page's commands, in its order, with the runs cut short, leave weights that a bot answers with."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    recipes = tmp_path / "config/train"
    recipes.mkdir(parents=True)
    for name in ("lora", "dpo", "kto"):
        text = (ROOT / f"config/train/{name}.yaml").read_text(encoding="utf-8")
        text = re.sub(r"^max_steps:.*\n", "", text, flags=re.MULTILINE)
        text = re.sub(r"^samples:\n(  - .*\n)+", "", text, flags=re.MULTILINE)
        (recipes / f"{name}.yaml").write_text(f"{text}max_steps: 2\n", encoding="utf-8")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_DATA_HOME": str(tmp_path / "share"),
        "OMP_NUM_THREADS": "1",
    }
    shown = ""
    for script in of_kind("bash"):
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=400,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        shown += result.stdout
    assert {folder.name for folder in (tmp_path / "lora").iterdir()} == {"pirate", "dpo", "kto"}
    assert "base:                    mini" in shown
    assert "made" in shown
    assert "models/pirate" in shown.splitlines()[-2]
