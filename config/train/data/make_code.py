"""Writes code.jsonl: requests for small Python functions in English and Chinese, with code that answers them.

The hand-written tasks stand in code/*.txt, the ones that vary a number, a word or a condition in code_grammars.py.

    python config/train/data/make_code.py            write code.jsonl (always the same bytes)
    python config/train/data/make_code.py --check    run the tests of every task, and write nothing
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from code_forms import draw, every_form
from code_grammars import grammar_tasks
from code_tasks import Task, read_tasks

OUTPUT = Path(__file__).with_name("code.jsonl")
SEED = 7
Record = dict[str, str]
# Runs each program of a JSON list in a scope and an empty folder of its own; says on stderr which ones fail.
RUNNER = """
import json, os, sys, tempfile, traceback

for program in json.load(sys.stdin):
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            exec(program, {"__name__": "task"})
        except Exception:
            sys.stderr.write(program + traceback.format_exc() + "\\0")
        os.chdir("/")
"""


def tasks() -> list[Task]:
    """Every task, the hand-written ones first."""
    return [*read_tasks(), *grammar_tasks()]


def records(all_tasks: Sequence[Task]) -> Iterator[Record]:
    """Yield one record for every way to ask for every task.

    Raises:
        ValueError: One prompt asks for two different functions, so that no reader could tell which is meant.
    """
    rng = Random(SEED)
    answers: dict[str, str] = {}
    for task in all_tasks:
        for lang, requests in task.requests.items():
            code = task.source(lang)
            for request in requests:
                forms = every_form(request, lang)
                for form in forms:
                    known = answers.setdefault(form.lower().rstrip("."), code)
                    if known != code:
                        raise ValueError(f"{form!r} asks for two functions:\n{known}\n\n{code}")
                for prompt in draw(forms, task.forms, rng):
                    yield {"prompt": prompt, "code": code, "lang": lang}


def render(all_tasks: Sequence[Task]) -> str:
    """The text of code.jsonl: each record once, mixed, so that a reader who stops early has seen every kind."""
    lines = list(dict.fromkeys(json.dumps(record, ensure_ascii=False) for record in records(all_tasks)))
    Random(SEED).shuffle(lines)
    return "\n".join(lines) + "\n"


def check(all_tasks: Sequence[Task]) -> list[str]:
    """Parse every code in both languages and run every test, each task in a scope of its own; return what failed."""
    problems = []
    for task in all_tasks:
        for lang in task.docs:
            try:
                ast.parse(task.source(lang))
            except SyntaxError as error:
                problems.append(f"{error}:\n{task.source(lang)}")
    programs = json.dumps([task.program() for task in all_tasks])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUNNER],
        input=programs,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    problems += [problem for problem in done.stderr.split("\0") if problem]
    if done.returncode != 0:
        problems.append(f"The tests ended with status {done.returncode}.")
    return problems


def main() -> int:
    """Write the file, or check the tasks when `--check` is given; return the exit status."""
    all_tasks = tasks()
    if "--check" in sys.argv[1:]:
        problems = check(all_tasks)
        print("\n\n".join([*problems, f"{len(all_tasks)} tasks, {len(problems)} problems"]))
        return 1 if problems else 0
    text = render(all_tasks)
    OUTPUT.write_text(text, encoding="utf-8")
    print(f"{OUTPUT.name}: {len(all_tasks)} tasks, {text.count(chr(10))} records, {len(text.encode()):,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
