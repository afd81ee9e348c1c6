"""Metrics of texts: translations, summaries, variety."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botframework.errors import DataError
from botframework.evaluation.diversity import distinct, diversities, diversity, repetition
from botframework.evaluation.rouge import rouge, tokens
from botframework.evaluation.suite import Suite
from botframework.evaluation.summary import summaries
from botframework.evaluation.translation import bleu_and_chrf, translations
from tests.evaluation.conftest import Scripted, write_lines

LANGUAGES = {"src_lang": "en", "tgt_lang": "fr"}
PAIRS: list[dict[str, Any]] = [
    {"src": "The cat sleeps now.", "tgt": "Le chat dort.", "refs": ["Le chat dort.", "Le chat dort maintenant."]},
    {"src": "The dog eats today.", "tgt": "Le chien mange aujourd'hui."},
]


def test_translations_are_scored_with_all_references_with_one_and_back(tmp_path: Path) -> None:
    """BLEU and chrF with signatures; the way back has the source as its reference."""
    file = write_lines(tmp_path / "translation.toy.en-fr.jsonl", [LANGUAGES | pair for pair in PAIRS])
    answers = {
        "Translate into French:\nThe cat sleeps now.": "Le chat dort maintenant.",
        "Translate into French:\nThe dog eats today.": "Le chien mange aujourd'hui.",
    }
    subject = Scripted(lambda asked: answers.get(asked, "The cat sleeps now."))
    there, back = translations(Suite(name="t", kind="translation", reverse=True), [file], subject, None)
    found = {measure.name: measure for measure in there.measures}
    assert there.name == "translation.toy.en-fr en→fr"
    assert found["BLEU"].value == pytest.approx(100)
    assert found["chrF"].value == pytest.approx(100)
    assert found["BLEU (one reference)"].value < 100
    assert "tok:13a" in found["BLEU"].detail
    assert "nrefs:var" in found["BLEU"].detail
    assert back.name.endswith("fr→en")
    assert subject.chats[-1][0]["content"] == "Translate into English:\nLe chien mange aujourd'hui."
    assert 0 < back.measures[0].value < 100


@pytest.mark.parametrize("references", ["Le chat dort.", ["Le chat dort.", ""], [1]])
def test_references_that_are_no_texts_are_refused(tmp_path: Path, references: Any) -> None:
    """A text in place of a list would be taken letter by letter."""
    file = write_lines(tmp_path / "translation.x.jsonl", [LANGUAGES | PAIRS[0] | {"refs": references}])
    with pytest.raises(DataError, match="record 1: refs: expected a list of texts"):
        list(translations(Suite(name="t", kind="translation"), [file], Scripted(str), None))


def test_variety_needs_a_message_of_the_person(tmp_path: Path) -> None:
    """A chat of the assistant alone asks nothing; a prompt is a message."""
    file = write_lines(tmp_path / "chat.x.jsonl", [{"messages": [{"role": "assistant", "content": "hello"}]}])
    with pytest.raises(DataError, match="record 1: messages"):
        list(diversities(Suite(name="d", kind="diversity"), [file], Scripted(str), None))
    file = write_lines(tmp_path / "chat.x.jsonl", [{"prompt": "Hi", "completion": "Hello"}])
    [part] = diversities(Suite(name="d", kind="diversity"), [file], Scripted(str.upper), None)
    assert part.answers[0].answer == "HI"


def test_chinese_is_scored_by_characters() -> None:
    """BLEU's zh tokeniser gives part of the score to part of a sentence without blanks."""
    bleu, _ = bleu_and_chrf(["我明天去北京看朋友。"], [["我明天去北京找朋友。"]], "zh")
    assert "tok:zh" in bleu.detail
    assert 40 < bleu.value < 100


def test_rouge_takes_han_by_character_and_keeps_letters_with_marks() -> None:
    """Chinese and French are scored as well as English."""
    assert tokens("Où est Miro？他在家。") == ["où", "est", "miro", "他", "在", "家"]
    [half, other] = rouge(["图书馆关闭", "Où"], ["图书馆七月关闭两周", "ou"], ["rougeL"])
    assert half["rougeL"] == pytest.approx(100 * 2 * (1.0 * 5 / 9) / (1 + 5 / 9))
    assert other["rougeL"] == 0


def test_summaries_are_scored_by_language(tmp_path: Path) -> None:
    """A file with two languages gives three parts; the request is the contract's."""
    file = write_lines(
        tmp_path / "summarise.x.jsonl",
        [
            {"document": "The pool is closed. It is cleaned.", "summary": "The pool is closed.", "lang": "en"},
            {"document": "泳池关闭。正在清洗。", "summary": "泳池关闭。", "lang": "zh"},
        ],
    )
    subject = Scripted(lambda asked: "The pool is closed." if "pool" in asked else "开放")
    parts = list(summaries(Suite(name="s", kind="summary"), [file], subject, None))
    assert [part.name for part in parts] == ["summarise.x", "summarise.x [en]", "summarise.x [zh]"]
    assert [part.measures[0].value for part in parts] == [50, 100, 0]
    assert subject.chats[1][0]["content"] == "总结：\n泳池关闭。正在清洗。"


def test_variety_and_repetition_are_told_apart() -> None:
    """Equal answers lower distinct-n, a loop within an answer raises repetition."""
    assert distinct(["a b", "a c"], 1) == 0.75
    assert distinct([], 2) == 0
    assert repetition("one two three four five") == 0
    assert repetition("a b c d a b c d a b c d") > 0.5
    found = {measure.name: measure.value for measure in diversity(["hello", "hello", ""])}
    assert found["same answer"] == pytest.approx(100 / 3)
    assert found["empty"] == pytest.approx(100 / 3)
