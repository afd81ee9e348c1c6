"""Writes memory.jsonl.xz: answers that stand in what is remembered of a person, or in the conversation itself.

Facts come from memory_en.txt and memory_zh.txt, their values from pools.txt and from invented words, so that the
answer must be copied from the context. Run `python config/train/data/make_memory.py` after changing any of them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from corpus import MEMORY, Record, Values, a_or_an, chat, fill, pools, sections, slots_of, write

COUNTS = {"system": 4000, "conversation": 1500, "remember": 700, "corrected": 350, "listed": 350, "greeted": 150}
"""Records of each sort in each language."""
CONFUSABLE = (
    {"event", "eventtime"},
    {"trip", "tripmonth", "city"},
    {"hobby", "sport", "instrument"},
    {"city", "street"},
    {"relative", "relation", "petkind", "pet", "person"},
    {"friend-city", "friend-job", "friend-likes", "gift", "owes"},
    {"goal", "saving", "language"},
    {"food", "dislike"},
    {"name", "surname"},
    {"subject", "language"},
    {"job", "workplace"},
    {"car", "parking"},
    {"where", "parking"},
    {"project", "club"},
)
"""Kinds of fact of which one says something about the other: no question is asked for the one that is missing."""
CLASHING = ({"event", "eventtime"}, {"trip", "tripmonth"}, {"hobby", "sport"}, {"project", "club"}, {"pet", "petkind"})
"""Kinds of fact whose questions could be answered by each other: they do not stand together."""


@dataclass(frozen=True, slots=True)
class Table:
    """One language's kinds of fact, and the words around them."""

    language: str
    facts: dict[str, dict[str, list[str]]]
    words: dict[str, list[str]]
    asides: list[str]
    greetings: list[str]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known of a person."""

    kind: str
    forms: dict[str, list[str]]
    values: Values
    language: str

    def say(self, field: str, random: Random) -> str:
        """One of the field's sentences with the values in it."""
        text = random.choice(self.forms[field]).format(**self.values)
        return a_or_an(text[:1].upper() + text[1:]) if self.language == "en" and field != "you" else a_or_an(text)


@functools.cache
def table(language: str) -> Table:
    """Read a language's table."""
    facts = sections(f"memory_{language}.txt")
    asides, greetings = facts.pop("aside")["pair"], facts.pop("greet")["pair"]
    return Table(language, facts, facts.pop("words"), asides, greetings)


def draw(tab: Table, random: Random, count: int) -> list[Fact]:
    """Some facts about one person; several of a kind only where a key tells them apart."""
    facts: list[Fact] = []
    used: set[str] = set()
    repeated = random.random() < 0.25
    while len(facts) < count:
        kind = random.choice(list(tab.facts))
        if facts and repeated and "key" in facts[0].forms:
            kind = facts[0].kind
        forms = tab.facts[kind]
        kinds = {fact.kind for fact in facts}
        if kind in kinds and "key" not in forms:
            repeated = False
            continue
        if any(kind in group and kinds & (group - {kind}) for group in CLASHING):
            continue
        values = fill(slots_of(*forms["you"], *forms["note"], *forms["told"], *forms["ask"]), tab.language, random)
        if used & set(values.values()):
            continue
        used |= set(values.values())
        facts.append(Fact(kind, forms, values, tab.language))
    random.shuffle(facts)
    return facts


def missing(tab: Table, random: Random, facts: list[Fact]) -> Fact:
    """A fact that none of these tells, nor half of it."""
    known = {fact.kind for fact in facts}
    while True:
        [other] = draw(tab, random, 1)
        close = {kind for group in CONFUSABLE if other.kind in group for kind in group}
        key = other.forms.get("key")
        same = [fact for fact in facts if fact.kind == other.kind]
        if (known - {other.kind}) & close:
            continue
        if not same or (key and all(fact.values[key[0]] != other.values[key[0]] for fact in same)):
            return other


def note(fact: Fact, random: Random) -> str:
    """The fact as a line of memory: a note in the third person, or the person's own words."""
    if random.random() < 0.65:
        return fact.say("note", random)
    return inner(fact.say("told", random).rstrip(".。"))


def rough(question: str, language: str, random: Random) -> str:
    """The question as people type it: now and then without a capital or a question mark."""
    chance = random.random()
    if chance < 0.12:
        bare = question.rstrip("?？.。")
        return bare.lower() if language == "en" and chance < 0.06 else bare
    if chance < 0.16:
        return {"en": "Hi! ", "zh": "请问，"}[language] + question
    return question


def exchange(tab: Table, fact: Fact, random: Random) -> tuple[str, str]:
    """A question about the fact and its answer."""
    chance = random.random()
    you = fact.say("you", random)
    if chance < 0.1 and "check" in fact.forms:
        if random.random() < 0.5:
            return fact.say("check", random), tab.words["yes"][0].format(you=you)
        others = fill(
            fact.values.keys(), tab.language, random, {slot: "" for slot in fact.values if slot in key_of(fact)}
        )
        wrong = {slot: fact.values[slot] if slot in key_of(fact) else others[slot] for slot in fact.values}
        if wrong != fact.values:
            asked = Fact(fact.kind, fact.forms, wrong, fact.language).say("check", random)
            return asked, tab.words["no"][0].format(you=you)
    question = rough(fact.say("ask", random), tab.language, random)
    if chance < 0.72:
        return question, f"{capital(you)}{stop(tab)}"
    if chance < 0.78:
        return question, tab.words["told-me"][0].format(you=you)
    return question, fact.say("short", random)


def key_of(fact: Fact) -> list[str]:
    """The slots that tell facts of this kind apart."""
    return fact.forms.get("key", [])


def inner(sentence: str) -> str:
    """The sentence as it stands after "that": a small letter in front where that letter is no name's or "I"."""
    return sentence[0].lower() + sentence[1:] if re.match("(My|The|In|At|This) ", sentence) else sentence


def capital(text: str) -> str:
    """The text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def stop(tab: Table) -> str:
    """The language's full stop."""
    return {"en": ".", "zh": "。"}[tab.language]


def word(tab: Table, field: str, random: Random, **values: str) -> str:
    """One of the table's set phrases."""
    return random.choice(tab.words[field]).format(**values)


def aside(tab: Table, random: Random) -> tuple[str, str]:
    """An exchange that has nothing to do with the facts."""
    question, _, answer = random.choice(tab.asides).partition(" => ")
    return question, answer


def unknown(tab: Table, fact: Fact, random: Random) -> tuple[str, str]:
    """A question about a fact that nobody told, and the honest answer."""
    return rough(fact.say("ask", random), tab.language, random), word(
        tab, "missing", random, unknown=fact.say("unknown", random)
    )


def system(tab: Table, random: Random) -> Record:
    """Questions about what stands in the system message, some of them about what does not stand there."""
    facts = draw(tab, random, random.choice((1, 2, 2, 3, 3, 4, 5, 6)))
    lines = "\n".join(f"- {note(fact, random)}" for fact in facts)
    turns: list[str] = []
    for fact in random.sample(facts, min(len(facts), random.choice((1, 1, 1, 2, 3)))):
        if random.random() < 0.12:
            turns += aside(tab, random)
        turns += exchange(tab, fact, random)
    if random.random() < 0.16:
        turns += unknown(tab, missing(tab, random, facts), random)
    if random.random() < 0.06:
        turns = list(unknown(tab, missing(tab, random, facts), random))
    return chat(tab.language, *turns, system=MEMORY + lines)


def conversation(tab: Table, random: Random) -> Record:
    """Facts told by the person, other talk, and questions about the facts."""
    facts = draw(tab, random, random.choice((1, 1, 2, 2, 3)))
    turns: list[str] = []
    for fact in facts:
        turns += [fact.say("told", random), capital(word(tab, "noted", random, you=fact.say("you", random)))]
        if random.random() < 0.25:
            turns += aside(tab, random)
    if random.random() < 0.3:
        turns += aside(tab, random)
    for fact in random.sample(facts, min(len(facts), 2)):
        turns += exchange(tab, fact, random)
    if random.random() < 0.15:
        turns += unknown(tab, missing(tab, random, facts), random)
    return chat(tab.language, *turns)


def remember(tab: Table, random: Random) -> Record:
    """ "Remember that …", confirmed, and asked for later; several facts in one message at times."""
    facts = draw(tab, random, random.choice((1, 1, 2)))
    turns: list[str] = []
    for fact in facts:
        told = fact.say("told", random)
        request = word(tab, "remember", random, told=inner(told))
        request = f"{request[:-1]}?" if request.startswith("Can ") else request
        turns += [request, word(tab, "remembered", random, you=fact.say("you", random))]
    for _ in range(random.choice((0, 0, 1))):
        turns += aside(tab, random)
    for fact in random.sample(facts, len(facts)):
        turns += exchange(tab, fact, random)
    return chat(tab.language, *turns)


def corrected(tab: Table, random: Random) -> Record:
    """A fact that is told, then changed, then asked for: the newer one holds."""
    [old] = draw(tab, random, 1)
    kept = {slot: old.values[slot] for slot in key_of(old)}
    new = Fact(old.kind, old.forms, fill(old.values, tab.language, random, kept), tab.language)
    told = inner(new.say("told", random))
    turns = [old.say("told", random), capital(word(tab, "noted", random, you=old.say("you", random)))]
    turns += [
        word(tab, "correct", random, told=told),
        capital(word(tab, "corrected", random, you=new.say("you", random))),
    ]
    if random.random() < 0.4:
        turns += aside(tab, random)
    turns += exchange(tab, new, random)
    return chat(tab.language, *turns)


def listed(tab: Table, random: Random) -> Record:
    """What do you know about me?"""
    facts = draw(tab, random, random.choice((0, 1, 2, 2, 3, 3)))
    question = rough(random.choice(tab.words["list"]), tab.language, random)
    if not facts:
        return chat(
            tab.language, *(aside(tab, random) if random.random() < 0.5 else ()), question, word(tab, "nothing", random)
        )
    known = [fact.say("you", random) for fact in facts]
    if tab.language == "en":
        answer = f"{capital(', '.join(known[:-1]) + ', and ' if known[:-1] else '')}{known[-1]}."
        answer = capital(answer)
    else:
        answer = f"{'，'.join(known)}。"
    lines = "\n".join(f"- {note(fact, random)}" for fact in facts)
    return chat(tab.language, question, answer, system=MEMORY + lines)


def greeted(tab: Table, random: Random) -> Record:
    """A greeting that uses the person's name when it is known."""
    facts = draw(tab, random, random.choice((0, 1, 2)))
    facts = [fact for fact in facts if fact.kind not in {"name", "surname"}]
    names = [Fact("name", tab.facts["name"], fill(["name"], tab.language, random), tab.language)]
    question, _, answer = random.choice(tab.greetings).partition(" => ")
    lines = "\n".join(f"- {note(fact, random)}" for fact in random.sample(facts + names, len(facts) + 1))
    return chat(tab.language, question, answer.format(name=names[0].values["name"]), system=MEMORY + lines)


def records() -> Iterator[Record]:
    """All records, the languages and sorts mixed."""
    random = Random(11)
    makers = {
        "system": system,
        "conversation": conversation,
        "remember": remember,
        "corrected": corrected,
        "listed": listed,
        "greeted": greeted,
    }
    plan = [(language, name) for language in ("en", "zh") for name, count in COUNTS.items() for _ in range(count)]
    random.shuffle(plan)
    for language, name in plan:
        yield makers[name](table(language), random)


if __name__ == "__main__":
    print(write("memory", records()), "records,", len(pools("en")), "pools")
