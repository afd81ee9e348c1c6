"""Runs suites on a subject and gathers what they find; knows the kinds of suites, prints nothing."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from botframework.evaluation.result import Part, SuiteResult
from botframework.evaluation.subject import Skilled
from botframework.evaluation.suite import Kind, Suite

__all__ = ["Measuring", "run_suite"]

Measuring: TypeAlias = Callable[[Suite, Sequence[Path], Any, int | None], Iterator[Part]]
"""What one kind of suite does: the suite, its files, what is measured, most records of a file."""

# Imported when they are run, since each brings its own metric library.
_KINDS: dict[Kind, tuple[str, str]] = {
    "translation": ("translation", "translations"),
    "summary": ("summary", "summaries"),
    "likelihood": ("likelihood", "likelihoods"),
    "memory": ("memory", "memories"),
    "code": ("code", "codes"),
    "retrieval": ("retrieval", "retrievals"),
    "diversity": ("diversity", "diversities"),
    "router": ("routing", "routings"),
    "bias": ("bias", "biases"),
    "questions": ("questions", "questions"),
    "speed": ("speed", "speeds"),
}
_SKILLS: dict[Kind, str] = {
    "translation": "translation",
    "summary": "summarisation",
    "code": "codegen",
    "likelihood": "chat",
    "memory": "chat",
    "questions": "chat",
    "diversity": "chat",
}
"""Whose requests a kind makes: the subject answers with the LoRA weights that it brings along for that skill."""


def run_suite(
    suite: Suite,
    subject: Any,
    *,
    data: Path | None = None,
    limit: int | None = None,
    seen: Callable[[str, Part], None] | None = None,
) -> SuiteResult:
    """Measure a subject by a suite.

    Args:
        subject: what the suite's kind needs: something that answers chats, embeds texts or routes requests.
        data: where its files are looked for first.
        limit: most records of each file; the suite's own limit wins where it is smaller.
        seen: told every part as it is finished.

    Raises:
        BotError: a file is missing or wrong, or the subject cannot do what the kind needs.
    """
    module, function = _KINDS[suite.kind]
    measuring: Measuring = getattr(importlib.import_module(f"botframework.evaluation.{module}"), function)
    limits = [number for number in (limit, suite.limit) if number is not None]
    if isinstance(subject, Skilled):
        subject.use_skill(_SKILLS.get(suite.kind))
    begin = time.perf_counter()
    parts = []
    files = suite.find(data) if suite.files else []
    for part in measuring(suite, files, subject, min(limits, default=None)):
        parts.append(part)
        if seen is not None:
            seen(suite.name, part)
    seconds = time.perf_counter() - begin
    return SuiteResult(suite.name, suite.kind, str(subject.name), tuple(parts), seconds)
