"""pass@k of written Python: answers are run against their tests in the sandbox; knows records and answers, no model.

A task is a record with ``prompt``, ``code`` (a solution) and ``test``. HumanEval's have an ``entry_point`` too: their
prompt is the head of a function, their test defines ``check(candidate)``. In the other tasks the test calls the
solution's function by a name that the request does not state, so an answer may name its function as it likes: the
name under test is bound to the answer's function (see `bound`). Nothing else of the answer is changed; a test that
calls the function in another way than the answer defines it fails.

pass@k is the unbiased estimate of Chen et al. 2021 (https://arxiv.org/abs/2107.03374), section 2.1.
"""

from __future__ import annotations

import ast
import math
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from botframework.evaluation.decoding import drawing
from botframework.evaluation.records import Record, read, title
from botframework.evaluation.result import Answer, Measure, Part, mean, rate
from botframework.evaluation.sandbox import Limits, Outcome, run_python
from botframework.evaluation.subject import Chat, Chatting
from botframework.evaluation.suite import Suite
from botframework.training.templates import code_prompt

__all__ = ["bound", "code_of", "codes", "names_under_test", "parses", "pass_at_k", "program_of"]

_FENCE = re.compile(r"```[ \t]*([\w+-]*)[ \t]*\n(.*?)(?:\n?```|\Z)", re.DOTALL)
Run = Callable[[str, Limits], Outcome]


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """The chance that one of k answers is right, where ``correct`` of ``samples`` were.

    >>> pass_at_k(4, 1, 2)
    0.5
    """
    if samples - correct < k:
        return 1.0
    return 1.0 - math.prod(1.0 - k / number for number in range(samples - correct + 1, samples + 1))


def code_of(answer: str) -> str:
    """The code in an answer: of its fenced blocks, one that was cut off included, the best one, else the whole answer.

    A block that is Python is better than one that is not (an example of its use, what it prints), one that is called
    Python than another, one that defines something than one that does not, and then the longer one.
    """
    blocks = [(tag, textwrap.dedent(block).strip("\n")) for tag, block in _FENCE.findall(answer)]
    if not blocks:
        return textwrap.dedent(answer).strip("\n")
    _, code = max(blocks, key=lambda each: _worth(*each))
    return code


def _worth(tag: str, code: str) -> tuple[bool, bool, bool, int]:
    return parses(code), tag.lower() in {"python", "py", "python3"}, bool(_definitions(code)), len(code)


def parses(code: str) -> bool:
    """Whether this is Python with something in it."""
    return _tree(code) is not None


def _tree(code: str) -> ast.Module | None:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if tree.body else None


def _definitions(code: str) -> list[str]:
    """Names of the functions and classes at the top level, in order."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [node.name for node in getattr(_tree(code), "body", []) if isinstance(node, kinds)]


def names_under_test(record: Record) -> list[str]:
    """What the test of a task uses of its solution, in the order of their definition."""
    if entry := record.get("entry_point"):
        return [str(entry)]
    used = {node.id for node in ast.walk(ast.parse(record["test"])) if isinstance(node, ast.Name)}
    return [name for name in _definitions(record["code"]) if name in used]


def bound(code: str, names: Sequence[str]) -> str:
    """The code, with every missing name under test bound to a function of the answer.

    One missing name means the last top-level definition that no other definition uses (helpers stand above and are
    used), so several missing ones mean as many definitions in order; with fewer definitions the rest stays missing.
    """
    tree = _tree(code)
    if tree is None:
        return code
    own = _definitions(code)
    missing = [name for name in names if name not in own and not _assigned(tree, name)]
    free = [name for name in own if name not in names]
    if len(free) > len(missing):
        used = {
            inner.id
            for node in tree.body
            for inner in ast.walk(node)
            if isinstance(inner, ast.Name) and inner.id != getattr(node, "name", None)
            and isinstance(node, ast.FunctionDef | ast.ClassDef)
        }  # fmt: skip
        unused = [name for name in free if name not in used]
        free = (unused if len(unused) >= len(missing) else free)[-len(missing) :] if missing else []
    lines = [f"{name} = {other}" for name, other in zip(missing, free, strict=False)]
    return "\n".join([code, *lines])


def _assigned(tree: ast.Module, name: str) -> bool:
    stores = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return any(node.id == name for node in stores)


def program_of(record: Record, code: str) -> str:
    """The program whose last line is reached only by an answer that passes."""
    entry = record.get("entry_point")
    if entry is None:
        return f"{bound(code, names_under_test(record))}\n\n{record['test']}\n"
    prompt = record["prompt"]
    if _definitions(code) and _stands_alone(code):
        head = [line for line in prompt.splitlines() if line.startswith(("import ", "from "))]
        whole = "\n".join([*head, _helpers(prompt, str(entry)), bound(code, [str(entry)])])
    else:
        whole = prompt + textwrap.indent(_body(code), "    ")
    return f"{whole}\n\n{record['test']}\n\ncheck({entry})\n"


def _body(code: str) -> str:
    """A function's body without its indentation, which an answer's first line may have lost at its beginning."""
    first, _, rest = code.partition("\n")
    if first[:1].isspace() or _tree(code) is not None:
        return textwrap.dedent(code)
    return f"{first}\n{textwrap.dedent(rest)}"


def _stands_alone(code: str) -> bool:
    """Whether this is a module, and not the body of a function that returns."""
    try:
        compile(code, "<answer>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _helpers(prompt: str, entry: str) -> str:
    """The finished functions that a prompt defines in front of the one to be written."""
    tree = _tree(f"{prompt}\n    pass\n")
    nodes = [n for n in getattr(tree, "body", []) if isinstance(n, ast.FunctionDef) and n.name != entry]
    return "\n".join(ast.unparse(node) for node in nodes)


def codes(
    suite: Suite, files: Sequence[Path], subject: Chatting, limit: int | None, run: Run = run_python
) -> Iterator[Part]:
    """One part for each file.

    Args:
        run: runs a program; the sandbox.

    Raises:
        DataError: a record has no code or no test.
    """
    for file in files:
        records = read(file, "code", limit, _wrong)
        yield _part(suite, title(file), records, subject, run)


def _wrong(record: Record) -> str | None:
    if not isinstance(record.get("test"), str) or _tree(record["test"]) is None:
        return "test: missing, or no Python"
    if not isinstance(record.get("code"), str):
        return "code: missing; a solution tells which names the test calls"
    entry = record.get("entry_point")
    if entry is not None and not (isinstance(entry, str) and entry.isidentifier()):
        return "entry_point: expected the name of the function"
    return None


def _part(suite: Suite, name: str, records: list[Record], subject: Chatting, run: Run) -> Part:
    chats = [_chat(suite, record) for record in records]
    greedy = suite.samples == 1
    rounds = [
        subject.answer(chats, suite.max_new_tokens, drawing(suite, seed=None if greedy else number))
        for number in range(suite.samples)
    ]
    limits = Limits(seconds=suite.seconds, cpu=max(1, math.ceil(suite.seconds)))
    items, parsed = [], []
    walls: set[str] = set()
    for index, record in enumerate(records):
        right, problems = 0, []
        for answers in rounds:
            code = code_of(answers[index])
            program = program_of(record, code)
            good = parses(code) or (record.get("entry_point") is not None and parses(program))
            parsed.append(float(good))
            outcome = run(program, limits) if good else Outcome(False, "no Python", (), 0.0)
            walls |= set(outcome.walls)
            right += outcome.passed
            if outcome.problem:
                problems.append(outcome.problem)
        scores = {f"pass@{k}": pass_at_k(suite.samples, right, k) for k in suite.k}
        scores["parsed"] = mean(parsed[-suite.samples :])
        shown = "\n---\n".join(dict.fromkeys(answers[index] for answers in rounds))
        items.append(Answer(record["prompt"], shown, record["code"], scores, "; ".join(dict.fromkeys(problems))))
    how = "greedy" if greedy else f"{suite.samples} samples, temperature {suite.temperature:g}, top_p {suite.top_p:g}"
    measures = [
        rate(f"pass@{k}", [item.scores[f"pass@{k}"] for item in items], f"{how}; walls: {', '.join(sorted(walls))}")
        for k in suite.k
    ]
    measures.append(Measure("parsed", 100 * mean(parsed), len(parsed), "%", "higher", "answers that are Python"))
    return Part(name, tuple(measures), tuple(items))


def _chat(suite: Suite, record: Record) -> Chat:
    text = record["prompt"].strip()
    if record.get("entry_point"):
        text = f"Complete this function.\n```python\n{text}\n```"
    content = code_prompt(text) if suite.prompt is None else suite.prompt.format(text=text)
    return [{"role": "user", "content": content}]
