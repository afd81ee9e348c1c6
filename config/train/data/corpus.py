"""What the generators beside this file share: word pools, invented words, slots and the writing of records.

A generator is a script `make_NAME.py` with a function `records()`; run it and NAME.jsonl.xz is written beside it.
The same seed always gives the same records. It knows nothing of tokens or training.
"""

from __future__ import annotations

import functools
import json
import lzma
import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

Record = dict[str, Any]
Values = dict[str, str]

FOLDER = Path(__file__).parent
MEMORY = "You are a helpful assistant. What you remember about this person:\n"
INVENTED_SHARE = 0.35
"""Of names, places and titles: words that no model has seen, so that they must be copied."""


def write(name: str, records: Iterable[Record]) -> int:
    """Write the records to NAME.jsonl.xz beside this file and return their count."""
    lines = list(lines_of(records))
    text = "".join(f"{line}\n" for line in lines)
    (FOLDER / f"{name}.jsonl.xz").write_bytes(lzma.compress(text.encode(), preset=9))
    return len(lines)


def lines_of(records: Iterable[Record]) -> Iterator[str]:
    """The records as JSON lines, each once, in their order."""
    seen = set()
    for record in records:
        line = json.dumps(record, ensure_ascii=False)
        if line not in seen:
            seen.add(line)
            yield line


def chat(lang: str, *turns: str, system: str | None = None) -> Record:
    """A conversation: turns of the user and the assistant by turns, after a system message where one is given."""
    messages = [{"role": "system", "content": system}] if system else []
    messages += [{"role": ("user", "assistant")[index % 2], "content": turn} for index, turn in enumerate(turns)]
    return {"messages": messages, "lang": lang}


def sections(name: str) -> dict[str, dict[str, list[str]]]:
    """A table file: `[section]` lines, and below each `field: choice | choice` lines; a field may be repeated."""
    result: dict[str, dict[str, list[str]]] = {}
    current: dict[str, list[str]] = {}
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"\[(.+)\]", line.strip()):
            current = result.setdefault(match[1], {})
        elif line.strip() and not line.startswith("#"):
            field, _, choices = line.partition(":")
            current.setdefault(field.strip(), []).extend(choice.strip() for choice in choices.split(" | "))
    return result


@functools.cache
def pools(language: str) -> Mapping[str, Sequence[str]]:
    """The word pools of pools.txt for a language: those of `[all]` and its own."""
    table = sections("pools.txt")
    return {name: values for part in ("all", language) for name, values in table[part].items()}


def invented(random: Random, syllables: int | None = None) -> str:
    """A pronounceable word that means nothing, such as "Velmora"."""
    count = syllables or random.choice((2, 2, 3))
    onsets = (
        "b",
        "br",
        "c",
        "d",
        "dr",
        "f",
        "g",
        "gl",
        "h",
        "j",
        "k",
        "l",
        "m",
        "n",
        "p",
        "pl",
        "r",
        "s",
        "st",
        "t",
        "v",
        "z",
    )
    word = "".join(random.choice(onsets) + random.choice("aaeeiioou") for _ in range(count))
    return (word + random.choice(("", "", "n", "r", "l", "s", "x"))).capitalize()


def invented_zh(random: Random, count: int = 2) -> str:
    """Some Chinese characters that make a plausible name together."""
    return "".join(
        random.choice("云山青石林海月星白玉金安平和春秋松竹梅兰江湖清明远风雪晨光文天龙凤高新长乐")
        for _ in range(count)
    )


def value(pool: str, language: str, random: Random) -> str:
    """One word of a pool: a known one, an invented one, or a number made to order."""
    known = pools(language)
    match pool:
        case "name" | "pet_name" | "project" | "city" | "street" | "surname" if random.random() < INVENTED_SHARE:
            return _invented(pool, language, random)
        case "n":
            return str(random.randint(2, 30))
        case "age":
            return str(random.randint(12, 79))
        case "year":
            return str(random.randint(1990, 2026))
        case "code":
            return "".join(random.choice(string.digits) for _ in range(4))
        case "room":
            return str(random.randint(1, 420))
        case "early" | "late":
            return f"{random.randint(*((7, 11) if pool == 'early' else (14, 21)))}:{random.choice(('00', '15', '30'))}"
        case "few":
            return str(random.randint(2, 9))
        case "n0":
            return str(random.randint(0, 1))
        case "count":
            return str(random.randint(31, 960))
        case "percent":
            return str(random.randint(5, 92))
        case "big":
            return _large(random.randint(11, 900) * 100, language)
        case "money":
            return _large(random.randint(3, 95) * 10_000, language)
        case "price":
            return str(
                random.choice((5, 8, 12, 15, 19, 20, 25, 30, 39, 45, 49, 60, 75, 80, 99, 120, 150, 180, 250, 300, 450))
            )
        case "time":
            return _time(language, random)
        case "date":
            return _date(language, random)
        case "zh_name":
            return random.choice(known["zh_surname"]) + invented_zh(random, random.choice((1, 2)))
    return random.choice(known[pool])


def _invented(pool: str, language: str, random: Random) -> str:
    if language == "en":
        return f"{invented(random)} Street" if pool == "street" else invented(random)
    if pool == "name":
        return random.choice(pools("zh")["surname"]) + invented_zh(random, random.choice((1, 2)))
    if pool == "surname":
        return random.choice(pools("zh")["surname"])
    return invented_zh(random) + {"city": random.choice("市镇县"), "street": "路"}.get(pool, "")


def _large(number: int, language: str) -> str:
    if language == "zh":
        return f"{number / 10_000:g}万" if number >= 10_000 else str(number)
    return f"{number:,}"


def _time(language: str, random: Random) -> str:
    hour, minute = random.randint(7, 21), random.choice((0, 0, 15, 30, 30, 45))
    if language == "zh":
        part = "上午" if hour < 12 else "下午" if hour < 18 else "晚上"
        return f"{part}{hour if hour <= 12 else hour - 12}点" + {0: "", 15: "一刻", 30: "半", 45: "四十五分"}[minute]
    return f"{hour}:{minute:02}"


def _date(language: str, random: Random) -> str:
    month, day = random.randint(1, 12), random.randint(1, 28)
    return f"{month}月{day}日" if language == "zh" else f"{day} {pools('en')['month'][month - 1]}"


@functools.cache
def slots_of(*templates: str) -> tuple[str, ...]:
    """The slot names in the templates, each once, in their order."""
    return tuple(dict.fromkeys(re.findall(r"\{(\w+)\}", " ".join(templates))))


def fill(slots: Iterable[str], language: str, random: Random, given: Values | None = None) -> Values:
    """A value for every slot; `name2` draws from the pool `name`, and two slots of a pool get different values."""
    values = dict(given or {})
    for slot in slots:
        pool = slot.rstrip(string.digits)
        while slot not in values:
            drawn = value(pool, language, random)
            if drawn not in values.values():
                values[slot] = drawn
    return values


def a_or_an(text: str) -> str:
    """The text with "a" made "an" before a vowel."""
    return re.sub(r"\b([Aa]) (?=[aeiouAEIO])(?!uni|use|one|eu)", r"\1n ", text)


def filled(table: str, language: str, random: Random) -> list[tuple[str, str]]:
    """For every row of every section of a table some of its questions (q), and the answer (a) that the row gives.

    `slots` names what a row's parts, which stand between semicolons, fill; other slots draw from the pools. `each`
    says how many questions a row gets, all of them at most unless pools make them different.
    """
    pairs = []
    for section in sections(table).values():
        names = [name.strip() for name in section["slots"][0].split(";")] if "slots" in section else []
        for row in section.get("row", [""]):
            parts = [part.strip() for part in row.split(";", len(names) - 1)] if names else []
            given = dict(zip(names, parts, strict=True))
            wanted = int(section["each"][0]) if "each" in section else 2 * len(section["q"])
            questions = random.sample(section["q"], min(wanted, len(section["q"])))
            questions += random.choices(section["q"], k=wanted - len(questions))
            for question in questions:
                asked = slots_of(question)
                answers = [answer for answer in section["a"] if set(slots_of(answer)) <= {*asked, *given}]
                values = fill(asked, language, random, given)
                pair = [text.format(**values).replace("\\n", "\n") for text in (question, random.choice(answers))]
                text, answer = map(a_or_an, pair) if language == "en" else pair
                pairs.append((text, answer[:1].upper() + answer[1:]))
    return pairs
