"""Cutting text: nothing lost, nothing too long, fences whole."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from botframework_slack.split import LIMIT, split_markdown


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


@given(st.text(alphabet=st.sampled_from("ab .\n`~#你👍🏽\u200d\u0301")), st.integers(min_value=2, max_value=40))
@settings(max_examples=300)
def test_joined_pieces_are_the_text(text: str, limit: int) -> None:
    """Joined, the pieces are the text; none is empty or too long."""
    pieces = split_markdown(text, limit)
    assert "".join(pieces) == text
    assert all(units(piece) <= limit for piece in pieces)
    assert all(pieces) or pieces == [""]


def test_fence_stays_whole() -> None:
    """A code fence that fits in one piece is not cut."""
    fence = "```python\n" + "x = 1\n" * 20 + "```\n"
    pieces = split_markdown("word " * 30 + "\n\n" + fence + "\nafter\n" * 10, 200)
    assert any(fence in piece for piece in pieces)


def test_long_fence_is_cut_at_lines() -> None:
    """A code fence longer than one piece is cut between lines."""
    text = "```\n" + "line of code\n" * 100 + "```\n"
    pieces = split_markdown(text, 200)
    assert "".join(pieces) == text
    assert all(piece.endswith("\n") for piece in pieces)


def test_paragraphs_are_preferred() -> None:
    """Text is cut between paragraphs where there is one late enough."""
    text = "a" * 60 + "\n\n" + "b" * 60
    assert split_markdown(text, 100) == ["a" * 60 + "\n\n", "b" * 60]


def test_words_stay_whole() -> None:
    """Without lines, text is cut between sentences or words; an emoji with its skin tone stays whole."""
    assert split_markdown("one two three four", 10) == ["one two ", "three four"]
    assert split_markdown("👍🏽👍🏽👍🏽", 6) == ["👍🏽", "👍🏽", "👍🏽"]


def test_short_text_is_one_piece() -> None:
    """What fits is not cut."""
    assert split_markdown("x" * LIMIT) == ["x" * LIMIT]
    assert len(split_markdown("x" * (LIMIT + 1))) == 2
