"""Answers to Python tasks: what is taken as their code, what is run, and what pass@k makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from botframework.errors import DataError
from botframework.evaluation.code import bound, code_of, codes, names_under_test, parses, pass_at_k, program_of
from botframework.evaluation.decoding import Draw
from botframework.evaluation.subject import Chat
from botframework.evaluation.suite import Suite
from tests.evaluation.conftest import Scripted, write_lines

TASK: dict[str, Any] = {
    "prompt": "Double a number.",
    "code": "def double(n):\n    return 2 * n",
    "test": "assert double(4) == 8",
}
HEAD: dict[str, Any] = {
    "prompt": 'from math import sqrt\n\n\ndef helper(n):\n    return n\n\n\ndef root(n):\n    """Root."""\n',
    "code": "    return sqrt(n)\n",
    "test": "def check(candidate):\n    assert candidate(9) == 3\n",
    "entry_point": "root",
}


def passes(record: dict[str, Any], answer: str) -> bool:
    """Whether an answer's program runs to its end, here."""
    try:
        exec(compile(program_of(record, code_of(answer)), "answer", "exec"), {"__name__": "answer"})
    except Exception:
        return False
    return True


@pytest.mark.parametrize(
    ("samples", "correct", "k", "chance"),
    [(1, 1, 1, 1.0), (1, 0, 1, 0.0), (4, 1, 2, 0.5), (5, 2, 1, 0.4), (10, 3, 10, 1.0), (5, 0, 5, 0.0)],
)
def test_pass_at_k_is_the_unbiased_estimate(samples: int, correct: int, k: int, chance: float) -> None:
    """1 - C(n-c, k) / C(n, k)."""
    assert pass_at_k(samples, correct, k) == pytest.approx(chance)


def test_code_is_the_best_block_even_a_cut_off_one_or_all_of_the_answer() -> None:
    """Fences are taken away, talk around them too, and what shows only how it is used or what it prints."""
    code = "def total(xs):\n    return sum(xs)"
    for shown in (">>> total([1, 2])\n3\n# and a comment that is longer than all of the code", "1, 2, " * 30):
        assert code_of(f"```\n{code}\n```\nFor example:\n```\n{shown}\n```") == code
        assert code_of(f"```python\n{code}\n```\n```text\n{shown}\n```") == code
    assert code_of("Here:\n```python\nx = 1\n```\nDone.") == "x = 1"
    assert code_of("```\na\n```\n```py\nlonger = 1\n```") == "longer = 1"
    assert code_of("```python\nx = 1\ny = 2") == "x = 1\ny = 2"
    assert code_of("x = 1") == "x = 1"
    assert not parses("")
    assert not parses("def f(:")


@pytest.mark.parametrize(
    "answer",
    [
        "def double(n):\n    return 2 * n",
        "```python\ndef twice(number):\n    return number + number\n```",
        "def helper(n):\n    return n\n\ndef anything(n):\n    return helper(n) * 2",
        "double = lambda n: 2 * n",
    ],
    ids=["by its name", "by another name", "with a helper", "as a lambda"],
)
def test_an_answer_may_name_its_function_as_it_likes(answer: str) -> None:
    """The name under test, which the request does not state, is bound to the answer's function."""
    assert passes(TASK, answer)


def test_nothing_else_of_an_answer_is_mended() -> None:
    """A wrong result and another signature fail."""
    assert not passes(TASK, "def double(n):\n    return n")
    assert not passes(TASK, "def double():\n    return 8")
    assert not passes(TASK, "print(8)")


def test_several_names_are_bound_in_order() -> None:
    """Two missing names take the two definitions nobody else uses."""
    record = {
        **TASK,
        "code": "def pack(x):\n    pass\n\ndef unpack(x):\n    pass",
        "test": "assert unpack(pack(1)) == 1",
    }
    assert names_under_test(record) == ["pack", "unpack"]
    code = bound("def a(x):\n    return [x]\n\ndef b(x):\n    return x[0]", names_under_test(record))
    assert code.endswith("pack = a\nunpack = b")


def test_a_function_may_be_completed_or_written_again() -> None:
    """An answer to the head of a function is its body or the whole function, with the head's imports and helpers."""
    assert passes(HEAD, "return sqrt(helper(n))")
    assert passes(HEAD, "```python\ndef root(n):\n    return sqrt(helper(n))\n```")
    assert passes(HEAD, "def inner(m):\n    return sqrt(m)\nreturn inner(n)")
    assert not passes(HEAD, "return n")


def test_a_body_may_have_lost_the_blanks_at_its_beginning() -> None:
    """Answers are stripped; a first line without its indentation goes with the others."""
    assert passes(HEAD, "result = sqrt(n)\n    if result > 0:\n        return result\n    return 0")
    assert passes(HEAD, "for _ in range(1):\n        n = sqrt(n)\n    return n")
    assert not passes(HEAD, "for _ in range(1):\n        n = sqrt(n)\n    return n + 1")


def test_a_file_is_scored_in_the_sandbox(tmp_path: Path) -> None:
    """One right and one wrong answer make pass@1 50 %, both parse, and the walls are told."""
    file = write_lines(
        tmp_path / "code.jsonl", [TASK, {**TASK, "prompt": "Halve it.", "test": "assert double(4) == 2"}]
    )
    subject = Scripted(lambda _: "```python\ndef f(n):\n    return n * 2\n```")
    suite = Suite(name="code", kind="code")
    [part] = codes(suite, [file], subject, None)
    values = {measure.name: measure.value for measure in part.measures}
    assert values == {"pass@1": 50.0, "parsed": 100.0}
    assert "limits" in part.measures[0].detail
    assert subject.chats[0][0]["content"] == "Write Python code: Double a number."
    assert part.answers[1].note.startswith("AssertionError")


def test_several_samples_are_drawn_with_different_seeds(tmp_path: Path) -> None:
    """pass@2 of two samples per task draws twice."""
    file = write_lines(tmp_path / "code.jsonl", [TASK])
    subject = Scripted(lambda _: "no code here")
    [part] = codes(Suite(name="code", kind="code", samples=2, k=(1, 2)), [file], subject, None)
    assert [draw.seed for draw in subject.draws if draw] == [0, 1]
    assert {m.name: m.value for m in part.measures} == {"pass@1": 0.0, "pass@2": 0.0, "parsed": 0.0}


def test_pass_at_k_counts_the_right_ones_of_several_samples(tmp_path: Path) -> None:
    """One of two right answers is half a chance with one try, and a whole one with two."""

    class Drawn(Scripted):
        def answer(self, chats: Sequence[Chat], max_new_tokens: int = 128, draw: Draw | None = None) -> list[str]:
            assert draw is not None
            return [f"def f(n):\n    return n * {draw.seed + 1}" for _ in chats]

    file = write_lines(tmp_path / "code.jsonl", [TASK])
    [part] = codes(Suite(name="code", kind="code", samples=2, k=(1, 2)), [file], Drawn(str), None)
    assert {m.name: m.value for m in part.measures} == {"pass@1": 50.0, "pass@2": 100.0, "parsed": 100.0}


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"prompt": "x", "code": "y = 1"}, "test"),
        ({"prompt": "x", "completion": "y = 1", "test": "assert y"}, "code"),
        ({**HEAD, "entry_point": 3}, "entry_point"),
    ],
)
def test_a_task_that_cannot_be_run_is_refused(tmp_path: Path, record: dict[str, Any], problem: str) -> None:
    """It is named by file and number, with what is missing."""
    file = write_lines(tmp_path / "code.jsonl", [record])
    with pytest.raises(DataError, match=rf"code\.jsonl: record 1: {problem}"):
        list(codes(Suite(name="code", kind="code"), [file], Scripted(str), None))
