"""Spoiling a text as people do."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botframework.training.noising import spoil, typo
from botframework.training.recipe import Noise

NONE = {"share": 1.0, "typo": 0, "lowercase": 0, "punctuation": 0, "drop": 0, "duplicate": 0, "swap": 0}
TEXT = "The quick brown fox jumps over the lazy dog, doesn't it? It costs 3.50 euros."


def spoilt(text: str = TEXT, seed: int = 0, **changes: float) -> str:
    """The text with one kind of mistake."""
    return spoil(text, Noise.model_validate({**NONE, **changes}), Random(seed))


def test_no_noise_changes_nothing() -> None:
    """With every chance at zero a text stays, its line breaks too."""
    assert spoilt("One line.\nAnother  line.").split() == ["One", "line.", "Another", "line."]
    assert spoilt() == TEXT
    assert spoilt(share=0, typo=1, lowercase=1) == TEXT


def test_each_kind_of_mistake_does_what_it_says() -> None:
    """Capitals, punctuation, words left out, doubled and swapped."""
    assert spoilt(lowercase=1) == TEXT.lower()
    assert spoilt(punctuation=1) == "The quick brown fox jumps over the lazy dog doesn't it It costs 3.50 euros"
    assert len(spoilt(drop=0.5).split()) < len(TEXT.split())
    assert spoilt(duplicate=1).split() == [word for word in TEXT.split() for _ in range(2)]
    assert sorted(spoilt(swap=0.5).split()) == sorted(TEXT.split())
    assert spoilt(swap=0.5) != TEXT
    assert spoilt(typo=1) != TEXT


def test_chinese_is_spoilt_by_characters() -> None:
    """Chinese has no spaces to lose and gets none."""
    assert spoilt("我今天很高兴。", punctuation=1) == "我今天很高兴"
    assert spoilt("我今天很高兴。", duplicate=1) == "我我今今天天很很高高兴兴。。"
    assert spoilt("我今天很高兴。", typo=1) == "我今天很高兴。"


def test_a_number_is_never_mistyped() -> None:
    """Another number would be another meaning."""
    assert {typo(word, Random(seed)) for word in ("1984", "B2B", "12:30") for seed in range(20)} == {
        "1984",
        "B2B",
        "12:30",
    }


@pytest.mark.parametrize("word", ["straight", "Über"])
def test_a_typo_changes_one_place(word: str) -> None:
    """A mistyped word is at most one letter longer or shorter, and begins or ends alike."""
    for seed in range(50):
        wrong = typo(word, Random(seed))
        assert abs(len(wrong) - len(word)) <= 1
        assert wrong[0] == word[0] or wrong[-1] == word[-1]


@settings(deadline=None)
@given(st.text(min_size=1), st.integers(0, 1000))
def test_any_text_stays_a_text_and_the_seed_decides(text: str, seed: int) -> None:
    """A text is never spoilt to nothing, and the same seed spoils it alike."""
    noise = Noise(share=1, typo=0.5, drop=0.5, duplicate=0.5, swap=0.5, lowercase=0.5, punctuation=0.5)
    once = spoil(text, noise, Random(seed))
    assert once == spoil(text, noise, Random(seed))
    assert once.strip() or not text.strip()
