"""Writes copying.jsonl.xz: repeating, taking apart and reading what stands in the message itself.

Passages and their questions come from passages_en.txt and passages_zh.txt, words from pools.txt and invention.
Run `python config/train/data/make_copying.py` after changing any of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from random import Random

from corpus import Record, a_or_an, chat, fill, invented, invented_zh, pools, sections, slots_of, value, write

COUNTS = {"read": 2900, "two": 700, "copied": 1500}
"""Records of each sort in each language: about one passage, about two, and plain copying."""
ASKED = {
    "en": (
        "Read this:\n{text}\n{question}",
        "Read this:\n{text}\n\n{question}",
        "{text}\n\n{question}",
        "{text} {question}",
        "{question}\n\n{text}",
        "Text: {text}\nQuestion: {question}",
        "Use only this text to answer.\n\n{text}\n\n{question}",
        "Answer from the text.\nText: {text}\nQuestion: {question}",
    ),
    "zh": (
        "读一读：\n{text}\n{question}",
        "阅读下面的话，回答问题。\n{text}\n{question}",
        "{text}\n\n{question}",
        "{text}{question}",
        "{question}\n\n{text}",
        "文字：{text}\n问题：{question}",
        "只根据这段文字回答。\n\n{text}\n\n{question}",
    ),
}
WORDS_EN = ("food", "object", "animal", "hobby", "name", "city", "colour", "thing", "vegetable", "drink", "instrument")
WORDS_ZH = ("food", "object", "animal", "hobby", "name", "city", "colour", "thing", "vegetable", "drink", "instrument")


@functools.cache
def scenes(language: str) -> dict[str, dict[str, list[str]]]:
    """The passages of a language."""
    return sections(f"passages_{language}.txt")


def passage(language: str, random: Random, taken: Sequence[str] = ()) -> tuple[str, list[tuple[str, str]], list[str]]:
    """A passage, its questions with their answers, and the values that stand in it."""
    while True:
        scene = random.choice(list(scenes(language).values()))
        values = fill(slots_of(*scene["text"], *scene["ask"]), language, random)
        if not set(values.values()) & set(taken):
            break
    text, *pairs = (item.format(**values) for item in [random.choice(scene["text"]), *scene["ask"]])
    if language == "en":
        text, pairs = a_or_an(text), [a_or_an(pair) for pair in pairs]
    asked = [(question, capital(answer)) for question, _, answer in (pair.partition(" => ") for pair in pairs)]
    random.shuffle(asked)
    return text, asked, list(values.values())


def capital(text: str) -> str:
    """The text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def read(language: str, random: Random) -> Record:
    """One passage and one to three questions about it."""
    text, asked, _ = passage(language, random)
    return _asked(language, text, asked[: random.choice((1, 1, 2, 3))], random)


def two(language: str, random: Random) -> Record:
    """Two passages together, so that the right one must be found."""
    text, asked, taken = passage(language, random)
    other, others, _ = passage(language, random, taken)
    both = (f"{text} {other}" if language == "en" else text + other) if random.random() < 0.5 else f"{text}\n{other}"
    known = {question for question, _ in asked} & {question for question, _ in others}
    mixed = [pair for pair in (*asked, *others) if pair[0] not in known and not _vague(pair[0], language)]
    random.shuffle(mixed)
    return _asked(language, both, mixed[: random.choice((1, 2))] or asked[:1], random)


def _vague(question: str, language: str) -> bool:
    """Whether a question says "it" or "they" of something that two passages may have."""
    marks = (" it", "they", "they ") if language == "en" else ("他们", "哪天", "几点", "什么时候", "在哪里", "多少")
    return any(mark in question for mark in marks)


def _asked(language: str, text: str, asked: list[tuple[str, str]], random: Random) -> Record:
    (question, answer), *others = asked
    first = random.choice(ASKED[language]).format(text=text, question=question)
    return chat(language, first, answer, *(part for pair in others for part in pair))


def copied_en(random: Random) -> tuple[str, str]:
    """A request to repeat or take apart some words, and its answer."""
    words = [value(pool, "en", random) for pool in random.sample(WORDS_EN, random.choice((3, 3, 4, 5)))]
    sentence = _sentence("en", random)
    plain = sentence.rstrip(".").split()
    word = invented(random) if random.random() < 0.5 else random.choice(words)
    ordinal = random.randrange(len(words))
    listed = ", ".join(words)
    letters = word.replace(" ", "").upper()
    old, new = random.choice(plain), random.choice(words)
    tasks: list[Callable[[], tuple[str, str]]] = [
        lambda: (f"Repeat: {sentence}", sentence),
        lambda: (f"Repeat this sentence: {sentence}", sentence),
        lambda: (f"Repeat after me: {sentence}", sentence),
        lambda: (f"Copy this: {sentence}", sentence),
        lambda: (f'Say "{word}".', f"{word}"),
        lambda: (f"Say {word}", f"{word}"),
        lambda: (f"Say {word} twice.", f"{word} {word}"),
        lambda: (f"Say {word} three times.", f"{word} {word} {word}"),
        lambda: (f"Write the word {word} two times.", f"{word} {word}"),
        lambda: (f"What is the first word of: {sentence}", f'The first word is "{plain[0]}".'),
        lambda: (f"What is the last word of: {sentence}", f'The last word is "{plain[-1]}".'),
        lambda: (f"Which word comes first: {listed}?", f"{words[0]}"),
        lambda: (f"Which word comes last: {listed}?", f"{words[-1]}"),
        lambda: (f"Reverse the order of: {listed}", ", ".join(reversed(words))),
        lambda: (f"Put these words in reverse order: {listed}", ", ".join(reversed(words))),
        lambda: (f"What is the {_ordinal(ordinal)} word in this list: {listed}?", f'It is "{words[ordinal]}".'),
        lambda: (f"How many words are in this list: {listed}?", f"There are {len(words)} words."),
        lambda: (f"What is the first letter of {word}?", f"The first letter of {word} is {letters[0]}."),
        lambda: (f"What is the last letter of {word}?", f"The last letter of {word} is {letters[-1]}."),
        lambda: (f"Spell the word {word}.", "-".join(letters)),
        lambda: (f"Write in capital letters: {word}", word.upper()),
        lambda: (f"Write in small letters: {sentence.upper()}", sentence.lower()),
        lambda: (f"Write each word on its own line: {listed}", "\n".join(words)),
        lambda: (f"Make a list: {listed}", "\n".join(f"- {each}" for each in words)),
        lambda: (f"Make a numbered list of {listed}.", "\n".join(f"{n}. {each}" for n, each in enumerate(words, 1))),
        lambda: (f'Remove "{words[ordinal]}" from this list: {listed}', ", ".join(_without(words, ordinal))),
        lambda: (f"Add {word} to this list: {listed}", f"{listed}, {word}"),
        lambda: (f'Replace "{old}" with "{new}": {" ".join(plain)}', _replaced(plain, old, new)),
        lambda: (f'Is the word "{words[ordinal]}" in this list: {listed}?', f'Yes, "{words[ordinal]}" is in the list.'),
        lambda: (f'Is the word "window" in this list: {listed}?', 'No, "window" is not in the list.'),
        lambda: (f"My word is {word}. What is my word?", f"Your word is {word}."),
        lambda: (f"Put quotation marks around it: {sentence}", f'"{sentence}"'),
    ]
    return random.choice(tasks)()


def copied_zh(random: Random) -> tuple[str, str]:
    """The same in Chinese."""
    words = [value(pool, "zh", random) for pool in random.sample(WORDS_ZH, random.choice((3, 3, 4, 5)))]
    sentence = _sentence("zh", random)
    word = invented_zh(random) if random.random() < 0.5 else random.choice(words)
    ordinal = random.randrange(len(words))
    listed = "、".join(words)
    tasks: list[Callable[[], tuple[str, str]]] = [
        lambda: (f"重复：{sentence}", sentence),
        lambda: (f"重复这句话：{sentence}", sentence),
        lambda: (f"跟我说：{sentence}", sentence),
        lambda: (f"照抄：{sentence}", sentence),
        lambda: (f"请说“{word}”", word),
        lambda: (f"说两遍“{word}”", word * 2),
        lambda: (f"把“{word}”说三遍", f"{word}，{word}，{word}"),
        lambda: (f"这里面第一个词是什么：{listed}", f"第一个词是“{words[0]}”。"),
        lambda: (f"最后一个词是什么：{listed}", f"最后一个词是“{words[-1]}”。"),
        lambda: (f"把顺序倒过来：{listed}", "、".join(reversed(words))),
        lambda: (f"倒序排列：{listed}", "、".join(reversed(words))),
        lambda: (
            f"第{'一二三四五'[ordinal]}个词是什么：{listed}",
            f"第{'一二三四五'[ordinal]}个词是“{words[ordinal]}”。",
        ),
        lambda: (f"这里有几个词：{listed}", f"有{len(words)}个词。"),
        lambda: (f"“{word}”的第一个字是什么？", f"第一个字是“{word.strip('《》')[0]}”。"),
        lambda: (f"“{word}”的最后一个字是什么？", f"最后一个字是“{word.strip('《》')[-1]}”。"),
        lambda: (f"“{word}”有几个字？", f"有{len(word)}个字。"),
        lambda: (f"每个词写一行：{listed}", "\n".join(words)),
        lambda: (f"列成清单：{listed}", "\n".join(f"- {each}" for each in words)),
        lambda: (f"编上号码：{listed}", "\n".join(f"{n}. {each}" for n, each in enumerate(words, 1))),
        lambda: (f"从清单里去掉“{words[ordinal]}”：{listed}", "、".join(_without(words, ordinal))),
        lambda: (f"在清单里加上“{word}”：{listed}", f"{listed}、{word}"),
        lambda: (f"清单里有“{words[ordinal]}”吗？{listed}", f"有，清单里有“{words[ordinal]}”。"),
        lambda: (f"清单里有“窗户”吗？{listed}", "没有，清单里没有“窗户”。"),
        lambda: (f"我的暗号是{word}。我的暗号是什么？", f"你的暗号是{word}。"),
        lambda: (f"加上引号：{sentence}", f"“{sentence}”"),
    ]
    return random.choice(tasks)()


def _sentence(language: str, random: Random) -> str:
    text, _, _ = passage(language, random)
    mark = ". " if language == "en" else "。"
    parts = [part.strip().rstrip(".。") for part in text.split(mark) if part.strip()]
    return random.choice(parts) + mark.strip()


def _ordinal(index: int) -> str:
    return ("first", "second", "third", "fourth", "fifth")[index]


def _without(words: list[str], index: int) -> list[str]:
    return words[:index] + words[index + 1 :]


def _replaced(words: list[str], old: str, new: str) -> str:
    return " ".join(new if word == old else word for word in words)


def records() -> Iterator[Record]:
    """All records, the languages and sorts mixed."""
    random = Random(12)
    plan = [(language, name) for language in ("en", "zh") for name, count in COUNTS.items() for _ in range(count)]
    random.shuffle(plan)
    for language, name in plan:
        if name == "copied":
            yield chat(language, *(copied_en if language == "en" else copied_zh)(random))
        else:
            yield (read if name == "read" else two)(language, random)


if __name__ == "__main__":
    print(write("copying", records()), "records,", len(pools("en")), "pools")
