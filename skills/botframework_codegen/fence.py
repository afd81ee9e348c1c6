"""Takes code out of a model's answer and puts it into a fenced block; runs nothing."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings

__all__ = ["extract", "fenced", "syntax_error"]

_BLOCK = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n`]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)


def extract(answer: str) -> str:
    """The code in an answer: its fenced blocks one after the other, or all of it where there is none."""
    blocks = [block for _, block in _BLOCK.findall(answer) if block.strip()]
    code = "\n\n".join(block.strip("\n") for block in blocks) if blocks else answer.replace("```", "")
    # A model that forgets the line break before its closing fence.
    return textwrap.dedent(code).strip("\n").rstrip().removesuffix("```").rstrip()


def fenced(code: str, tag: str) -> str:
    """``code`` as one fenced block, with a fence that does not occur in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{tag}\n{code}\n{fence}"


def syntax_error(code: str) -> str | None:
    """What is wrong with Python code, as ``line 3: '(' was never closed``; None when it parses."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a doubtful escape sequence is no syntax error
            ast.parse(code)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}" if error.lineno else str(error.msg)
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return None
