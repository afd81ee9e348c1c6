"""Writes chats or summaries again with other names, places, foods and numbers, so that answers must be read, not known.

    python config/train/data/make_swaps.py DATA/written-memory.jsonl DATA/swapped-memory.jsonl
    python config/train/data/make_swaps.py DATA/written-summarise.jsonl DATA/swapped-summarise.jsonl

A word of pools.txt is exchanged for another of its pool, or for an invented one, in the whole record at once; so is a
number that an answer repeats. The facts of a system message change their order. The words that stand in no pool stay,
and with them a record's manner. The same input always gives the same output.
"""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

from corpus import MEMORY, Record, lines_of, pools, value

COPIES = 8
"""New records made of each."""
SHARE = 0.9
"""Of the words found that are exchanged."""
POOLS = (
    "name", "pet_name", "city", "country", "food", "ingredient", "drink", "colour", "job", "workplace",
    "hobby", "sport", "animal", "instrument", "music", "language", "subject", "season", "month", "day",
    "fear", "thing", "object", "book", "film", "project", "goal", "system", "code_language", "vehicle",
    "vegetable", "street", "relative", "person", "collects", "club",
)  # fmt: skip
"""Pools whose words may stand for each other anywhere."""


@functools.cache
def pool_of(lang: str) -> dict[str, str]:
    """The pool of every word; of two the first in `POOLS`."""
    return {word: name for name in reversed(POOLS) for word in pools(lang)[name] if len(word) > 1}


@functools.cache
def words(lang: str) -> re.Pattern[str]:
    """Finds the words of the pools, the longest first; in English whole words only."""
    found = "|".join(map(re.escape, sorted(pool_of(lang), key=len, reverse=True)))
    return re.compile(rf"\b(?:{found})\b" if lang == "en" else found)


def told(record: Record) -> str:
    """What stands there before the assistant says anything: the facts and the person's messages, or the document."""
    if "document" in record:
        return str(record["document"])
    return "\n".join(m["content"].removeprefix(MEMORY) for m in record["messages"] if m["role"] != "assistant")


def answered(record: Record) -> str:
    """What the assistant says."""
    if "document" in record:
        return str(record["summary"])
    return "\n".join(m["content"] for m in record["messages"] if m["role"] == "assistant")


def exchanges(record: Record, random: Random) -> dict[str, str]:
    """What is to be exchanged for what in a record; never two things for the same."""
    lang = record["lang"]
    text = told(record)
    changed: dict[str, str] = {}
    taken = set(words(lang).findall(text))
    for word in sorted(taken):
        if random.random() < SHARE:
            new = value(pool_of(lang)[word], lang, random)
            if new not in taken:
                changed[word] = new
                taken.add(new)
    for number in sorted(set(re.findall(r"\d+", text)) & set(re.findall(r"\d+", answered(record)))):
        low, high = (1, 9) if len(number) == 1 else (10 ** (len(number) - 1), 10 ** len(number) - 1)
        new = str(random.randint(low, min(high, 59) if len(number) == 2 else high))
        if new not in taken:
            changed[number] = new
            taken.add(new)
    return changed


def swapped(record: Record, random: Random) -> Record:
    """The record with other words and its facts in another order."""
    changed = exchanges(record, random)
    edge = r"\b" if record["lang"] == "en" else ""
    found = [
        rf"(?<!\d){re.escape(old)}(?!\d)" if old.isdigit() else edge + re.escape(old) + edge
        for old in sorted(changed, key=len, reverse=True)
    ]
    pattern = re.compile("|".join(found) or "(?!)")

    def change(text: str) -> str:
        return pattern.sub(lambda match: changed[match[0]], text)

    if "document" in record:
        return {key: change(record[key]) for key in ("document", "summary")} | {"lang": record["lang"]}
    messages = [{**message, "content": change(message["content"])} for message in record["messages"]]
    if messages[0]["role"] == "system" and messages[0]["content"].startswith(MEMORY):
        facts = messages[0]["content"].removeprefix(MEMORY).split("\n")
        random.shuffle(facts)
        messages[0]["content"] = MEMORY + "\n".join(facts)
    return {"messages": messages, "lang": record["lang"]}


def records(file: Path) -> Iterator[Record]:
    """The new records, mixed."""
    random = Random(31)
    read = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    made = [swapped(record, random) for record in read for _ in range(COPIES)]
    random.shuffle(made)
    yield from made


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    lines = list(lines_of(records(source)))
    target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(len(lines), "records")
