"""Writes summaries.jsonl.xz: short news, notices, notes, letters and dialogues with their summaries.

Texts come from summaries_en.txt and summaries_zh.txt. The sentences that the summary takes up always stand in the
text, mostly not at its beginning, and others stand between them. Run `python config/train/data/make_summaries.py`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from random import Random

from corpus import Record, a_or_an, fill, sections, slots_of, write

COUNTS = {"en": 2700, "zh": 2500}
MOST = {"en": 620, "zh": 160}
"""Characters of a text."""
WISHES: dict[str, dict[str, tuple[str, ...]]] = {
    "points": {
        "en": (
            "List the key points.",
            "Summarise in bullet points.",
            "Three bullet points, please.",
            "What are the main points?",
        ),
        "zh": ("请列出要点。", "请分点总结。", "请列出三个要点。", "主要内容有哪些？分点回答。"),
    },
    "title": {
        "en": ("Write a title.", "Give this text a title.", "What would be a good title?"),
        "zh": ("写一个标题。", "给下面的内容起个标题。", "拟一个标题。"),
    },
}
ANSWERS = ("sum", "title", "points")


@functools.cache
def scenes(language: str) -> list[dict[str, list[str]]]:
    """The texts of a language."""
    return list(sections(f"summaries_{language}.txt").values())


def document(scene: dict[str, list[str]], language: str, random: Random) -> str:
    """A text of the scene, its slots still open: what must stand there in order, other sentences between."""
    parts = []
    for field, choices in scene.items():
        if field in (*ANSWERS, "more", "lines", "head") or (field.endswith("?") and random.random() < 0.4):
            continue
        parts.append(random.choice(choices).replace(" // ", "\n"))
    if "more" in scene:
        for sentence in random.sample(scene["more"], random.choice((1, 2, 2, 3))):
            parts.insert(random.randint(min(1, len(parts)), max(1, len(parts) - 1)), sentence)
    glue = "\n" if "lines" in scene else " " if language == "en" else ""
    text = glue.join(parts)
    return f"{random.choice(scene['head'])}\n{text}" if "head" in scene and random.random() < 0.75 else text


def sentence_case(text: str, language: str) -> str:
    """English with capitals at the beginnings and "an" before vowels."""
    if language != "en":
        return text
    opened = re.sub(r"(^|[.!?\n] |\n|- )([a-z])", lambda match: match[1] + match[2].upper(), a_or_an(text))
    return opened[:1].upper() + opened[1:]


def record(language: str, random: Random) -> Record:
    """One text with a summary, points or a title, at most as long as the language allows."""
    while True:
        scene = random.choice(scenes(language))
        kind = random.choices(ANSWERS, (86, 6, 8))[0]
        wish = f"{random.choice(WISHES[kind][language])}\n" if kind in WISHES else ""
        open_text, open_answer = document(scene, language, random), random.choice(scene[kind])
        if kind == "points":
            open_answer = "\n".join(f"- {point}" for point in open_answer.split(" / "))
        values = fill(slots_of(open_text, open_answer), language, random)
        text = sentence_case(open_text.format(**values), language)
        if len(text) <= MOST[language] and set(slots_of(open_answer)) <= set(slots_of(open_text)):
            return {
                "document": wish + text,
                "summary": sentence_case(open_answer.format(**values), language),
                "lang": language,
            }


def records() -> Iterator[Record]:
    """All records, the languages mixed."""
    random = Random(13)
    plan = [language for language, count in COUNTS.items() for _ in range(count)]
    random.shuffle(plan)
    for language in plan:
        yield record(language, random)


if __name__ == "__main__":
    print(write("summaries", records()), "records")
