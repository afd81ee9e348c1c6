"""What the data's settings of a recipe do to a run, through the real command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.training.conftest import Toy, run, toy_records, toy_training, write_lines, write_recipe


def write_data(folder: Path) -> Path:
    """Translations with a bad record among them, and preferences."""
    folder.mkdir()
    pairs: list[Any] = toy_records()["pairs.jsonl"]
    write_lines(folder / "pairs.jsonl", [*pairs[:10], {**pairs[0], "tgt": ""}, *pairs[10:]])
    write_lines(
        folder / "liked.jsonl",
        [{"prompt": f"What of {n}?", "chosen": f"Yes, {n}.", "rejected": "No."} for n in range(30)],
    )
    return folder


SOURCES = [
    {
        "name": "pairs",
        "kind": "translation",
        "file": "pairs.jsonl",
        "weight": 1,
        "held_out": 4,
        "stream": True,
        "buffer": 16,
        "reverse": 0.5,
        "noise": {"share": 0.5},
    },
    {"name": "liked", "kind": "preference", "file": "liked.jsonl", "weight": 1, "held_out": 4},
]


def test_a_run_over_a_stream_tells_its_bad_records_at_the_end(corpus: Toy, tmp_path: Path) -> None:
    """A streamed source, augmentation, preferences and a temperature train together; the bad record is counted."""
    data = write_data(tmp_path / "data")
    recipe = write_recipe(tmp_path / "r.yaml", toy_training(max_steps=12, temperature=2.0, sources=SOURCES))
    out = tmp_path / "out"
    result = run("pretrain", recipe, "--data", data, "--tokenizer", corpus.tokenizer, "--out", out)
    assert result.exit_code == 0, result.output
    assert 'pairs.jsonl:11: tgt: expected text, got ""' in result.output
    assert "1 bad of" in result.output
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert next(line["bad_records"] for line in reversed(lines) if "bad_records" in line) == 1


def test_a_strict_run_stops_at_the_bad_record(corpus: Toy, tmp_path: Path) -> None:
    """`strict: true` makes it an error that names the record."""
    data = write_data(tmp_path / "data")
    recipe = write_recipe(tmp_path / "r.yaml", toy_training(max_steps=12, strict=True, sources=SOURCES))
    out = tmp_path / "out"
    result = run("pretrain", recipe, "--data", data, "--tokenizer", corpus.tokenizer, "--out", out)
    assert result.exit_code != 0
    assert "pairs.jsonl:11: tgt" in result.output + str(result.exception)
