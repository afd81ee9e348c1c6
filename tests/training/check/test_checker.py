"""Checking a data set as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from botframework.training.check import Checks, check_files
from botframework.training.check.tallies import LanguageTally, LengthTally
from botframework.training.recipe import RecipeError
from tests.training.conftest import write_lines

PAIR = {"src_lang": "en", "tgt_lang": "fr", "src": "The cat sleeps.", "tgt": "Le chat dort.", "source": "toy"}
CHAT: dict[str, Any] = {
    "messages": [
        {"role": "user", "content": "Where does the small white cat sleep at night?"},
        {"role": "assistant", "content": "In the kitchen, next to the warm oven."},
    ]
}


def write(folder: Path) -> list[Path]:
    """Two files with something of everything in them."""
    write_lines(
        folder / "a.jsonl",
        [PAIR, {**PAIR, "tgt": 3}, "", "{nope", CHAT, PAIR, {"x": 1}, [1], {**PAIR, "tgt": "Write to jo@posteo.de"}],
    )
    changed = json.loads(json.dumps(CHAT).replace("oven", "ovens"))
    write_lines(folder / "b.jsonl", [changed, {"document": "A long text.", "summary": "Text.", "lang": "en"}])
    return [folder / "a.jsonl", folder / "b.jsonl"]


def test_everything_is_counted_with_its_place(tmp_path: Path) -> None:
    """Kinds, sources, bad records, duplicates and personal data, each with file and line."""
    report = check_files(write(tmp_path), Checks())
    assert (report.records, report.bad) == (6, 4)
    assert report.files == {"a.jsonl": 4, "b.jsonl": 2}
    assert report.kinds == {"translation": 3, "messages": 2, "summary": 1}
    assert report.problems[0] == "a.jsonl:2: tgt: expected text, got 3"
    assert report.problems[1].startswith("a.jsonl:4: record: not JSON")
    assert report.problems[2].startswith("a.jsonl:7: record: none of the known fields")
    assert report.problems[3] == "a.jsonl:8: record: expected an object, got list"
    assert report.exact_pairs == [("a.jsonl:1", "a.jsonl:6")]
    assert report.near_pairs == [("a.jsonl:5", "b.jsonl:1")]
    assert report.declared == {"en > fr": 3, "en": 1}
    assert report.personal == {"e-mail": 1}
    assert report.personal_places == [("e-mail", "a.jsonl:9: jo…de")]
    assert report.sources["toy"][0] == 3
    assert not report.passed
    json.dumps(report.as_json())


def test_a_clean_set_passes_and_every_table_can_be_written(tmp_path: Path) -> None:
    """Neither duplicates nor personal data fail a set; the tables are rectangular."""
    write(tmp_path)
    assert check_files([tmp_path / "b.jsonl"], Checks()).passed
    for table in check_files(
        [tmp_path], Checks(against=(tmp_path,), row_tokens=3, count_tokens=lambda t: [5] * len(t))
    ).tables():
        assert all(len(row) == len(table.columns) for row in table.rows), table.title


def test_overlap_with_an_evaluation_set_is_told_by_both_places(tmp_path: Path) -> None:
    """JSON lines, YAML and plain text all serve as evaluation sets."""
    paths = write(tmp_path)
    sets = tmp_path / "eval"
    sets.mkdir()
    write_lines(sets / "e.jsonl", [{"src": "Unheard of by anybody here."}, {"src": "the cat sleeps"}])
    (sets / "q.yaml").write_text("- {id: x, question: Where does the small white cat sleep at night}\n")
    (sets / "t.txt").write_text("A line of its own.\n")
    report = check_files(paths, Checks(against=(sets,)))
    found = [(hit.record, hit.evaluation, hit.num_words) for hit in report.hits]
    assert found == [("a.jsonl:5", "q.yaml:1", 9), ("b.jsonl:1", "q.yaml:1", 9)]
    assert (report.evaluation_texts, report.overlaps, report.short_overlaps) == (3, 2, 0)
    with pytest.raises(RecipeError, match=r"gone: no such file"):
        check_files(paths, Checks(against=(tmp_path / "gone",)))


def test_tokens_are_counted_against_a_row(tmp_path: Path) -> None:
    """What is longer than a row is counted."""
    report = check_files(write(tmp_path), Checks(count_tokens=lambda texts: list(map(len, texts)), row_tokens=40))
    assert report.longer_than_row == 2
    assert report.lengths[-1].what == "tokens"


def test_a_kind_can_be_demanded(tmp_path: Path) -> None:
    """Then every other record is bad."""
    report = check_files([write(tmp_path)[1]], Checks(kind="messages"))
    assert (report.records, report.problems) == (1, ["b.jsonl:2: messages: missing"])


def test_languages_are_compared_with_what_is_declared() -> None:
    """A text that looks like another language is counted by both; a region is no other language."""
    tally = LanguageTally(lambda text: "zh" if "猫" in text else None)
    tally.add("一只猫", "en", "a:1")
    tally.add("一只猫", "zh-CN", "a:2")
    tally.add("cat", "en", "a:3")
    tally.add("猫", "", "a:4")
    assert tally.disagreements == {"en, zh": 1}
    assert tally.detected == {"zh": 3, "unknown": 1}
    assert tally.places == ["a:1: en, looks like zh: 一只猫"]


def test_percentiles_of_lengths() -> None:
    """Small lengths are exact, large ones to two places."""
    tally = LengthTally()
    for length in range(1, 1001):
        tally.add(length)
    tally.add(123_456)
    found = tally.lengths("x")
    assert (found.count, found.p5, found.p50, found.p95, found.longest) == (1001, 51, 501, 951, 123_456)
    assert LengthTally().lengths("x").p50 == 0


def test_a_folder_without_data_is_told(tmp_path: Path) -> None:
    """The message names what is looked for."""
    with pytest.raises(RecipeError, match=r"no file in it ends with \.jsonl"):
        check_files([tmp_path], Checks())


def test_two_files_of_one_name_are_told_by_their_paths(tmp_path: Path) -> None:
    """A place leads to one file only."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_lines(tmp_path / folder / "f.jsonl", [{}])
    report = check_files([tmp_path], Checks())
    assert [problem.split(":")[0] for problem in report.problems] == [
        str(tmp_path / x / "f.jsonl") for x in ("one", "two")
    ]
