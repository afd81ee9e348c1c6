"""The command `botframework data check`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from botframework.cli.data import app
from botframework.training.recipe import RecipeError

GOOD = {
    "src_lang": "en",
    "tgt_lang": "de",
    "src": "The cat sleeps in the garden.",
    "tgt": "Die Katze schläft im Garten.",
}


def write(path: Path, *records: Any) -> Path:
    """JSON lines; a text is written as it is."""
    lines = [r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in records]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_clean_file_passes_and_is_described(tmp_path: Path) -> None:
    """The report names kinds and languages, and the exit status is 0."""
    result = CliRunner().invoke(app, ["check", str(write(tmp_path / "f.jsonl", GOOD))])
    assert result.exit_code == 0, result.output
    assert "1 good records in 1 files, none bad" in " ".join(result.output.split())
    assert "en > de" in result.output


def test_a_bad_record_is_shown_with_its_place_and_fails(tmp_path: Path) -> None:
    """The exit status is 1, and the table says what is wrong in which field."""
    file = write(tmp_path / "f.jsonl", GOOD, {**GOOD, "tgt": ""}, "{")
    result = CliRunner().invoke(app, ["check", str(file)])
    assert result.exit_code == 1
    told = " ".join(result.output.split())
    assert "Bad records: 2" in told
    assert 'f.jsonl:2 tgt expected text, got ""' in told


def test_the_report_as_json_and_html(tmp_path: Path) -> None:
    """Both hold what was found; only overlap and bad records fail."""
    file = write(tmp_path / "f.jsonl", GOOD, GOOD)
    html = tmp_path / "out" / "report.html"
    arguments = ["check", str(file), "--against", str(write(tmp_path / "e.jsonl", {"src": GOOD["src"]}))]
    result = CliRunner().invoke(app, [*arguments, "--json", "--html", str(html)])
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["overlaps"], report["exact_duplicates"], report["passed"]) == (2, 1, False)
    assert report["detected"] == {"en": 2, "de": 2}
    assert "e.jsonl:1" in html.read_text(encoding="utf-8")


def test_wrong_use_is_told(tmp_path: Path) -> None:
    """An unknown kind, a missing file and a folder without a tokenizer are errors of the framework's own."""
    file = write(tmp_path / "f.jsonl", GOOD)
    for arguments, message in (
        ([str(file), "--kind", "poem"], "expected one of translation, summary"),
        ([str(tmp_path / "gone.jsonl")], "no such file"),
        ([str(file), "--tokenizer", str(tmp_path)], "holds no tokenizer.json"),
    ):
        result = CliRunner().invoke(app, ["check", *arguments])
        assert isinstance(result.exception, RecipeError)
        with pytest.raises(RecipeError, match=message):
            raise result.exception
