"""Writes lookup.jsonl.xz: several things looked up at once among what is remembered, some of which is not there.

One answer copies many values and admits what is missing, so a record teaches both more often than one question about
one fact does. Labels stand here, values come from pools.txt and from invention.
Run `python config/train/data/make_lookup.py` after changing either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from corpus import MEMORY, Record, chat, invented, invented_zh, pools, value, write

COUNTS = {"asked": 2600, "listed": 900, "whose": 700, "one": 1200}
"""Records of each sort in each language."""
LABELS = {
    "en": (
        "name", "nickname", "last name", "boss", "neighbour", "teacher", "doctor", "dentist", "cat", "dog", "horse",
        "town", "street", "village", "office", "school", "gym", "bank", "hotel", "train", "car", "bike", "boat",
        "team", "band", "club", "project", "company", "shop", "favourite colour", "favourite food", "favourite film",
        "favourite song", "favourite drink", "favourite season", "hobby", "sport", "instrument", "book", "phone",
        "laptop", "room", "locker", "desk", "door code", "room number", "locker number", "meeting day", "birthday",
        "first language", "goal", "plan", "gift for mum", "next trip", "lunch", "breakfast", "garden plant", "job",
        "sister", "brother", "uncle", "grandmother", "best friend", "partner", "daughter", "son", "landlord",
        "subject", "course", "exam", "class", "bus stop", "password hint", "ticket", "seat", "size", "allergy", "fear",
    ),
    "zh": (
        "名字", "小名", "姓", "领导", "邻居", "老师", "医生", "牙医", "猫", "狗", "马", "城市", "街道", "老家", "公司",
        "学校", "健身房", "银行", "酒店", "火车", "车", "自行车", "船", "球队", "乐队", "社团", "项目", "店",
        "最喜欢的颜色", "最喜欢的菜", "最喜欢的电影", "最喜欢的歌", "最喜欢的饮料", "最喜欢的季节", "爱好", "运动",
        "乐器", "书", "手机", "电脑", "房间", "柜子", "桌子", "门的密码", "房间号", "柜子号码", "开会的日子", "生日",
        "母语", "目标", "计划", "给妈妈的礼物", "下次旅行", "午饭", "早饭", "花园里的植物", "职业", "姐姐", "哥哥",
        "叔叔", "奶奶", "最好的朋友", "爱人", "女儿", "儿子", "房东", "专业", "课程", "考试", "车站", "车票", "座位",
        "尺码", "过敏原", "害怕的东西",
    ),
}  # fmt: skip
NOTES = {
    "en": (
        "{Label}: {value}",
        "{Label}: {value}",
        "The {label} is {value}",
        "My {label} is {value}",
        "{Label} = {value}",
    ),
    "zh": ("{label}：{value}", "{label}：{value}", "{label}是{value}", "我的{label}是{value}", "{label}={value}"),
}
ASK = {
    "en": (
        "What are my {all}?",
        "Tell me my {all}.",
        "Do you remember my {all}?",
        "I need my {all}.",
        "Remind me of my {all}.",
        "my {all}",
        "Can you tell me my {all}?",
        "Which are my {all}?",
    ),
    "zh": (
        "我的{all}是什么？",
        "告诉我我的{all}。",
        "你记得我的{all}吗？",
        "说说我的{all}",
        "请问我的{all}是什么？",
        "我的{all}分别是什么？",
    ),
}
ONE = {
    "en": (
        "What is my {label}?",
        "What's my {label}?",
        "what is my {label}",
        "Do you know my {label}?",
        "Tell me my {label}.",
        "What was my {label} again?",
        "Which {label} did I tell you?",
        "Do you remember my {label}?",
        "And my {label}?",
    ),
    "zh": (
        "我的{label}是什么？",
        "你知道我的{label}吗？",
        "我的{label}是什么来着？",
        "你记得我的{label}吗？",
        "告诉我我的{label}",
        "那我的{label}呢？",
    ),
}
SAID = {"en": "Your {label} is {value}.", "zh": "你的{label}是{value}。"}
MISSING = {
    "en": ("You have not told me your {label}.", "I do not know your {label} yet.", "I don't know your {label}."),
    "zh": ("你还没告诉我你的{label}。", "我不知道你的{label}。", "我还不知道你的{label}。"),
}
EVERYTHING = {
    "en": (
        "What do you know about me?",
        "List what you remember.",
        "Tell me everything you know about me.",
        "Repeat it all.",
    ),
    "zh": ("你知道我的什么？", "说说你记得的事。", "你都记得什么？", "把你知道的都告诉我。"),
}
WHOSE = {"en": ("What is {value}?", "Who or what is {value}?"), "zh": ("{value}是什么？", "{value}是谁？")}
BELONGS = {"en": "{Value} is your {label}.", "zh": "{value}是你的{label}。"}
JOIN = {"en": (", ", " and "), "zh": ("、", "和")}


def thing(lang: str, random: Random) -> str:
    """A value: a word or two of the pools, invented words, or a number."""
    chance = random.random()
    if chance < 0.25:
        return invented_zh(random, random.choice((2, 2, 3))) if lang == "zh" else invented(random)
    if chance < 0.4:
        return str(random.choice((random.randint(1, 99), random.randint(100, 9999), random.randint(1900, 2040))))
    names = [name for name in pools(lang) if name != "zh_surname"]
    first = value(random.choice(names), lang, random)
    if chance < 0.55:
        second = value(random.choice(names), lang, random)
        return f"{first}和{second}" if lang == "zh" else f"{first} and {second}"
    return first


def drawn(lang: str, random: Random, count: int) -> dict[str, str]:
    """Different labels, each with a value that no other has."""
    found: dict[str, str] = {}
    for label in random.sample(LABELS[lang], count):
        new = thing(lang, random)
        while any(new in old or old in new for old in found.values()):
            new = thing(lang, random)
        found[label] = new
    return found


def system(lang: str, facts: dict[str, str], random: Random) -> str:
    """The system message that remembers the facts, in one style or in several."""
    style = random.choice(NOTES[lang])
    lines = []
    for label, held in facts.items():
        note = style if random.random() < 0.7 else random.choice(NOTES[lang])
        lines.append(f"- {note.format(label=label, Label=label[:1].upper() + label[1:], value=held)}")
    return MEMORY + "\n".join(lines)


def told(lang: str, label: str, facts: dict[str, str], random: Random) -> str:
    """What is known of one label, or that nothing is."""
    if label in facts:
        return SAID[lang].format(label=label, value=facts[label])
    return random.choice(MISSING[lang]).format(label=label)


def joined(lang: str, words: Sequence[str]) -> str:
    """The words as a list in a sentence."""
    comma, last = JOIN[lang]
    return words[0] if len(words) == 1 else comma.join(words[:-1]) + last + words[-1]


def answers(lang: str, labels: Sequence[str], facts: dict[str, str], random: Random) -> str:
    """One sentence for each label."""
    return ("" if lang == "zh" else " ").join(told(lang, label, facts, random) for label in labels)


def labels_for(lang: str, facts: dict[str, str], random: Random, count: int) -> list[str]:
    """Labels to ask for, about one in four of them unknown."""
    known = random.sample(list(facts), len(facts))
    unknown = [label for label in random.sample(LABELS[lang], 12) if label not in facts]
    return [known.pop() if known and random.random() < 0.75 else unknown.pop() for _ in range(count)]


def asked(lang: str, random: Random) -> Record:
    """Several labels in one question, and perhaps another question after it."""
    facts = drawn(lang, random, random.randint(2, 8))
    turns: list[str] = []
    for _ in range(random.choice((1, 1, 2))):
        labels = labels_for(lang, facts, random, random.randint(2, 5))
        turns += [random.choice(ASK[lang]).format(all=joined(lang, labels)), answers(lang, labels, facts, random)]
    return chat(lang, *turns, system=system(lang, facts, random))


def one(lang: str, random: Random) -> Record:
    """Single labels, one question after the other."""
    facts = drawn(lang, random, random.randint(1, 7))
    turns: list[str] = []
    for label in dict.fromkeys(labels_for(lang, facts, random, random.randint(2, 5))):
        turns += [random.choice(ONE[lang]).format(label=label), answers(lang, [label], facts, random)]
    return chat(lang, *turns, system=system(lang, facts, random))


def listed(lang: str, random: Random) -> Record:
    """Everything that is known, in its order."""
    facts = drawn(lang, random, random.randint(2, 6))
    question = random.choice(EVERYTHING[lang])
    return chat(lang, question, answers(lang, list(facts), facts, random), system=system(lang, facts, random))


def whose(lang: str, random: Random) -> Record:
    """The label of a value."""
    facts = drawn(lang, random, random.randint(2, 6))
    turns: list[str] = []
    for label in random.sample(list(facts), min(len(facts), 3)):
        held = facts[label]
        question = random.choice(WHOSE[lang]).format(value=held)
        turns += [question, BELONGS[lang].format(label=label, value=held, Value=held[:1].upper() + held[1:])]
    return chat(lang, *turns, system=system(lang, facts, random))


def records() -> Iterator[Record]:
    """All records, the languages and sorts mixed."""
    random = Random(23)
    makers = {"asked": asked, "listed": listed, "whose": whose, "one": one}
    plan = [(lang, name) for lang in ("en", "zh") for name, count in COUNTS.items() for _ in range(count)]
    random.shuffle(plan)
    for lang, name in plan:
        yield makers[name](lang, random)


if __name__ == "__main__":
    print(write("lookup", records()), "records")
