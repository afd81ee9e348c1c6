"""A text is cut into sentences and joins to itself again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botframework_translation.sentences import clauses, pieces


def sentences(text: str) -> list[str]:
    """The sentences alone."""
    return [piece.text for piece in pieces(text) if piece.prose]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello. How are you? Fine!", ["Hello.", "How are you?", "Fine!"]),
        ("你好。你好吗？很好！", ["你好。", "你好吗？", "很好！"]),
        ("Mr. Smith paid 3.50 at approx. 5 p.m. today.", ["Mr. Smith paid 3.50 at approx. 5 p.m. today."]),
        ('She said "Go." Then she left.', ['She said "Go."', "Then she left."]),
        ("See https://example.com/a.b. It helps.", ["See https://example.com/a.b.", "It helps."]),
        ("Am 3. Mai kommt Dr. Weber. Gut.", ["Am 3. Mai kommt Dr. Weber.", "Gut."]),
        ("# Title\n\n- one thing\n- another. And more\n1. first\n> quoted", None),
        ("Wait... what?", ["Wait... what?"]),
        ("Version 2.0 is out", ["Version 2.0 is out"]),
    ],
)
def test_sentences_are_found(text: str, expected: list[str] | None) -> None:
    """Abbreviations, decimals, dates and addresses end no sentence; list markers and headings stand apart."""
    if expected is None:
        expected = ["Title", "one thing", "another.", "And more", "first", "quoted"]
    assert sentences(text) == expected


def test_code_is_no_sentence() -> None:
    """A fenced block is kept as it is, with its neighbours' line breaks."""
    assert sentences("Run this.\n\n```sh\nmake chat. Now\n```\n\nThen wait.") == ["Run this.", "Then wait."]


TEXT = st.lists(
    st.sampled_from(
        [
            *"ab 。.!?\n\t,",
            "- ",
            "1. ",
            "# ",
            "> ",
            "```\n",
            "Mr. ",
            "你好",
            "https://a.b/c. ",
            "`x. y`",
            "  ",
            "\r\n",
            "…",
        ]
    ),
    max_size=30,
).map("".join)


@given(st.one_of(TEXT, st.text(max_size=60)))
def test_pieces_join_to_the_text(text: str) -> None:
    """Nothing is lost or added, and every sentence has something to translate."""
    found = pieces(text)
    assert "".join(piece.text for piece in found) == text
    for piece in found:
        if piece.prose:
            assert piece.text == piece.text.strip()
            assert any(char.isalpha() or not char.isascii() for char in piece.text)


@given(st.one_of(TEXT, st.text(min_size=2, max_size=60)).filter(lambda text: len(text.strip()) > 1))
def test_clauses_join_to_the_sentence(text: str) -> None:
    """A sentence that is too long is cut into smaller parts that join to it."""
    found = clauses(text)
    assert "".join(piece.text for piece in found) == text
    assert all(len(piece.text) < len(text) for piece in found) or len(found) == 1
