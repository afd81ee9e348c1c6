"""The byte-level tokenizer with whole Chinese characters."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from botframework.training.recipe import RecipeError, TokenizerRecipe
from botframework.training.tokenizer import load_tokenizer, texts_of
from tests.training.conftest import ANIMALS, Toy, write_lines


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


def test_a_folder_without_a_tokenizer_is_told(tmp_path: Path) -> None:
    """A missing file and a broken one are named, not thrown at the person by the library."""
    with pytest.raises(RecipeError, match=r"holds no tokenizer\.json"):
        load_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text('{"version": ')
    with pytest.raises(RecipeError, match=r"tokenizer\.json: no tokenizer: EOF while parsing"):
        load_tokenizer(tmp_path)


def test_of_a_large_file_a_random_part_is_read_into_memory(tmp_path: Path) -> None:
    """The texts are drawn from the whole file, about as many characters as the recipe says, the same every time."""
    write_lines(tmp_path / "f.jsonl", [{"text": f"{n:04} is a number"} for n in range(1000)] + [{"text": ""}])
    source = {"name": "s", "kind": "text", "file": "f.jsonl", "weight": 1}
    recipe = TokenizerRecipe.model_validate({"max_chars_per_source": 1000, "sources": [source]})
    heard: list[str] = []
    texts = texts_of(recipe, (tmp_path,), heard.append)
    numbers = [int(text[:4]) for text in texts]
    assert 50 <= len(texts) <= 70
    assert min(numbers) < 200
    assert max(numbers) > 800
    assert numbers == [int(text[:4]) for text in texts_of(recipe, (tmp_path,), heard.append)]
    assert heard[0] == 'f.jsonl:1001: text: expected text, got ""'
    assert heard[1].startswith("1 bad of 1,001 records left out")
    write_lines(tmp_path / "f.jsonl", [{"text": ""}])
    with pytest.raises(RecipeError, match="source s: no record passes its filters"):
        texts_of(recipe, (tmp_path,), heard.append)
