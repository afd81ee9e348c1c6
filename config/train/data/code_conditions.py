"""Tasks that pick numbers or words by a condition: keep, remove, count, sum, find … × even, above 10, starting with a …

Every condition carries members that meet it and others that do not, so that each task's test follows from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from code_tasks import Task, variant


@dataclass(frozen=True, slots=True)
class Condition:
    """What to pick: how to name one and many of them, the Python test, its opposite, and examples of both."""

    name: str
    one: str
    many: str
    zh: str
    test: str
    opposite: str
    yes: tuple[int | str, ...]
    no: tuple[int | str, ...]

    @property
    def is_like(self) -> str:
        """What all of them are, after "are": "even", "greater than 10"."""
        words = self.one.split(" ")
        return " ".join(word for word in words if word not in ("number", "word"))


def _number(
    name: str, rest: str, zh: str, test: str, opposite: str, *, yes: tuple[int, ...], no: tuple[int, ...]
) -> Condition:
    if " " in rest:
        return Condition(name, f"number {rest}", f"numbers {rest}", zh, test, opposite, yes, no)
    return Condition(name, f"{rest} number", f"{rest} numbers", zh, test, opposite, yes, no)


def number_conditions() -> Iterator[Condition]:
    """Yield the conditions on numbers."""
    yield _number("even", "even", "偶数", "n % 2 == 0", "n % 2 != 0", yes=(2, 4), no=(1, 3, 7))
    yield _number("odd", "odd", "奇数", "n % 2 != 0", "n % 2 == 0", yes=(1, 3), no=(2, 4, 6))
    yield _number("positive", "positive", "正数", "n > 0", "n <= 0", yes=(1, 5), no=(0, -3, -4))
    yield _number("negative", "negative", "负数", "n < 0", "n >= 0", yes=(-1, -5), no=(0, 3, 4))
    for k in (5, 10, 20, 50, 100):
        yes, no = (k + 1, k + 7), (k, k - 1, k - 3)
        yield _number(f"above_{k}", f"greater than {k}", f"大于 {k} 的数", f"n > {k}", f"n <= {k}", yes=yes, no=no)
        yes, no = (k - 1, k - 3), (k, k + 1, k + 7)
        yield _number(f"below_{k}", f"less than {k}", f"小于 {k} 的数", f"n < {k}", f"n >= {k}", yes=yes, no=no)
    for k in (3, 5, 7, 10):
        yes, no = (k, 4 * k), (k + 1, k - 1, 4 * k + 1)
        yield _number(
            f"by_{k}", f"divisible by {k}", f"能被 {k} 整除的数", f"n % {k} == 0", f"n % {k} != 0", yes=yes, no=no
        )
    for low, high in ((1, 10), (10, 20)):
        yield _number(
            f"from_{low}_to_{high}",
            f"between {low} and {high}",
            f"{low} 到 {high} 之间的数",
            f"{low} <= n <= {high}",
            f"not {low} <= n <= {high}",
            yes=(low, low + 3),
            no=(low - 1, high + 1, high + 5),
        )


def number_tasks() -> Iterator[Task]:
    """Yield every action on a list of numbers × every condition."""
    for c in number_conditions():
        mixed = [c.no[0], c.yes[0], c.no[1], c.yes[1], c.no[2]]
        args, result = "numbers: list[int]", "list[int]"
        yield variant(
            f"keep only the {c.many} of a list | ~the {c.many} in a list | filter a list for {c.many}",
            f"只保留列表中的{c.zh} | 找出列表中的{c.zh}",
            f"Return the {c.many}. | 返回{c.zh}。",
            f"def keep_{c.name}({args}) -> {result}:\n    return [n for n in numbers if {c.test}]",
            f"keep_{c.name}({mixed}) == {list(c.yes)}",
        )
        yield variant(
            f"remove the {c.many} from a list | drop all {c.many} of a list",
            f"删除列表中的{c.zh} | 去掉列表里所有{c.zh}",
            f"Return the numbers without the {c.many}. | 返回去掉{c.zh}后的列表。",
            f"def remove_{c.name}({args}) -> {result}:\n    return [n for n in numbers if {c.opposite}]",
            f"remove_{c.name}({mixed}) == {list(c.no)}",
        )
        yield variant(
            f"count the {c.many} in a list | find how many {c.many} a list has | How many {c.many} are in a list?",
            f"统计列表中{c.zh}的个数 | 数一数列表里有几个{c.zh}",
            f"Return how many {c.many} there are. | 返回{c.zh}的个数。",
            f"def count_{c.name}({args}) -> int:\n    return sum(1 for n in numbers if {c.test})",
            f"count_{c.name}({mixed}) == 2",
        )
        yield variant(
            f"sum the {c.many} in a list | ~the sum of the {c.many} | add up all {c.many} of a list",
            f"求列表中{c.zh}的和 | 把列表里的{c.zh}加起来",
            f"Return the sum of the {c.many}. | 返回{c.zh}的和。",
            f"def sum_{c.name}({args}) -> int:\n    return sum(n for n in numbers if {c.test})",
            f"sum_{c.name}({mixed}) == {c.yes[0]} + {c.yes[1]}",
        )
        yield variant(
            f"find the first {c.one} in a list | ~the first {c.one} of a list",
            f"找出列表中第一个{c.zh} | 返回列表里的第一个{c.zh}",
            f"Return the first {c.one}, or None. | 返回第一个{c.zh}，没有则返回 None。",
            f"def first_{c.name}({args}) -> int | None:\n    return next((n for n in numbers if {c.test}), None)",
            f"first_{c.name}({mixed}) == {c.yes[0]} and first_{c.name}({list(c.no)}) is None",
        )
        yield variant(
            f"check if a list has any {c.many} | tell whether at least one number is {c.is_like}",
            f"判断列表中有没有{c.zh} | 检查列表是否至少有一个{c.zh}",
            f"Return True if any number is {c.is_like}. | 如果有{c.zh}则返回 True。",
            f"def any_{c.name}({args}) -> bool:\n    return any({c.test} for n in numbers)",
            f"any_{c.name}({mixed}) and not any_{c.name}({list(c.no)})",
        )
        yield variant(
            f"check if all numbers in a list are {c.is_like} | tell whether every number is {c.is_like}",
            f"判断列表中是否全是{c.zh} | 检查所有数是不是{c.zh}",
            f"Return True if all numbers are {c.is_like}. | 如果全是{c.zh}则返回 True。",
            f"def all_{c.name}({args}) -> bool:\n    return all({c.test} for n in numbers)",
            f"all_{c.name}({list(c.yes)}) and not all_{c.name}({mixed})",
        )
        yield variant(
            f"find the largest {c.one} in a list | ~the maximum of the {c.many}",
            f"找出列表中最大的{c.zh} | 求{c.zh}中的最大值",
            f"Return the largest {c.one}. | 返回最大的{c.zh}。",
            f"def largest_{c.name}({args}) -> int:\n    return max(n for n in numbers if {c.test})",
            f"largest_{c.name}({mixed}) == max{c.yes}",
        )
        yield variant(
            f"list the positions of the {c.many} | find the index of every {c.one}",
            f"列出{c.zh}的位置 | 返回列表中{c.zh}的下标",
            f"Return the positions of the {c.many}. | 返回{c.zh}的位置。",
            f"def where_{c.name}({args}) -> {result}:\n    return [i for i, n in enumerate(numbers) if {c.test}]",
            f"where_{c.name}({mixed}) == [1, 3]",
        )


def _word(name: str, rest: str, zh: str, test: str, *, yes: tuple[str, ...], no: tuple[str, ...]) -> Condition:
    opposite = test.replace(" in ", " not in ") if " in " in test else f"not {test}"
    for sign, other in ((" > ", " <= "), (" < ", " >= "), (" == ", " != ")):
        if sign in test:
            opposite = test.replace(sign, other)
    return Condition(name, f"word {rest}", f"words {rest}", zh, test, opposite, yes, no)


def word_conditions() -> Iterator[Condition]:
    """Yield the conditions on words."""
    for letter, yes, no in (
        ("a", ("apple", "ant"), ("tea", "sun", "oil")),
        ("b", ("bee", "ball"), ("tub", "sun", "oil")),
        ("s", ("sun", "sea"), ("tea", "cats", "oil")),
    ):
        zh, code = f"以 {letter} 开头的单词", f'word.startswith("{letter}")'
        yield _word(f"starting_{letter}", f"that start with {letter}", zh, code, yes=yes, no=no)
    for end, yes, no in (
        ("s", ("cats", "bus"), ("sun", "dog", "sea")),
        ("ing", ("sing", "king"), ("ink", "dog", "sea")),
        ("e", ("tree", "bee"), ("egg", "dog", "sea")),
    ):
        zh, code = f"以 {end} 结尾的单词", f'word.endswith("{end}")'
        yield _word(f"ending_{end}", f"that end with {end}", zh, code, yes=yes, no=no)
    for part, yes, no in (
        ("e", ("tree", "egg"), ("dog", "cat", "sun")),
        ("o", ("dog", "to"), ("tree", "cat", "sun")),
    ):
        yield _word(f"with_{part}", f"that contain {part}", f"含有 {part} 的单词", f'"{part}" in word', yes=yes, no=no)
    for k in (3, 4, 5, 8):
        long, short = ("x" * (k + 1), "y" * (k + 3)), ("z" * k, "w" * (k - 1), "v")
        yield _word(
            f"longer_{k}", f"longer than {k} letters", f"长度大于 {k} 的单词", f"len(word) > {k}", yes=long, no=short
        )
        yes, no = ("x" * (k - 1), "v"), ("z" * k, "w" * (k + 1), "u" * 9)
        yield _word(
            f"shorter_{k}", f"shorter than {k} letters", f"长度小于 {k} 的单词", f"len(word) < {k}", yes=yes, no=no
        )
        yes, no = ("z" * k, "x" * k), ("w" * (k - 1), "u" * (k + 1), "q" * 9)
        yield _word(
            f"of_{k}", f"with exactly {k} letters", f"恰好 {k} 个字母的单词", f"len(word) == {k}", yes=yes, no=no
        )


def word_tasks() -> Iterator[Task]:
    """Yield every action on a list of words × every condition."""
    for c in word_conditions():
        mixed = [c.no[0], c.yes[0], c.no[1], c.yes[1], c.no[2]]
        singular = c.one.replace("that start", "that starts").replace("that end", "that ends")
        singular = singular.replace("that contain", "that contains")
        args, result = "words: list[str]", "list[str]"
        yield variant(
            f"keep only the {c.many} | ~the {c.many} in a list | filter a list for {c.many}",
            f"只保留{c.zh} | 找出列表中{c.zh}",
            f"Return the {c.many}. | 返回{c.zh}。",
            f"def keep_{c.name}({args}) -> {result}:\n    return [word for word in words if {c.test}]",
            f"keep_{c.name}({mixed}) == {list(c.yes)}",
        )
        yield variant(
            f"remove the {c.many} from a list | drop all {c.many}",
            f"删除列表中{c.zh} | 去掉所有{c.zh}",
            f"Return the words without the {c.many}. | 返回去掉{c.zh}后的列表。",
            f"def remove_{c.name}({args}) -> {result}:\n    return [word for word in words if {c.opposite}]",
            f"remove_{c.name}({mixed}) == {list(c.no)}",
        )
        yield variant(
            f"count the {c.many} in a list | find how many {c.many} there are",
            f"统计列表中{c.zh}的个数 | 数一数有几个{c.zh}",
            f"Return how many {c.many} there are. | 返回{c.zh}的个数。",
            f"def count_{c.name}({args}) -> int:\n    return sum(1 for word in words if {c.test})",
            f"count_{c.name}({mixed}) == 2",
        )
        yield variant(
            f"find the first {singular} | ~the first {singular} in a list",
            f"找出第一个{c.zh} | 返回列表中第一个{c.zh}",
            f"Return the first {singular}, or None. | 返回第一个{c.zh}，没有则返回 None。",
            f"def first_{c.name}({args}) -> str | None:\n    return next((word for word in words if {c.test}), None)",
            f"first_{c.name}({mixed}) == {c.yes[0]!r} and first_{c.name}([]) is None",
        )
