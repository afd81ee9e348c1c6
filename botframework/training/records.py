"""Reads training records from JSON lines; knows nothing of tokens.

A record is a translation (`src_lang`, `tgt_lang`, `src`, `tgt`), a summary (`document`, `summary`), a chat
(`messages`), a code task (`prompt`, `code`), a completion (`prompt`, `completion`) or prose (`text`).
A bad record is reported as `file:line: field: what is wrong`, counted, and left out.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from botframework.training.recipe import Kind, RecipeError, Source

Record = dict[str, Any]
ROLES = ("system", "user", "assistant")
_FIELDS: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "translation": (("src_lang", "tgt_lang", "src", "tgt"),),
    "summary": (("document", "summary"),),
    "code": (("prompt", "code"), ("prompt", "completion")),
    "messages": (("messages",), ("prompt", "completion")),
    "text": (("text",),),
    "lead": (("text",), ("document",)),
}


@dataclass(slots=True)
class ReadReport:
    """Counts what was read; `problems` keeps the first few messages about bad records."""

    read: int = 0
    bad: int = 0
    problems: list[str] | None = None
    keep: int = 20

    def complain(self, problem: str) -> None:
        """Count one bad record and remember its message while there is room."""
        self.bad += 1
        self.problems = self.problems or []
        if len(self.problems) < self.keep:
            self.problems.append(problem)


def find_file(name: str, folders: tuple[Path, ...]) -> Path:
    """The file `name`, plain or with .xz, in the first folder (or its `train/`) that has it.

    Raises:
        RecipeError: no folder has it.
    """
    for folder in folders:
        for place in (folder, folder / "train"):
            for candidate in (place / name, place / f"{name}.xz", place / name.removesuffix(".xz")):
                if candidate.is_file():
                    return candidate
    raise RecipeError(f"{name}: no such file in {', '.join(map(str, folders))}")


def open_text(path: Path) -> IO[str]:
    """Open a plain or .xz text file for reading."""
    return lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8")


def problem_of(record: Any, kind: Kind) -> str | None:
    """What is wrong with a record of this kind, as `field: what`, or None."""
    if not isinstance(record, dict):
        return f"record: expected an object, got {type(record).__name__}"
    choices = _FIELDS[kind]
    fields = next((choice for choice in choices if choice[-1] in record), choices[0])
    for field in fields:
        if field not in record:
            return f"{field}: missing"
        if field == "messages":
            problem = _problem_of_messages(record[field])
            if problem is not None:
                return problem
        elif not isinstance(record[field], str) or not record[field].strip():
            return f"{field}: expected text, got {json.dumps(record[field], ensure_ascii=False)[:40]}"
    return None


def _problem_of_messages(messages: Any) -> str | None:
    if not isinstance(messages, list) or not messages:
        return "messages: expected a list of messages"
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            return f"messages[{index}].role: expected one of {', '.join(ROLES)}"
        if not isinstance(message.get("content"), str) or not message["content"].strip():
            return f"messages[{index}].content: expected text"
    if all(message["role"] != "assistant" for message in messages):
        return "messages: no assistant turn to learn from"
    return None


def read_records(
    path: Path, source: Source, report: ReadReport, complain: Callable[[str], None] | None = None
) -> Iterator[Record]:
    """The good records of `path` that pass the source's filters, in file order.

    Args:
        complain: called with each problem's message as it is found.
    """
    prefixes, languages = source.source, source.languages
    with open_text(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                problem = problem_of(record, source.kind)
            except json.JSONDecodeError as error:
                record, problem = None, f"record: not JSON: {error.msg}"
            if problem is not None:
                report.complain(f"{path.name}:{number}: {problem}")
                if complain is not None:
                    complain(f"{path.name}:{number}: {problem}")
                continue
            if prefixes and not str(record.get("source", "")).startswith(prefixes):
                continue
            if languages and _language_of(record) not in languages:
                continue
            report.read += 1
            yield record


def _language_of(record: Record) -> str:
    if "src_lang" in record:
        return f"{record['src_lang']}>{record['tgt_lang']}"
    return str(record.get("lang", ""))
