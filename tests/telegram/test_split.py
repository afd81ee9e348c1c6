"""Cutting Markdown into messages: nothing is lost, nothing is too long, and a reader sees why it was cut there."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botframework_telegram.format import render
from botframework_telegram.split import pieces, split
from botframework_telegram.utf16 import cut, units

WORDS = [
    "word ",
    "long" * 30,
    "😀" * 20,
    "\n",
    "\n\n",
    "```\n",
    "```py\n",
    "~~~\n",
    "**bold** ",
    "[a](https://b.c/d) ",
    "。",
    "- x\n",
]
WORDS += ["> ", "    ", "| a | b |\n", "e\u0301", "👩\u200d👩\u200d👧", "\r\n", "`code` ", "1. ", "\u2028"]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=120).map("".join) | st.text(max_size=900), st.integers(256, 400))
def test_the_bodies_joined_are_the_text(text: str, limit: int) -> None:
    """Nothing is lost, changed or invented but the fences that are closed and opened again; no piece is too long."""
    found = list(pieces(text, limit))
    assert "".join(piece.body for piece in found) == text
    for piece in found:
        assert units(piece.text) <= limit
        assert piece.body or len(found) == 1
        assert not 0xDC00 <= ord(piece.body[:1] or " ") <= 0xDFFF


@given(st.lists(st.sampled_from(WORDS), min_size=60, max_size=120).map("".join))
def test_a_growing_text_keeps_its_first_pieces(text: str) -> None:
    """While text streams in, a piece that is full no longer changes once a few words stand behind it."""
    beginning = text[: len(text) * 3 // 4]
    early, late = list(pieces(beginning, 256)), list(pieces(text, 256))
    behind = len(beginning)
    for one, other in zip(early[:-1], late, strict=False):
        behind -= len(one.body)
        if behind < 160 + 256:
            break
        assert one == other


def test_a_short_text_is_one_piece() -> None:
    """What fits stays whole, an unfinished fence as well."""
    assert split("a\n```py\nb", 256) == ["a\n```py\nb"]


def test_paragraphs_before_lines_before_sentences_before_words() -> None:
    """The best border in the later half of a piece is taken."""
    filler = "x" * 170
    assert split(f"{filler}\n\nx\n{filler}", 320)[0] == f"{filler}\n\n"
    assert split(f"{filler}\nx. {filler}", 320)[0] == f"{filler}\n"
    assert split(f"{filler}. x {filler}", 320)[0] == f"{filler}. "
    assert split(f"{filler} {filler} {filler}", 320)[0] == f"{filler} "
    assert split("中" * 200 + "。" + "文" * 300, 320)[0] == "中" * 200 + "。"


def test_markup_is_not_cut() -> None:
    """A border inside bold text, inline code or a link is passed over for one before it."""
    for markup in ("**bold with words in it**", "`code with spaces`", "[a link](https://example.org/with/a/path)"):
        text = "word " * 60 + markup + " word" * 60
        first, *_ = split(text, 320)
        assert markup in first or markup[:4] not in first


def test_a_cut_fence_is_closed_and_opened_again() -> None:
    """Each piece of a long code block is a code block of the same language, and the code is whole."""
    code = "".join(f"line_{number} = {number}\n" for number in range(60))
    found = split(f"Here:\n\n```python\n{code}```\n\nDone.", 400)
    assert len(found) > 2
    blocks = []
    for piece in found:
        text, entities = render(piece)
        for entity in entities:
            assert (entity.type, entity.language) == ("pre", "python")
            blocks.append(cut(text, entity.offset, entity.length))
    assert "\n".join(blocks) + "\n" == code


def test_a_fence_in_a_quote_stays_in_it() -> None:
    """A quoted fence is closed and opened inside the quote."""
    text = "> ```py\n" + "> x = 1\n" * 80 + "> ```\n"
    for piece in split(text, 256):
        _, entities = render(piece)
        assert {entity.type for entity in entities} == {"blockquote", "pre"}


@pytest.mark.parametrize(
    "unit",
    ["x", "😀", "*", "`", "[", ">", "\n", "- a\n", "```x\n", "a\n", "[a](b ", "https://", "\u0301", "\u200d", "\r"],
)
def test_time_is_linear(unit: str) -> None:
    """A hundred thousand characters without a good border are cut at once."""
    text = unit * (100_000 // len(unit))
    started = time.process_time()
    found = split(text, 4096)
    assert time.process_time() - started < 5
    assert max(map(units, found)) <= 4096
    assert len(found) < 60
