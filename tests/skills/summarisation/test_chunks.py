"""A long text is cut into parts that fit and lose nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from botframework_summarisation.chunks import chunks


def words(text: str) -> int:
    """A way to count."""
    return len(text.split()) + sum("\u4e00" <= char <= "\u9fff" for char in text)


def test_parts_end_where_the_text_pauses() -> None:
    """Paragraphs stay whole where they fit, then sentences do."""
    text = "One two three. Four five.\n\nSix seven eight nine. Ten eleven twelve."
    assert chunks(text, 5, words) == [
        "One two three. Four five.\n\n",
        "Six seven eight nine. ",
        "Ten eleven twelve.",
    ]


@given(st.text(alphabet="ab ,.\n。你好", max_size=200), st.integers(1, 30))
def test_parts_join_to_the_text_and_fit(text: str, size: int) -> None:
    """Nothing is lost, and no part is larger than asked unless it is a single character."""
    parts = chunks(text, size, len)
    assert "".join(parts) == text
    assert all(len(part) <= size for part in parts)
