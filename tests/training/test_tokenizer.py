"""The byte-level tokenizer with whole Chinese characters."""

from __future__ import annotations

import pytest
from transformers import AutoTokenizer

from botframework.training.tokenizer import load_tokenizer
from tests.training.conftest import ANIMALS, Toy


@pytest.mark.parametrize("text", ["Hello  world!\n\n\tdéjà vu", "猫 sleeps，狗 eats 123。", "𠀀 is rare 🙂", "e\u0301"])
def test_text_comes_back_unchanged_but_normalised(corpus: Toy, text: str) -> None:
    """Any text survives the way to tokens and back, composed to NFC."""
    import unicodedata

    tokenizer = load_tokenizer(corpus.tokenizer)
    assert tokenizer.decode(tokenizer.encode(text).ids) == unicodedata.normalize("NFC", text)


def test_frequent_chinese_characters_are_single_tokens(corpus: Toy) -> None:
    """A frequent Chinese character is one token by itself."""
    tokenizer = load_tokenizer(corpus.tokenizer)
    for _, character in ANIMALS.values():
        assert len(tokenizer.encode(character).ids) == 1


def test_digits_are_split(corpus: Toy) -> None:
    """A number is read digit by digit."""
    assert len(load_tokenizer(corpus.tokenizer).encode("2024").ids) == 4


def test_the_size_is_the_recipes_and_specials_are_whole(corpus: Toy) -> None:
    """The vocabulary has no more than the recipe's size, and each special token is one id."""
    tokenizer = AutoTokenizer.from_pretrained(corpus.tokenizer)
    assert len(tokenizer) <= 460
    for token in ("<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"):
        assert tokenizer.encode(token, add_special_tokens=False) == [tokenizer.convert_tokens_to_ids(token)]
    assert tokenizer.eos_token == "<|end|>"
    assert tokenizer.pad_token == "<|pad|>"
