"""What must not change is found, hidden and put back."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from botframework_translation.masking import fenced, mask, missing_numbers, split_around, unmask

PROTECTED = [
    "https://example.com/a?b=c&d=1#e",
    "http://localhost:8080/x",
    "www.example.org/path",
    "https://en.wikipedia.org/wiki/Bot_(disambiguation)",
    "ana.b+c@mail.example.co.uk",
    "@ana_b",
    "<@U024BE7LH>",
    "<https://example.com|here>",
    "`pip install x`",
    "``a ` b``",
    "{name}",
    "{0}",
    "{}",
    "{{ user.name }}",
    "${HOME}",
    "%s",
    "%(count)d",
    "%1$s",
    "<b>",
    "</b>",
    '<a href="/x">',
    "&nbsp;",
    "/usr/local/bin",
    ":smile:",
    "$x^2$",
]


@pytest.mark.parametrize("span", PROTECTED)
def test_protected_spans_are_found(span: str) -> None:
    """Code, addresses, mentions, placeholders and tags are each found whole, in the middle and at the end."""
    for before, after in (("Look at ", " now."), ("看看 ", " 吧。"), ("", " is it"), ("It is ", "")):
        pieces = split_around(before + span + after)
        assert (span, True) in pieces
        assert [piece for piece, protected in pieces if protected] == [span]


@pytest.mark.parametrize("text", ["5 % of all", "100% sure", "a < b > c", "I/O and/or", "1/2", "100 % der Leute", "$5"])
def test_ordinary_text_is_not_protected(text: str) -> None:
    """Signs that only look like a placeholder are text."""
    assert all(not protected for _, protected in split_around(text))


def test_a_full_stop_after_an_address_belongs_to_the_sentence() -> None:
    """Punctuation that ends the sentence, in any script, is not part of the address."""
    assert ("https://example.com/x", True) in split_around("See https://example.com/x.")
    assert ("https://example.com/x", True) in split_around("（见https://example.com/x）。")


def test_fenced_code_stands_apart() -> None:
    """A fenced block is one piece, also when it is never closed."""
    text = "Before\n```python\nprint('hi')\n```\nafter\n~~~\nopen"
    assert fenced(text) == [
        ("Before\n", False),
        ("```python\nprint('hi')\n```", True),
        ("\nafter\n", False),
        ("~~~\nopen", True),
    ]


def test_a_lost_or_doubled_token_is_noticed() -> None:
    """An answer without a token, or with one twice, is not taken."""
    masked = mask("Send it to ana@example.com and @ben.")
    assert masked.text == "Send it to 2041 and 2052."
    assert unmask(masked, "Envoie-le à 2041 et 2052.") == "Envoie-le à ana@example.com et @ben."
    assert unmask(masked, "Envoie-le à 2041.") is None
    assert unmask(masked, "2041 2041 2052") is None
    assert unmask(masked, "à 12041 et 2052") is None


def test_tokens_do_not_collide_with_numbers_of_the_text() -> None:
    """A number of the text is never taken for a token."""
    masked = mask("In 2041 {name} came.")
    assert unmask(masked, masked.text.replace("came", "kam")) == "In 2041 {name} kam."


def test_missing_numbers_are_named() -> None:
    """A number counts as often as it stands there."""
    assert missing_numbers("from 7:30 to 9, 9 days, 1,500.5", "de 7:30 à 9, 1500") == ["1,500.5", "9"]
    assert missing_numbers("3 cats", "三 3 chats 4") == []


WORDS = st.sampled_from([*PROTECTED, "hello", "你好", "in", "42", "2041", "3.5", ",", "。", "\n", "!", "e-mail"])


@given(st.lists(WORDS, max_size=12).map(" ".join), st.booleans())
@example("{} {} 2041 2052", False)
def test_masking_and_unmasking_is_the_identity(text: str, also_numbers: bool) -> None:
    """A model that copies its input brings every protected span back, and no piece is ever lost."""
    masked = mask(text, also_numbers=also_numbers)
    assert unmask(masked, masked.text) == text
    assert "".join(piece for piece, _ in split_around(text, also_numbers=also_numbers)) == text
    assert "".join(piece for piece, _ in fenced(text)) == text


@given(st.text())
def test_any_text_survives(text: str) -> None:
    """Whatever is written, masking loses nothing."""
    masked = mask(text, also_numbers=True)
    assert unmask(masked, masked.text) == text
