"""Summaries made of a document's own sentences: whole ones, in their order, those that say what was asked for."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

DATA = Path(__file__).parents[2] / "config" / "train" / "data"
DOCUMENT = (
    "The library closes for two weeks. The staff thanks everybody. New shelves are built. It opens on 4 May at ten."
)


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(DATA))
    yield importlib.import_module("make_extracts")
    for name in ("make_extracts", "corpus"):
        sys.modules.pop(name, None)


def test_an_extract_holds_the_sentences_that_matter(maker: ModuleType) -> None:
    """What the summary says is kept, the rest is not, and the order is the document's."""
    found = maker.extract(DOCUMENT, "It opens on 4 May after the library closes for two weeks.")
    assert found == "The library closes for two weeks. It opens on 4 May at ten."


def test_chinese_and_lines_are_parted_where_sentences_end(maker: ModuleType) -> None:
    """A line without a full stop is a sentence of its own, and Chinese sentences are joined without a gap."""
    assert maker.sentences("主题：停水\n明天停水。请储水！谢谢") == ["主题：停水", "明天停水。", "请储水！", "谢谢"]
    assert maker.extract("通知\n明天上午停水。大家好吗？请先储水。", "明天停水，请储水") == "明天上午停水。请先储水。"


def test_a_document_without_its_summary_is_left_out(maker: ModuleType, tmp_path: Path) -> None:
    """No word in common: there is nothing to learn from it."""
    file = tmp_path / "summaries.jsonl"
    rows = [("One two three. Four five.", "four"), ("One two.", "nine")]
    lines = [json.dumps({"document": document, "summary": summary, "lang": "en"}) for document, summary in rows]
    file.write_text("\n".join(lines))
    assert [record["summary"] for record in maker.records([file])] == ["Four five."]
