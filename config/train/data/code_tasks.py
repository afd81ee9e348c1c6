"""Reads the tasks in code/*.txt: requests in two languages, a small function, and a test; knows no request forms.

A file starts with one line that says what it is about; then come blocks, each ended by its tests:

    en*: add two numbers | ~the sum of two numbers      requests, parted by "|"; the star marks a frequent task
    zh*: 求两个数的和
    doc: Return the sum. | 返回两数之和。                  the docstring, English | Chinese
    def add(a: float, b: float) -> float:               the code, without its docstring
        return a + b
    given: import os                                    a statement that the tests need (optional)
    test: add(2, 3) == 5                                an expression that must hold
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "code"
FREQUENT = 5


@dataclass(frozen=True, slots=True)
class Task:
    """One function with the requests that ask for it, by language ("en", "zh")."""

    requests: dict[str, tuple[str, ...]]
    docs: dict[str, str]
    code: str
    tests: tuple[str, ...]
    given: tuple[str, ...] = ()
    forms: int = 1  # how many forms each request is given beside the plain one; 0: one form, drawn at random

    def source(self, lang: str) -> str:
        """The code with its docstring in `lang`."""
        return with_docstring(self.code, self.docs[lang])

    def program(self) -> str:
        """The code followed by its tests, ready to run."""
        checks = (f"assert {test}, {test!r}" for test in self.tests)
        return "\n".join([self.source("en"), "", *self.given, *checks, ""])


def with_docstring(code: str, doc: str) -> str:
    """Put `doc` under the first line of `code` that starts a function or a class."""
    lines = code.split("\n")
    head = next(i for i, line in enumerate(lines) if re.match(r"(def|class|async def) ", line))
    blank = [""] if lines[head].startswith("class ") else []
    return "\n".join([*lines[: head + 1], f'    """{doc}"""', *blank, *lines[head + 1 :]])


def read_tasks(folder: Path = FOLDER) -> Iterator[Task]:
    """Yield every task of every file in `folder`, in the order of the names.

    Raises:
        ValueError: A block lacks a part; the message names the file and the line.
    """
    for path in sorted(folder.glob("*.txt")):
        block: list[str] = []
        lines = path.read_text(encoding="utf-8").split("\n")
        for number, line in enumerate(lines, start=1):
            if number == 1:
                continue
            if line.startswith(("en:", "en*:")) and any(entry.startswith("test:") for entry in block):
                yield _parse(block, f"{path.name}, above line {number}")
                block = []
            block.append(line)
        yield _parse(block, f"{path.name}, at its end")


def _parse(block: list[str], where: str) -> Task:
    requests: dict[str, tuple[str, ...]] = {}
    marked: dict[str, list[str]] = {"doc": [], "given": [], "test": []}
    code: list[str] = []
    forms = 1
    for line in block:
        head, _, rest = line.partition(": ")
        if head in ("en", "zh", "en*", "zh*"):
            forms = FREQUENT if head.endswith("*") else forms
            requests[head[:2]] = requests.get(head[:2], ()) + parts(rest)
        elif head in marked:
            marked[head].append(rest)
        else:
            code.append(line)
    docs = [parts(doc) for doc in marked["doc"]]
    text = "\n".join(code).strip("\n")
    if set(requests) != {"en", "zh"} or len(docs) != 1 or len(docs[0]) != 2 or not marked["test"] or not text:
        raise ValueError(f"{where}: a task needs en:, zh:, doc: English | Chinese, code, and test: lines.")
    return Task(
        requests=requests,
        docs={"en": docs[0][0], "zh": docs[0][1]},
        code=text,
        tests=tuple(marked["test"]),
        given=tuple(marked["given"]),
        forms=forms,
    )


def variant(en: str, zh: str, doc: str, code: str, *tests: str) -> Task:
    """A task made by a grammar: like a block of a file, with one form drawn for each of its requests."""
    docs = parts(doc)
    return Task({"en": parts(en), "zh": parts(zh)}, {"en": docs[0], "zh": docs[1]}, code, tests, forms=0)


def parts(text: str) -> tuple[str, ...]:
    """The pieces of `text` between the bars.

    >>> parts("one | two")
    ('one', 'two')
    """
    return tuple(part.strip() for part in text.split(" | "))
