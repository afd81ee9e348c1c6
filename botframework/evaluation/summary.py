"""ROUGE of summaries; knows records with `document` and `summary`, knows no model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from botframework.evaluation.decoding import drawing
from botframework.evaluation.records import read, title
from botframework.evaluation.result import Answer, Measure, Part, mean
from botframework.evaluation.rouge import rouge, tokens
from botframework.evaluation.subject import Chatting
from botframework.evaluation.suite import Suite
from botframework.training.templates import summary_prompt

__all__ = ["NAMES", "summaries"]

NAMES = {"rougeL": "ROUGE-L", "rouge1": "ROUGE-1", "rouge2": "ROUGE-2"}


def summaries(suite: Suite, files: Sequence[Path], subject: Chatting, limit: int | None) -> Iterator[Part]:
    """One part for each file, and for each language where a file holds several."""
    for file in files:
        records = read(file, "summary", limit)
        prompts = [_prompt(suite, record["document"].strip()) for record in records]
        answers = subject.answer(
            [[{"role": "user", "content": p}] for p in prompts], suite.max_new_tokens, drawing(suite)
        )
        scores = rouge(answers, [r["summary"] for r in records], list(NAMES))
        items = [
            Answer(r["document"], a, r["summary"], {NAMES[k]: v for k, v in s.items()})
            for r, a, s in zip(records, answers, scores, strict=True)
        ]
        yield _part(title(file), items)
        languages = [str(record.get("lang", "")) for record in records]
        if len(set(languages)) > 1:
            for language in sorted(set(languages)):
                chosen = [item for item, its in zip(items, languages, strict=True) if its == language]
                yield _part(f"{title(file)} [{language}]", chosen)


def _prompt(suite: Suite, text: str) -> str:
    return summary_prompt(text) if suite.prompt is None else suite.prompt.format(text=text)


def _part(name: str, items: Sequence[Answer]) -> Part:
    how = "F, mean of items; Han by character"
    values = {kind: [item.scores[kind] for item in items] for kind in NAMES.values()}
    measures = [Measure(kind, mean(scores), len(items), "", "higher", how) for kind, scores in values.items()]
    lengths = [len(tokens(i.answer)) / max(1, len(tokens(i.reference))) for i in items]
    measures.append(Measure("length", mean(lengths), len(items), "× reference", "neither"))
    return Part(name, tuple(measures), tuple(items))
