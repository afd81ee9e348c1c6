"""Turns a request into the ways people put it: a command, a question, "a function that …"; knows no code.

A request is written in one of four ways, in English and in Chinese alike:

- a verb first ("reverse a string", "反转字符串"): every verb form fits;
- a thing, marked with "~" ("~the area of a circle", "~圆的面积"): the noun forms fit;
- an order that names the code itself, marked with "!" ("!write a stack class", "!写一个栈类"): no "a function that …";
- a sentence with its own full stop or question mark ("Is n even?"): it stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

VERB = {
    "en": (
        "{v}",
        "{V}",
        "Write a function that {vs}.",
        "Write a function to {v}.",
        "Write a Python function that {vs}.",
        "a function that {vs}",
        "A function that {vs}.",
        "I need a function that {vs}.",
        "How do I {v} in Python?",
        "How can I {v}?",
        "{V} in Python.",
        "Please write code to {v}.",
        "Give me a function to {v}.",
        "python function to {v}",
        "Make a function that {vs}.",
        "Can you write a function that {vs}?",
    ),
    "zh": (
        "{v}",
        "写一个函数，{v}。",
        "写一个函数{v}。",
        "写函数{v}",
        "写个函数，{v}。",
        "用 Python {v}。",
        "怎么用 Python {v}？",
        "如何{v}？",
        "怎样{v}？",
        "帮我写个函数，{v}。",
        "写一段代码，{v}。",
        "请写一个函数：{v}。",
        "用Python{v}",
    ),
}
NOUN = {
    "en": (
        "Find {n}.",
        "Compute {n}.",
        "Get {n}.",
        "{n}",
        "What is {n}?",
        "Write a function for {n}.",
        "Write a function that returns {n}.",
        "a function for {n}",
        "How do I get {n} in Python?",
        "I need a function that computes {n}.",
        "Calculate {n}.",
        "Give me {n}.",
    ),
    "zh": (
        "计算{n}。",
        "返回{n}。",
        "求{n}",
        "{n}",
        "写一个求{n}的函数。",
        "写一个函数，计算{n}。",
        "写函数求{n}。",
        "怎么求{n}？",
        "{n}怎么算？",
        "用 Python 求{n}。",
        "帮我写个函数，求{n}。",
    ),
}
ORDER = {
    "en": (
        "{v}",
        "{V}",
        "{V} in Python.",
        "Please {v}.",
        "Can you {v}?",
        "How do I {v} in Python?",
        "How can I {v}?",
        "I want to {v}.",
    ),
    "zh": ("{v}", "请{v}。", "帮我{v}。", "用 Python {v}。", "怎么{v}？", "如何用 Python {v}？", "请用 Python {v}。"),
}
PLAIN = {"en": ("{V}.", "Return {n}."), "zh": ("{v}。", "求{n}。")}


def every_form(request: str, lang: str) -> list[str]:
    """All ways to put `request`, the plain one first."""
    if request[-1] in ".?？。":
        return [request]
    if request.startswith("~"):
        forms = (PLAIN[lang][1], *NOUN[lang])
    else:
        forms = (PLAIN[lang][0], *(ORDER if request.startswith("!") else VERB)[lang])
    text = request.lstrip("~!")
    slots = {"v": text, "V": text[:1].upper() + text[1:], "vs": third_person(text), "n": text}
    return list(dict.fromkeys(_fill(form, slots) for form in forms))


def draw(forms: Sequence[str], count: int, rng: Random) -> list[str]:
    """The plain form and `count` others drawn by `rng`; for 0, one form, as often plain as not."""
    plain, *others = forms
    drawn = rng.sample(others, min(max(count, 1), len(others)))
    return [plain, *drawn] if count else [rng.choice([plain, *drawn])]


def third_person(text: str) -> str:
    """The phrase with its first verb in the third person.

    >>> third_person("multiply two numbers")
    'multiplies two numbers'
    """
    verb, space, rest = text.partition(" ")
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        verb += "es"
    elif verb.endswith("y") and verb[-2:-1] not in "aeou":
        verb = verb[:-1] + "ies"
    else:
        verb += "s"
    return verb + space + rest


def _fill(form: str, slots: dict[str, str]) -> str:
    text = form
    for name, value in slots.items():
        text = text.replace("{" + name + "}", value)
    return text
