"""Records written again with other words: what is exchanged is exchanged everywhere, and nothing else changes."""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

DATA = Path(__file__).parents[2] / "config" / "train" / "data"
MEMORY = "You are a helpful assistant. What you remember about this person:\n"
CHAT = {
    "messages": [
        {"role": "system", "content": f"{MEMORY}- Lives in Oslo\n- Has a dog called Rex\n- Room number: 417"},
        {"role": "user", "content": "Where do I live, and what is the number of my room?"},
        {"role": "assistant", "content": "You live in Oslo, and your room has the number 417."},
    ],
    "lang": "en",
}
SUMMARY = {"document": "王芳星期三去北京，一共320元。", "summary": "王芳星期三去北京，320元。", "lang": "zh"}


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(DATA))
    yield importlib.import_module("make_swaps")
    for name in ("make_swaps", "corpus"):
        sys.modules.pop(name, None)


def test_a_chat_keeps_its_manner_and_its_truth(maker: ModuleType, tmp_path: Path) -> None:
    """The new city and number stand in fact and answer alike, and the sentences around them stay."""
    file = tmp_path / "chats.jsonl"
    file.write_text(json.dumps(CHAT) + "\n")
    made = list(maker.records(file))
    assert len(made) == maker.COPIES
    assert any(record["messages"] != CHAT["messages"] for record in made)
    for record in made:
        facts, _, answer = (message["content"] for message in record["messages"])
        found = re.fullmatch(r"You live in (.+), and your room has the number (\d{3})\.", answer)
        assert found is not None
        told = set(facts.removeprefix(MEMORY).split("\n"))
        assert {f"- Lives in {found[1]}", f"- Room number: {found[2]}"} < told
        assert len(told) == 3


def test_a_summary_changes_with_its_document(maker: ModuleType, tmp_path: Path) -> None:
    """What a summary says stands in its document still, in Chinese too."""
    file = tmp_path / "summaries.jsonl"
    file.write_text(json.dumps(SUMMARY, ensure_ascii=False) + "\n", encoding="utf-8")
    made = list(maker.records(file))
    assert len({record["summary"] for record in made}) > 1
    for record in made:
        assert record["document"].replace("一共", "") == record["summary"]


def test_the_same_input_gives_the_same_output(maker: ModuleType, tmp_path: Path) -> None:
    """A training can be repeated."""
    file = tmp_path / "chats.jsonl"
    file.write_text((json.dumps(CHAT) + "\n") * 3)
    assert list(maker.records(file)) == list(maker.records(file))
