"""Writes documents with the sentences that say most of what their summaries say, to learn summaries that cannot invent.

    python config/train/data/make_extracts.py DATA/extracts.jsonl DATA/written-summarise.jsonl …

A summary is exchanged for up to three sentences of its own document, in their order. They are chosen one after the
other, each the one that raises the overlap with the written summary most (the greedy labels of Nallapati et al. 2017,
"SummaRuNNer", https://arxiv.org/abs/1611.04230, with F over words in place of ROUGE). A small model that copies says
true things; one that rewrites mixes them up.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from corpus import Record, lines_of

MOST = 3
"""Sentences of an extract."""
_SENTENCE = re.compile(r"[^\n。！？]*?(?:[.!?](?=\s|$)|[。！？])|[^\n。！？]+(?=\n|$)")
_WORD = re.compile(r"[一-鿿]|\w+")


def sentences(document: str) -> list[str]:
    """A document's sentences and lines, as they stand there."""
    return [found.strip() for found in _SENTENCE.findall(document) if found.strip()]


def overlap(text: Sequence[str], words: Counter[str]) -> float:
    """F of the words of some sentences against those of a summary."""
    found = Counter(word for sentence in text for word in _WORD.findall(sentence.lower()))
    common = (found & words).total()
    return 2 * common / max(1, found.total() + words.total())


def extract(document: str, summary: str) -> str:
    """The document's sentences that say most of what the summary says."""
    words = Counter(_WORD.findall(summary.lower()))
    left = sentences(document)
    chosen: list[int] = []
    best = 0.0
    while len(chosen) < MOST:
        scored = [
            (overlap([left[i] for i in sorted([*chosen, number])], words), -number)
            for number in range(len(left))
            if number not in chosen
        ]
        score, number = max(scored, default=(0.0, 0))
        if score <= best:
            break
        best = score
        chosen.append(-number)
    gap = "" if re.search("[一-鿿]", document) else " "
    return gap.join(left[number] for number in sorted(chosen))


def records(files: Sequence[Path]) -> Iterator[Record]:
    """The documents with their extracts, mixed; one with no word of its summary is left out."""
    made = []
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            found = extract(record["document"], record["summary"])
            if found:
                made.append({"document": record["document"], "summary": found, "lang": record["lang"]})
    Random(37).shuffle(made)
    yield from made


if __name__ == "__main__":
    lines = list(lines_of(records([Path(name) for name in sys.argv[2:]])))
    Path(sys.argv[1]).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(len(lines), "records")
