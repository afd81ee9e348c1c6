"""BLEU and chrF of translations, by sacrebleu; knows records and answers, knows no model.

A file holds records with ``src_lang``, ``tgt_lang``, ``src``, ``tgt`` and, where there are several references,
``refs``. The way there is scored against all references and, under another name, against ``tgt`` alone; the way
back has ``src`` as its one reference.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import sacrebleu

from botframework.evaluation.decoding import drawing
from botframework.evaluation.records import Record, read, title
from botframework.evaluation.result import Answer, Measure, Part
from botframework.evaluation.subject import Chat, Chatting
from botframework.evaluation.suite import Suite
from botframework.training.languages import LANGUAGES, primary
from botframework.training.templates import translation_prompt

__all__ = ["bleu_and_chrf", "columns", "metrics_for", "translations"]


def translations(suite: Suite, files: Sequence[Path], subject: Chatting, limit: int | None) -> Iterator[Part]:
    """One part for each file, language pair and direction."""
    for file in files:
        by_pair: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for record in read(file, "translation", limit, _wrong):
            by_pair[record["src_lang"], record["tgt_lang"]].append(record)
        for records in by_pair.values():
            if suite.reverse != "only":
                yield _part(suite, title(file), records, subject, back=False)
            if suite.reverse:
                yield _part(suite, title(file), records, subject, back=True)


def _wrong(record: Record) -> str | None:
    references = record.get("refs")
    if references is None or (
        isinstance(references, list) and all(isinstance(each, str) and each.strip() for each in references)
    ):
        return None
    return "refs: expected a list of texts"


def _part(suite: Suite, name: str, records: list[Record], subject: Chatting, *, back: bool) -> Part:
    asked, wanted = ("tgt", "src") if back else ("src", "tgt")
    source, target = records[0][f"{asked}_lang"], records[0][f"{wanted}_lang"]
    chats = [_chat(suite, record[asked], target) for record in records]
    answers = subject.answer(chats, suite.max_new_tokens, drawing(suite))
    references = [(r[wanted],) if back else tuple(r.get("refs") or (r[wanted],)) for r in records]
    tokenize = "zh" if primary(target) == "zh" else "13a"
    measures = list(bleu_and_chrf(answers, references, tokenize))
    single: list[tuple[str, ...]] = [(record[wanted],) for record in records]
    if single != references:
        measures += [
            Measure(f"{m.name} (one reference)", m.value, m.count, m.unit, m.better, m.detail)
            for m in bleu_and_chrf(answers, single, tokenize)
        ]
    chrf = sacrebleu.CHRF()
    items = tuple(
        Answer(r[asked], a, " ‖ ".join(refs), {"sentence chrF": chrf.sentence_score(a, list(refs)).score})
        for r, a, refs in zip(records, answers, references, strict=True)
    )
    return Part(f"{name} {source}→{target}", tuple(measures), items, tuple(references), tokenize)


def _chat(suite: Suite, text: str, language: str) -> Chat:
    if suite.prompt is None:
        content = translation_prompt(text, language)
    else:
        content = suite.prompt.format(text=text, language=LANGUAGES[primary(language)])
    return [{"role": "user", "content": content}]


def metrics_for(tokenize: str) -> tuple[sacrebleu.BLEU, sacrebleu.CHRF]:
    """sacrebleu's metrics for one target language; its tokeniser is ``zh`` for Chinese, else ``13a``."""
    return sacrebleu.BLEU(tokenize=tokenize), sacrebleu.CHRF()


def columns(references: Sequence[Sequence[str]]) -> list[list[str | None]]:
    """References per sentence turned into sacrebleu's streams; None stands where a sentence has fewer."""
    longest = max(map(len, references))
    return [[refs[i] if i < len(refs) else None for refs in references] for i in range(longest)]


def bleu_and_chrf(answers: Sequence[str], references: Sequence[Sequence[str]], tokenize: str) -> Iterator[Measure]:
    """Corpus BLEU and chrF with their signatures.

    Args:
        references: of each sentence.
        tokenize: sacrebleu's name of BLEU's tokeniser.
    """
    streams = columns(references)
    for metric in metrics_for(tokenize):
        score = metric.corpus_score(answers, streams)  # type: ignore[arg-type]  # None is a missing reference
        value = 0.0 if math.isnan(score.score) else score.score
        yield Measure(str(score.name).removesuffix("2"), value, len(answers), "", "higher", str(metric.get_signature()))
