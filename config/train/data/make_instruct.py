"""Writes instruct.jsonl.xz: small jobs on a given text, and thinking in one step with small numbers.

Texts stand in instruct_en.txt and instruct_zh.txt; word problems, conversions, comparisons, lists and yes-or-no
questions are made here. Run `python config/train/data/make_instruct.py` after changing any of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from corpus import Record, a_or_an, chat, fill, filled, pools, value, write

COUNT = 1300
"""Made tasks in each language."""
Pair = tuple[str, str]

GAINS = (
    (
        "{name} has {a} {things} and gets {b} more. How many {things} does {name} have now?",
        "{a} plus {b} is {sum}. {name} has {sum} {things}.",
    ),
    (
        "There are {a} {things} in one box and {b} in another. How many are there together?",
        "{a} plus {b} is {sum}. There are {sum} {things}.",
    ),
    (
        "{name} has {big} {things} and gives {b} away. How many are left?",
        "{big} minus {b} is {a}. {a} {things} are left.",
    ),
    ("I had {big} {things} and lost {b}. How many do I have now?", "{big} minus {b} is {a}. You have {a} {things}."),
    (
        "One box holds {c} {things}. How many {things} are in {d} boxes?",
        "{d} times {c} is {product}. There are {product} {things}.",
    ),
    (
        "A ticket costs {c} euros. How much do {d} tickets cost?",
        "{d} times {c} is {product}. They cost {product} euros.",
    ),
    (
        "{name} shares {product} {things} among {d} friends. How many does each get?",
        "{product} divided by {d} is {c}. Each gets {c} {things}.",
    ),
    ("{name} is {a} years old. How old will {name} be in {b} years?", "{a} plus {b} is {sum}. {name} will be {sum}."),
    ("I have {sum} euros and spend {b} euros. How much is left?", "{sum} minus {b} is {a}. {a} euros are left."),
    (
        "{name} reads {c} pages a day. How many pages in {d} days?",
        "{d} times {c} is {product}. That is {product} pages.",
    ),
)
GAINS_ZH = (
    ("{name}有{a}个{things}，又得到{b}个，现在有几个？", "{a}加{b}等于{sum}，现在有{sum}个{things}。"),
    ("一个盒子里有{a}个{things}，另一个有{b}个，一共多少个？", "{a}加{b}等于{sum}，一共{sum}个。"),
    ("{name}有{big}个{things}，送出{b}个，还剩几个？", "{big}减{b}等于{a}，还剩{a}个。"),
    ("我有{sum}元，花了{b}元，还剩多少？", "{sum}减{b}等于{a}，还剩{a}元。"),
    ("一盒有{c}个{things}，{d}盒有多少个？", "{c}乘{d}等于{product}，一共{product}个。"),
    ("一张票{c}元，买{d}张要多少钱？", "{c}乘{d}等于{product}，要{product}元。"),
    ("{product}个{things}平均分给{d}个人，每人几个？", "{product}除以{d}等于{c}，每人{c}个。"),
    ("{name}今年{a}岁，{b}年后几岁？", "{a}加{b}等于{sum}，那时{sum}岁。"),
    ("{name}每天看{c}页书，{d}天看多少页？", "{c}乘{d}等于{product}，一共{product}页。"),
)
THINGS = {
    "en": ("apples", "books", "pens", "eggs", "stamps", "balls", "cups", "oranges", "coins", "cards"),
    "zh": ("苹果", "鸡蛋", "橙子", "球", "杯子", "糖果", "桃子", "包子"),
}
UNITS = (
    ("kilometre", "kilometres", "metres", 1000, "公里", "米"),
    ("metre", "metres", "centimetres", 100, "米", "厘米"),
    ("hour", "hours", "minutes", 60, "小时", "分钟"),
    ("minute", "minutes", "seconds", 60, "分钟", "秒"),
    ("kilo", "kilos", "grams", 1000, "公斤", "克"),
    ("day", "days", "hours", 24, "天", "小时"),
    ("week", "weeks", "days", 7, "周", "天"),
    ("litre", "litres", "millilitres", 1000, "升", "毫升"),
    ("year", "years", "months", 12, "年", "个月"),
    ("euro", "euros", "cents", 100, "元", "分"),
)
ADJECTIVES = (
    ("older", "younger", "大", "小"),
    ("taller", "smaller", "高", "矮"),
    ("faster", "slower", "快", "慢"),
    ("richer", "poorer", "有钱", "穷"),
    ("stronger", "weaker", "强壮", "弱"),
    ("heavier", "lighter", "重", "轻"),
)


def problem(language: str, random: Random) -> Pair:
    """A word problem with one step."""
    question, answer = random.choice(GAINS if language == "en" else GAINS_ZH)
    a, b, c, d = random.randint(2, 30), random.randint(2, 15), random.randint(2, 12), random.randint(2, 9)
    numbers = {"a": a, "b": b, "c": c, "d": d, "sum": a + b, "big": a + b, "product": c * d}
    slots = {"name": value("name", language, random), "things": random.choice(THINGS[language]), **numbers}
    return question.format(**slots), answer.format(**slots)


def conversion(language: str, random: Random) -> Pair:
    """A larger unit in a smaller one."""
    one, many, small, factor, one_zh, small_zh = random.choice(UNITS)
    count = random.randint(1, 10)
    if language == "zh":
        asked = random.choice(("{n}{one}等于多少{small}？", "{n}{one}是多少{small}？", "把{n}{one}换成{small}"))
        return asked.format(n=count, one=one_zh, small=small_zh), f"{count}{one_zh}等于{count * factor}{small_zh}。"
    unit = one if count == 1 else many
    asked = random.choice(
        ("How many {small} are in {n} {unit}?", "Convert {n} {unit} into {small}.", "{n} {unit} in {small}?")
    )
    return asked.format(
        n=count, unit=unit, small=small
    ), f"{count} {unit} {'is' if count == 1 else 'are'} {count * factor} {small}."


def comparison(language: str, random: Random) -> Pair:
    """Who is older, when one is older than the other."""
    more, less, more_zh, less_zh = random.choice(ADJECTIVES)
    names = fill(["name", "name2"], language, random)
    first, second = names["name"], names["name2"]
    if language == "zh":
        asked, answer = random.choice(((f"谁更{more_zh}？", first), (f"谁更{less_zh}？", second)))
        return f"{first}比{second}{more_zh}。{asked}", f"{answer}更{less_zh if answer == second else more_zh}。"
    wanted, answer = random.choice(((more, first), (less, second)))
    return f"{first} is {more} than {second}. Who is {wanted}?", f"{answer} is {wanted}."


def ordering(language: str, random: Random) -> Pair:
    """Numbers or names put in order, the largest or smallest taken out."""
    numbers = random.sample(range(1, 100), random.choice((3, 4, 5)))
    comma = ", " if language == "en" else "、"
    listed, rising = comma.join(map(str, numbers)), comma.join(map(str, sorted(numbers)))
    falling = comma.join(map(str, sorted(numbers, reverse=True)))
    top, low = max(numbers), min(numbers)
    names = sorted(random.sample(pools("en")["name"], 3))
    mixed = ", ".join(random.sample(names, 3))
    if language == "zh":
        return random.choice(
            (
                (f"从小到大排列：{listed}", rising),
                (f"从大到小排列：{listed}", falling),
                (f"哪个数最大：{listed}", f"最大的是{top}。"),
                (f"哪个数最小：{listed}", f"最小的是{low}。"),
                (f"{numbers[0]}和{numbers[1]}哪个大？", f"{max(numbers[:2])}大。"),
            )
        )
    return random.choice(
        (
            (f"Put these numbers in order, smallest first: {listed}", rising),
            (f"Sort these numbers: {listed}", rising),
            (f"Sort from large to small: {listed}", falling),
            (f"Which number is the largest: {listed}?", f"The largest number is {top}."),
            (f"Which number is the smallest: {listed}?", f"The smallest number is {low}."),
            (f"Which is bigger, {numbers[0]} or {numbers[1]}?", f"{max(numbers[:2])} is bigger."),
            (f"Put these names in alphabetical order: {mixed}", ", ".join(names)),
            (f"Sort the names: {mixed}", ", ".join(names)),
        )
    )


def sequence(language: str, random: Random) -> Pair:
    """The next number of a simple row, or whether a number is even."""
    step, start = random.choice((1, 2, 3, 5, 10)), random.randint(1, 20)
    row = [start + step * index for index in range(5)]
    number = random.randint(1, 99)
    even = number % 2 == 0
    if language == "zh":
        shown = "、".join(map(str, row[:4]))
        return random.choice(
            (
                (f"下一个数是什么：{shown}", f"下一个数是{row[4]}。"),
                (f"{number}是偶数还是奇数？", f"{number}是{'偶' if even else '奇'}数。"),
            )
        )
    shown = ", ".join(map(str, row[:4]))
    return random.choice(
        (
            (f"What comes next: {shown}?", f"The next number is {row[4]}."),
            (f"Continue: {shown}", f"{shown}, {row[4]}"),
            (f"Is {number} even or odd?", f"{number} is {'even' if even else 'odd'}."),
        )
    )


def extraction(language: str, random: Random) -> Pair:
    """A name, number, place or day taken out of a sentence."""
    slots = fill(["name", "city", "day", "time", "price", "thing"], language, random)
    if language == "zh":
        text = random.choice(
            ("{name}{day}{time}到{city}，花{price}元买{thing}。", "{day}{time}，{name}在{city}用{price}元买了{thing}。")
        ).format(**slots)
        asked, key = random.choice(
            (
                ("找出人名", "name"),
                ("找出城市", "city"),
                ("找出星期几", "day"),
                ("找出价格", "price"),
                ("找出时间", "time"),
            )
        )
        return f"{asked}：{text}", slots[key] + ("元" if key == "price" else "")
    text = a_or_an(
        random.choice(
            (
                "On {day} at {time} {name} went to {city} and bought a {thing} for {price} euros.",
                "{name} bought a {thing} in {city} on {day} at {time}. It cost {price} euros.",
            )
        ).format(**slots)
    )
    asked, key = random.choice(
        (
            ("Find the name", "name"),
            ("Find the city", "city"),
            ("Find the day", "day"),
            ("Find the price", "price"),
            ("Find the time", "time"),
            ("Extract the name", "name"),
            ("Which city is in the text", "city"),
        )
    )
    return f"{asked}: {text}", slots[key] + (" euros" if key == "price" else "")


def verdict(language: str, random: Random) -> Pair:
    """Yes or no about a sentence."""
    slots = fill(["name", "name2", "city", "city2", "food", "food2", "animal", "animal2"], language, random)
    right = random.random() < 0.5
    n2, c2, f2, a2 = (slots[key] if right else slots[key + "2"] for key in ("name", "city", "food", "animal"))
    name, city, food, animal = slots["name"], slots["city"], slots["food"], slots["animal"]
    if language == "zh":
        return random.choice(
            (
                (
                    f"{name}住在{city}。{name}住在{c2}吗？",
                    f"是的，{name}住在{city}。" if right else f"不是，{name}住在{city}。",
                ),
                (
                    f"{name}喜欢吃{food}。{name}喜欢吃{f2}吗？",
                    f"是的，{name}喜欢吃{food}。" if right else f"没有提到，只说{name}喜欢吃{food}。",
                ),
                (
                    f"{name}养了一只{animal}。{name}养的是{a2}吗？",
                    f"是的，是一只{animal}。" if right else f"不是，是一只{animal}。",
                ),
            )
        )
    yes, no = "Yes, ", "No, "
    question, answer = random.choice(
        (
            (f"{name} lives in {city}. Does {name} live in {c2}?", (yes if right else no) + f"{name} lives in {city}."),
            (
                f"{name} likes {food}. Does {name} like {f2}?",
                f"Yes, {name} likes {food}." if right else f"The text does not say so. {name} likes {food}.",
            ),
            (f"{name} has a {animal}. Does {name} have a {a2}?", (yes if right else no) + f"{name} has a {animal}."),
            (f"{name} won the game. Did {n2} win the game?", (yes if right else no) + f"{name} won the game."),
        )
    )
    return a_or_an(question), a_or_an(answer)


def records() -> Iterator[Record]:
    """All records, the languages and tasks mixed."""
    random = Random(15)
    makers = (problem, problem, conversion, comparison, ordering, sequence, extraction, verdict)
    result: list[Record] = []
    for language in ("en", "zh"):
        result += [chat(language, *pair) for pair in filled(f"instruct_{language}.txt", language, random)]
        result += [chat(language, *random.choice(makers)(language, random)) for _ in range(COUNT)]
    random.shuffle(result)
    yield from result


if __name__ == "__main__":
    print(write("instruct", records()), "records")
