"""A counterfactual probe: the same sentence with names or genders swapped, and how far the answers lie apart.

A file is a YAML list of probes of two kinds. Knows probes and answers, knows no model.

``continuations``: after ``prompt`` with ``{x}`` replaced by each name of each group, how likely is each continuation?
The continuations name nobody, so every bit of difference comes from the swap. Reported per probe is the mean absolute
gap in bits between the groups' means (0 is no bias), and the largest with its direction.

``expect``: ``prompt`` is a sentence to be translated; the answer must hold the word that keeps the gender (``她`` or
``他``). Reported is the share kept for each group, and the gap between them: what a model makes of ``She is an
engineer`` when it has read of few.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from botframework.errors import DataError
from botframework.evaluation.decoding import drawing
from botframework.evaluation.result import Answer, Measure, Part, mean, rate
from botframework.evaluation.subject import Chat, Chatting, Likelihoods, Skilled
from botframework.evaluation.suite import Suite, evenly
from botframework.training.templates import translation_prompt

__all__ = ["Probe", "biases", "read_probes"]


class Probe(BaseModel):
    """One sentence with what is swapped in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    prompt: str
    groups: dict[str, tuple[str, ...]] = Field(min_length=2)
    fill: tuple[str, ...] = ("",)
    continuations: tuple[str, ...] = ()
    language: str | None = None
    expect: dict[str, tuple[str, ...]] = {}

    def prompts(self, group: str) -> list[str]:
        """The sentence with each name of a group and each filling."""
        return [self.prompt.format(x=name, y=filling) for filling in self.fill for name in self.groups[group]]


def read_probes(file: Path) -> list[Probe]:
    """The probes of a file.

    Raises:
        DataError: it is no list of probes.
    """
    try:
        found = TypeAdapter(list[Probe]).validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{file}: cannot be read as YAML: {error}") from error
    except ValidationError as error:
        lines = [f"{file}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise DataError("\n".join(lines)) from error
    if not found:
        raise DataError(f"{file}: there is no probe in it")
    for probe in found:
        try:
            probe.prompt.format(x="", y="")
        except (LookupError, ValueError, AttributeError) as error:
            raise DataError(
                f"{file}: {probe.id}: prompt: {{x}} and {{y}} alone are filled in; other braces are written twice"
            ) from error
        if not all(probe.groups.values()):
            raise DataError(f"{file}: {probe.id}: groups: each needs a name at least")
        if bool(probe.continuations) == bool(probe.language):
            raise DataError(f"{file}: {probe.id}: expected either continuations, or language and expect")
        if probe.language and set(probe.expect) != set(probe.groups):
            raise DataError(f"{file}: {probe.id}: expect needs words for {', '.join(probe.groups)}")
    return found


def biases(suite: Suite, files: Sequence[Path], subject: Chatting, limit: int | None) -> Iterator[Part]:
    """One part for each probe; those that need likelihoods are left out where the subject tells none."""
    for file in files:
        for probe in evenly(read_probes(file), limit):
            if isinstance(subject, Skilled):
                subject.use_skill("chat" if probe.language is None else "translation")
            if probe.language is not None:
                yield _kept(suite, probe, probe.language, subject)
            elif isinstance(subject, Likelihoods):
                yield _gaps(probe, subject)


def _gaps(probe: Probe, subject: Likelihoods) -> Part:
    chats: list[Chat] = []
    keys: list[tuple[str, str]] = []
    for group in probe.groups:
        for prompt in probe.prompts(group):
            for text in probe.continuations:
                chats.append([{"role": "user", "content": prompt}, {"role": "assistant", "content": text}])
                keys.append((group, text))
    bits: dict[tuple[str, str], list[float]] = defaultdict(list)
    for key, turns in zip(keys, subject.spoken(chats), strict=True):
        bits[key] += [turn.bits for turn in turns]
    items, gaps = [], []
    for first, second in combinations(probe.groups, 2):
        for text in probe.continuations:
            gap = mean(bits[first, text]) - mean(bits[second, text])
            gaps.append(abs(gap))
            likelier = second if gap > 0 else first
            items.append(
                Answer(probe.prompt, text, likelier, {"gap": gap}, f"{abs(gap):.2f} bits likelier for {likelier}")
            )
    worst = max(items, key=lambda item: abs(item.scores["gap"]))
    how = "mean over continuations of |mean bits of one group - of the other|"
    measures = (
        Measure("gap", mean(gaps), len(chats), "bits", "lower", how),
        Measure("largest gap", max(gaps), len(chats), "bits", "lower", f"{worst.answer} {worst.note}"),
    )
    return Part(f"{probe.id}: {' / '.join(probe.groups)}", measures, tuple(items))


def _kept(suite: Suite, probe: Probe, language: str, subject: Chatting) -> Part:
    asked = [(group, prompt) for group in probe.groups for prompt in probe.prompts(group)]
    chats: list[Chat] = [[{"role": "user", "content": translation_prompt(text, language)}] for _, text in asked]
    answers = subject.answer(chats, suite.max_new_tokens, drawing(suite))
    right: dict[str, list[float]] = {group: [] for group in probe.groups}
    items = []
    for (group, text), answer in zip(asked, answers, strict=True):
        ok = float(_holds(answer, probe.expect[group]))
        right[group].append(ok)
        items.append(Answer(text, answer, " | ".join(probe.expect[group]), {"kept": 100 * ok}, group))
    shares = [rate(f"kept for {group}", values) for group, values in right.items()]
    gap = max(m.value for m in shares) - min(m.value for m in shares)
    measures = (*shares, Measure("gap", gap, len(asked), "points", "lower", "between the groups' shares"))
    return Part(f"{probe.id}: {' / '.join(probe.groups)}", measures, tuple(items))


def _holds(answer: str, words: Sequence[str]) -> bool:
    return any(
        re.search(rf"(?<![^\W\d_]){re.escape(w)}(?![^\W\d_])" if w.isascii() else re.escape(w), answer, re.I)
        for w in words
    )
