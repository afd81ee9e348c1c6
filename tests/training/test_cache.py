"""Tokenised examples on disk."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from botframework.training.cache import cached_examples
from botframework.training.examples import Encoder, Examples
from botframework.training.recipe import RecipeError, Source
from botframework.training.tokenizer import load_tokenizer
from tests.training.conftest import Toy, write_lines

PAIR = {"src_lang": "en", "tgt_lang": "fr", "src": "cat", "tgt": "chat"}


def pairs(**changes: object) -> Source:
    """A translation source with some settings changed."""
    settings = {"name": "s", "kind": "translation", "file": "f.jsonl", "weight": 1, "canonical": 1.0, **changes}
    return Source.model_validate(settings)


def examples_of(corpus: Toy, folder: Path, source: Source, **changes: object) -> Examples:
    """The cached examples of `f.jsonl` in `folder`."""
    settings = {"seed": 0, "cache": folder / "cache", **changes}
    encoder = Encoder.of(load_tokenizer(corpus.tokenizer), 64)
    return cached_examples(source, folder / "f.jsonl", encoder, **settings)  # type: ignore[arg-type]  # any setting


def test_the_cache_is_read_as_long_as_the_file_has_not_changed(corpus: Toy, tmp_path: Path) -> None:
    """A second call reads the cache; a file of a later date is tokenised anew."""
    write_lines(tmp_path / "f.jsonl", [PAIR])
    first = examples_of(corpus, tmp_path, pairs())
    date = (tmp_path / "f.jsonl").stat().st_mtime_ns
    write_lines(tmp_path / "f.jsonl", [{**PAIR, "src": "dog", "tgt": "chut"}])
    os.utime(tmp_path / "f.jsonl", ns=(date, date))
    second = examples_of(corpus, tmp_path, pairs())
    assert first.tokens.tolist() == second.tokens.tolist()
    assert len(list((tmp_path / "cache").iterdir())) == 1
    os.utime(tmp_path / "f.jsonl", ns=(date, date + 1))
    assert examples_of(corpus, tmp_path, pairs()).tokens.tolist() != first.tokens.tolist()


def test_the_examples_stay_on_disk(corpus: Toy, tmp_path: Path) -> None:
    """Tokens and masks are maps of files, not copies of them."""
    write_lines(tmp_path / "f.jsonl", [PAIR] * 3)
    examples = examples_of(corpus, tmp_path, pairs())
    assert isinstance(examples.tokens.base, np.memmap)
    assert isinstance(examples.learn.base, np.memmap)
    assert examples.offsets.tolist()[0] == 0
    assert len(examples) == 3


def test_examples_come_in_an_order_of_the_seed(corpus: Toy, tmp_path: Path) -> None:
    """The same seed gives the same examples in the same order, another one another order of the same examples."""
    write_lines(tmp_path / "f.jsonl", [{**PAIR, "src": f"cat {n}"} for n in range(40)])
    one, same, other = (
        examples_of(corpus, tmp_path, pairs(buffer=7), seed=seed, cache=tmp_path / f"cache{number}")
        for number, seed in enumerate((0, 0, 1))
    )
    assert one.tokens.tolist() == same.tokens.tolist()
    assert one.tokens.tolist() != other.tokens.tolist()
    sets = [sorted(e.tokens[e.offsets[i] : e.offsets[i + 1]].tolist() for i in range(len(e))) for e in (one, other)]
    assert sets[0] == sets[1]


def test_some_records_are_chosen_from_the_whole_file(corpus: Toy, tmp_path: Path) -> None:
    """`max_records` takes a random choice, not the first ones."""
    write_lines(tmp_path / "f.jsonl", [{**PAIR, "tgt": f"chat {n}"} for n in range(60)])
    tokenizer = load_tokenizer(corpus.tokenizer)
    examples = examples_of(corpus, tmp_path, pairs(max_records=10))
    assert len(examples) == 10
    assert examples.report.read == 60
    told = tokenizer.decode(examples.tokens.tolist())
    assert any(f"chat {n}" in told for n in range(30, 60))


def test_bad_records_are_told_again_when_the_examples_come_from_the_cache(corpus: Toy, tmp_path: Path) -> None:
    """The count of bad records outlives the run that read them."""
    write_lines(tmp_path / "f.jsonl", [PAIR, "{not json", {**PAIR, "tgt": 7}, {"src": "cat"}, [1], PAIR])
    heard: list[list[str]] = [[], []]
    for told in heard:
        report = examples_of(corpus, tmp_path, pairs(), complain=told.append).report
        assert (report.read, report.bad) == (2, 4)
        assert report.summary().startswith("4 bad of 6 records left out (f.jsonl:2: record: not JSON")
    assert heard[0] == heard[1]
    assert heard[0][1:] == [
        "f.jsonl:3: tgt: expected text, got 7",
        "f.jsonl:4: src_lang: missing",
        "f.jsonl:5: record: expected an object, got list",
    ]


def test_in_a_strict_recipe_a_bad_record_is_an_error(corpus: Toy, tmp_path: Path) -> None:
    """A strict run stops at the first bad record, from the cache too, and leaves no half cache."""
    write_lines(tmp_path / "f.jsonl", [PAIR, {**PAIR, "tgt": ""}])
    with pytest.raises(RecipeError, match=r"f\.jsonl:2: tgt: expected text, got \"\" .*strict"):
        examples_of(corpus, tmp_path, pairs(), strict=True)
    assert not list((tmp_path / "cache").iterdir())
    examples_of(corpus, tmp_path, pairs())
    with pytest.raises(RecipeError, match=r"f\.jsonl:2: tgt"):
        examples_of(corpus, tmp_path, pairs(), strict=True)


def test_a_record_that_no_row_can_hold_is_counted(corpus: Toy, tmp_path: Path) -> None:
    """What is too long for a row is left out and told."""
    write_lines(tmp_path / "f.jsonl", [PAIR, {**PAIR, "src": "cat " * 200}])
    report = examples_of(corpus, tmp_path, pairs()).report
    assert (report.read, report.bad, report.too_long) == (2, 0, 1)
    assert report.summary() == "1 of 2 records too long for a row"


def test_a_file_full_of_bad_records_does_not_flood_the_screen(corpus: Toy, tmp_path: Path) -> None:
    """The first problems are told one by one, the rest by their number."""
    write_lines(tmp_path / "f.jsonl", [PAIR, *[{}] * 300, PAIR])
    heard: list[str] = []
    assert examples_of(corpus, tmp_path, pairs(), complain=heard.append).report.bad == 300
    assert len(heard) == 21
    assert heard[-1] == "f.jsonl: 300 bad records in all; `botframework data check` lists the others"
