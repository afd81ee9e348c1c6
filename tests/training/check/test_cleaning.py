"""Copying a data set without what must not be trained on."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from botframework.training.check import Cleaned, clean_files
from botframework.training.readers import open_reader
from botframework.training.recipe import RecipeError
from tests.training.conftest import write_lines

HELD_OUT = "The old ferryman counted seven lanterns on the quiet river."
PAIR = {"src_lang": "en", "tgt_lang": "fr", "src": "The cat sleeps.", "tgt": "Le chat dort."}


def test_bad_records_and_evaluation_texts_stay_out(tmp_path: Path) -> None:
    """The copy holds the other records as they were, at its place below the folder, and the counts are told."""
    (tmp_path / "set/inside").mkdir(parents=True)
    write_lines(tmp_path / "eval.jsonl", [{"src": HELD_OUT}])
    leak = {"messages": [{"role": "user", "content": "Continue."}, {"role": "assistant", "content": HELD_OUT.upper()}]}
    write_lines(tmp_path / "set/inside/a.jsonl", [PAIR, "{nope", leak, {**PAIR, "tgt": 3}, {**PAIR, "src": "它睡了。"}])
    pq.write_table(pa.Table.from_pylist([{"text": "Some prose."}, {"text": HELD_OUT}]), tmp_path / "set/b.parquet")
    done = list(clean_files([tmp_path / "set"], [tmp_path / "eval.jsonl"], tmp_path / "out"))
    assert done == [
        Cleaned(tmp_path / "out/b.jsonl.xz", kept=1, overlapping=1),
        Cleaned(tmp_path / "out/inside/a.jsonl", kept=2, bad=2, overlapping=1),
    ]
    lines = (tmp_path / "out/inside/a.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [PAIR, {**PAIR, "src": "它睡了。"}]
    assert list(open_reader(tmp_path / "out/b.jsonl.xz")) == [{"text": "Some prose."}]


def test_nothing_that_is_read_is_written_over(tmp_path: Path) -> None:
    """A copy onto its own source, or two copies of one name, are refused before anything is written."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_lines(tmp_path / folder / "a.jsonl", [PAIR])
    with pytest.raises(RecipeError, match="written over a file that is read"):
        list(clean_files([tmp_path / "one"], [tmp_path / "two"], tmp_path / "one"))
    with pytest.raises(RecipeError, match="another file is written to"):
        list(clean_files([tmp_path / "one", tmp_path / "two"], [tmp_path / "two"], tmp_path / "out"))
    assert not (tmp_path / "out").exists()
    assert json.loads((tmp_path / "one/a.jsonl").read_text(encoding="utf-8")) == PAIR
