"""Writes chat.jsonl.xz: first-contact talk, simple facts, explanations, sums and small pieces of writing.

What is said stands in talk_*.txt (by intent) and facts_*.txt (with slots that rows and pools.txt fill, so that the
topic asked for stands in the answer). Run `python config/train/data/make_chat.py` after changing any of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from corpus import FOLDER, Record, chat, filled, sections, write

SUMS = 900
TALKS = 700
"""Conversations of several intents in each language."""
LANGUAGES = ("en", "zh", "fr", "de", "es")
SUM_EN = {
    "+": (
        "What is {a} plus {b}?",
        "{a} + {b}",
        "{a}+{b}",
        "What is {a} + {b}?",
        "how much is {a} plus {b}",
        "Add {a} and {b}.",
        "{a} plus {b}?",
    ),
    "-": (
        "What is {a} minus {b}?",
        "{a} - {b}",
        "What is {a} - {b}?",
        "How much is {a} minus {b}?",
        "Subtract {b} from {a}.",
    ),
    "*": (
        "What is {a} times {b}?",
        "{a} x {b}",
        "{a} * {b}",
        "What is {a} * {b}?",
        "how much is {a} times {b}",
        "Multiply {a} by {b}.",
    ),
    "/": ("What is {a} divided by {b}?", "{a} / {b}", "Divide {a} by {b}.", "How much is {a} divided by {b}?"),
}
SUM_ZH = {
    "+": ("{a}加{b}等于几？", "{a}加{b}等于多少？", "{a}+{b}=?", "{a}+{b}等于多少", "计算{a}+{b}", "{a}加{b}是多少"),
    "-": ("{a}减{b}等于几？", "{a}减{b}等于多少？", "{a}-{b}=?", "{a}-{b}等于多少"),
    "*": ("{a}乘以{b}等于几？", "{a}乘{b}等于多少？", "{a}×{b}=?", "{a}*{b}等于多少"),
    "/": ("{a}除以{b}等于几？", "{a}除以{b}等于多少？", "{a}÷{b}=?"),
}
SAID = {
    "en": {"+": "plus", "-": "minus", "*": "times", "/": "divided by"},
    "zh": {"+": "加", "-": "减", "*": "乘", "/": "除以"},
}


def rough(question: str, language: str, random: Random) -> str:
    """The question as it is typed in haste: without capitals or marks, or with two letters changed round."""
    bare = question.rstrip("?!. ？。！") or question
    if language == "zh":
        return f"请问{question}" if question.endswith("？") and random.random() < 0.25 else bare
    text = bare.lower() if random.random() < 0.7 else question
    if random.random() < 0.3 and len(text) > 8:
        at = random.randrange(2, len(text) - 2)
        if text[at].isalpha() and text[at + 1].isalpha():
            text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def talk(language: str, random: Random) -> list[tuple[str, str]]:
    """Every question of the intents, as written and once more in haste, each with one of the answers."""
    pairs = []
    for intent in sections(f"talk_{language}.txt").values():
        answers = [answer.replace("\\n", "\n") for answer in intent["a"]][:3]
        for number, question in enumerate(intent["q"]):
            pairs.append((question, answers[number % len(answers)]))
            pairs.append((rough(question, language, random), random.choice(answers)))
    return pairs


def sums(language: str, random: Random) -> list[tuple[str, str]]:
    """Sums, differences, products and quotients of small numbers."""
    asked = SUM_EN if language == "en" else SUM_ZH
    pairs = []
    for _ in range(SUMS):
        sign = random.choice("++--**/")
        if sign in "+-":
            most = random.choice((10, 20, 50, 100))
            a, b = random.randint(1, most), random.randint(1, most)
            if sign == "-":
                a, b = max(a, b), min(a, b)
        else:
            a, b = random.randint(1, 12), random.randint(1, 12)
            a = a * b if sign == "/" else a
        result = {"+": a + b, "-": a - b, "*": a * b, "/": a // b}[sign]
        said = SAID[language][sign]
        answer = f"{a} {said} {b} is {result}." if language == "en" else f"{a}{said}{b}等于{result}。"
        pairs.append((random.choice(asked[sign]).format(a=a, b=b), answer))
    return pairs


def conversations(language: str, singles: list[tuple[str, str]], random: Random) -> Iterator[Record]:
    """A greeting, one to three questions, thanks or goodbye, in that order, with parts left out."""
    intents = sections(f"talk_{language}.txt")
    for _ in range(TALKS if language in {"en", "zh"} else 60):
        chosen = [_of(intents, "greeting", random)] if random.random() < 0.6 else []
        chosen += random.sample(singles, random.choice((1, 2, 2, 3)))
        if random.random() < 0.5:
            chosen.append(_of(intents, random.choice(("thanks", "bye")), random))
        yield chat(language, *(turn for pair in chosen for turn in pair))


def _of(intents: dict[str, dict[str, list[str]]], name: str, random: Random) -> tuple[str, str]:
    return random.choice(intents[name]["q"]), random.choice(intents[name]["a"])


def records() -> Iterator[Record]:
    """All records, the languages and kinds mixed."""
    random = Random(14)
    result: list[Record] = []
    for language in LANGUAGES:
        singles = talk(language, random)
        if (FOLDER / f"facts_{language}.txt").is_file():
            for question, answer in filled(f"facts_{language}.txt", language, random):
                hasty = random.random() < 0.2
                singles.append((rough(question, language, random) if hasty else question, answer))
            singles += sums(language, random)
        result += [chat(language, *pair) for pair in singles]
        result += conversations(language, singles, random)
    random.shuffle(result)
    yield from result


if __name__ == "__main__":
    print(write("chat", records()), "records")
