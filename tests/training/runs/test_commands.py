"""`botframework runs`: list, show, compare."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from botframework.cli.runs import app
from botframework.training.recipe import RecipeError
from botframework.training.runs import RunFolder
from tests.training.runs.conftest import write_run


def run(*arguments: str | Path) -> str:
    """What `botframework runs …` prints."""
    result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two finished runs that differ, one that failed, and things that are no runs."""
    root = tmp_path_factory.mktemp("runs")
    write_run(root / "first")
    write_run(root / "deep" / "second", seed=0.5, recipe={"max_steps": 100, "optimiser": {"lr": 0.01}, "dropout": 0.1})
    with pytest.raises(ValueError, match="nan"), RunFolder.open(root / "broken", {}, kind="pretrain"):
        raise ValueError("nan")
    (root / "notes").mkdir()
    (root / "first" / "checkpoint").mkdir()
    return root


def test_list_names_every_run_with_its_state_and_scores(root: Path) -> None:
    """A table for people, and the same as JSON lines; an error is told in full."""
    text = run("list", "--root", root)
    first = next(line for line in text.splitlines() if line.startswith("first"))
    assert all(part in first for part in ("finetune", "finished", "100", "2.25", "30.5"))
    assert "deep/second" in text
    assert "broken failed: ValueError: nan" in text
    rows = {row["name"]: row for row in map(json.loads, run("list", "--root", root, "--json").splitlines())}
    assert set(rows) == {"first", "deep/second", "broken"}
    assert rows["broken"]["state"] == "failed"
    assert rows["first"]["scores"] == {"BLEU": 30.5}
    assert rows["first"]["steps"] == 100


def test_list_of_a_folder_without_runs_says_where_they_come_from(tmp_path: Path) -> None:
    """No runs is an answer, not an error, also where the folder does not exist."""
    assert "no runs in" in run("list", "--root", tmp_path / "nowhere")


def test_a_broken_run_hides_no_other(tmp_path: Path) -> None:
    """A run whose state cannot be read is told, and the others are listed."""
    write_run(tmp_path / "good", steps=10)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.json").write_text('{"kind": "pre', encoding="utf-8")
    result = CliRunner().invoke(app, ["list", "--root", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "good" in result.stdout
    assert "run.json: not a run's state" in result.stderr


def test_show_finds_a_run_by_name_or_path_and_writes_its_report_anew(root: Path) -> None:
    """Figures, scores and files are shown; --report makes the report again."""
    (root / "deep" / "second" / "report.html").unlink()
    text = run("show", "second", "--root", root, "--report")
    for part in ("finished", "steps", "BLEU", "+20", "en-fr", "metrics.jsonl", "report.html"):
        assert part in text
    assert (root / "deep" / "second" / "report.html").is_file()
    shown = json.loads(run("show", root / "first", "--json"))
    assert shown["last"]["step"] == 100
    with pytest.raises(RecipeError, match="runs list"):
        run("show", "third", "--root", root)


def test_compare_pairs_scores_and_shows_what_the_recipes_change(root: Path, tmp_path: Path) -> None:
    """Changed settings, scores side by side, held-out losses paired by step; with --out curves and a page."""
    text = run("compare", "first", "second", "--root", root, "--out", tmp_path / "out")
    settings = text[text.index("Settings that differ") :]
    assert [line.split() for line in settings.splitlines() if line.startswith(("optimiser.lr", "dropout"))] == [
        ["optimiser.lr", "0.003", "0.01"],
        ["dropout", "–", "0.1"],
    ]
    assert "max_steps" not in settings
    with Image.open(tmp_path / "out" / "curves.png") as curves:
        assert curves.width > 1000
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert page.count("data:image/png") == 8
    assert "你好！" in page
    found = json.loads(run("compare", "first", "second", "--root", root, "--json"))
    assert found["scores"]["BLEU"] == [30.5, 30.0]
    pairs = {pair["source"]: pair for pair in found["held_out"]}
    assert set(pairs) == {"en-fr", "中文", "mean"}
    for pair in pairs.values():
        assert pair["difference"] == pytest.approx(0.5)
        assert pair["error"] == pytest.approx(0.0, abs=1e-9)
        assert (pair["steps"], pair["lower"]) == (6, 0)


def test_compare_of_a_run_with_itself_finds_nothing(root: Path) -> None:
    """Equal recipes are said to be equal."""
    assert "The recipes are the same." in run("compare", root / "first", root / "first")
