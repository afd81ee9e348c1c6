"""Writes spanish.jsonl.xz: everyday English sentences with their Spanish translation.

Words and fixed sentences stand in spanish.txt; this file conjugates, agrees and joins them. Subject pronouns are
mostly dropped, as in Spanish speech. Run `python config/train/data/make_spanish.py` after changing either.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from corpus import Record, sections, write

COUNT = 5200
"""Made pairs, before equal ones are left out."""
Pair = tuple[str, str]
PRESENT = {
    "ar": ("o", "as", "a", "amos", "an"),
    "er": ("o", "es", "e", "emos", "en"),
    "ir": ("o", "es", "e", "imos", "en"),
}
PAST = {
    "ar": ("é", "aste", "ó", "amos", "aron"),
    "er": ("í", "iste", "ió", "imos", "ieron"),
    "ir": ("í", "iste", "ió", "imos", "ieron"),
}
ESTAR = ("estoy", "estás", "está", "estamos", "están")
BE = ("am", "are", "is", "are", "are")
MODALS = (
    ("want to", "wants to", "", ("quiero", "quieres", "quiere", "queremos", "quieren")),
    ("have to", "has to", "que ", ("tengo", "tienes", "tiene", "tenemos", "tienen")),
    ("need to", "needs to", "", ("necesito", "necesitas", "necesita", "necesitamos", "necesitan")),
    ("can", "can", "", ("puedo", "puedes", "puede", "podemos", "pueden")),
    ("would like to", "would like to", "", ("quisiera", "quisieras", "quisiera", "quisiéramos", "quisieran")),
)
UNWILLED = {"necesitar", "perder"}
"""Verbs that nobody wants, has or is asked to do."""
GOING = ("voy", "vas", "va", "vamos", "van")


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb in both languages; the Spanish persons are I, you, he or she, we, they."""

    base: str
    third: str
    past: str
    ing: str
    infinitive: str
    present: tuple[str, ...]
    preterite: tuple[str, ...]
    gerund: str
    command: str

    def now(self, person: int) -> str:
        """The English present."""
        return self.third if person == 2 else self.base


def conjugated(row: str) -> Verb:
    """A verb from its row of the table: regular unless the row says otherwise."""
    english, infinitive, *irregular = (part.strip() for part in row.split(";"))
    base, third, past, ing = (form.strip() for form in english.split(","))
    stem, ending = infinitive[:-2], infinitive[-2:]
    if irregular:
        present, preterite = (tuple(part.split("/")) for part in irregular[:2])
        return Verb(base, third, past, ing, infinitive, present, preterite, irregular[2], irregular[3])
    present = tuple(stem + each for each in PRESENT[ending])
    preterite = tuple(stem + each for each in PAST[ending])
    if ending == "ar" and stem[-1] in "cgz":
        softened = {"c": "qu", "g": "gu", "z": "c"}[stem[-1]]
        preterite = (stem[:-1] + softened + "é", *preterite[1:])
    gerund = stem + ("ando" if ending == "ar" else "iendo")
    return Verb(base, third, past, ing, infinitive, present, preterite, gerund, present[2])


@functools.cache
def verbs() -> list[Verb]:
    """All verbs of the table."""
    return [conjugated(row) for row in sections("spanish.txt")["verbs"]["row"]]


def pick(section: str, field: str, random: Random) -> Pair:
    """One English = Spanish pair of the table."""
    english, _, spanish = random.choice(_table()[section][field]).partition(" = ")
    return english.strip(), spanish.strip()


@functools.cache
def _table() -> dict[str, dict[str, list[str]]]:
    return sections("spanish.txt")


def up(text: str) -> str:
    """The sentence with a capital in front, behind an opening mark too."""
    at = 1 if text[0] in "¿¡" else 0
    return text[:at] + text[at].upper() + text[at + 1 :]


def subject(random: Random, person: int | None = None) -> tuple[int, str, str]:
    """(person, English subject, Spanish subject or nothing)."""
    which = random.choice((0, 0, 1, 2, 2, 2, 3, 4, 4)) if person is None else person
    english, spanish = pick("subjects", str(which), random)
    if spanish == "-" or (spanish in {"Él", "Ella"} and random.random() < 0.6):
        spanish = ""
    return which, english, spanish


def action(random: Random) -> Pair:
    """A sentence about somebody doing something: one verb in one tense or with one modal."""
    verb = random.choice(verbs())
    english, spanish = pick("objects", verb.infinitive, random)
    person, who, quien = subject(random)
    if spanish == "solo":
        person, who, quien = 0, "I", ""
    es_who = f"{quien} " if quien else ""
    timed = random.random() < 0.5 and not any(word in english for word in (" at ", "on Saturdays", "before", "early"))
    kind = random.choice(
        (
            "present",
            "past",
            "future",
            "modal",
            "modal",
            "now",
            "negative",
            "not-past",
            "ask",
            "ask-past",
            "ask-modal",
            "please",
        )
    )
    when, cuando = (
        pick(
            "adverbs",
            {"present": "present", "past": "past", "not-past": "past", "ask-past": "past", "now": "now"}.get(
                kind, "future"
            ),
            random,
        )
        if timed
        else ("", "")
    )
    when, cuando = (f" {when}" if when else ""), (f" {cuando}" if cuando else "")
    you_en, you_es = random.choice((("you", 1), ("you", 1), ("they", 4)))
    if kind == "now" and verb.ing == "-":
        kind = "past"
        when, cuando = " yesterday", " ayer"
    if kind == "please" and verb.command == "-":
        kind, when, cuando = "present", "", ""
    if kind in {"modal", "ask-modal", "please"} and verb.infinitive in UNWILLED:
        kind, when, cuando = "present", "", ""
    modal, modals, glue, forms = random.choice(MODALS)
    match kind:
        case "present":
            return f"{who} {verb.now(person)} {english}{when}.", f"{es_who}{verb.present[person]} {spanish}{cuando}."
        case "past":
            return f"{who} {verb.past} {english}{when}.", f"{es_who}{verb.preterite[person]} {spanish}{cuando}."
        case "future":
            be = f"{who} {BE[person]}"
            return (
                f"{be} going to {verb.base} {english}{when}.",
                f"{es_who}{GOING[person]} a {verb.infinitive} {spanish}{cuando}.",
            )
        case "modal":
            form = modals if person == 2 else modal
            return (
                f"{who} {form} {verb.base} {english}{when}.",
                f"{es_who}{forms[person]} {glue}{verb.infinitive} {spanish}{cuando}.",
            )
        case "now":
            return (
                f"{who} {BE[person]} {verb.ing} {english}{when}.",
                f"{es_who}{ESTAR[person]} {verb.gerund} {spanish}{cuando}.",
            )
        case "negative":
            no = "doesn't" if person == 2 else "don't"
            return f"{who} {no} {verb.base} {english}.", f"{es_who}no {verb.present[person]} {spanish}."
        case "not-past":
            return (
                f"{who} didn't {verb.base} {english}{when}.",
                f"{es_who}no {verb.preterite[person]} {spanish}{cuando}.",
            )
        case "ask":
            return f"Do {you_en} {verb.base} {english}?", f"¿{verb.present[you_es]} {spanish}?"
        case "ask-past":
            return f"Did {you_en} {verb.base} {english}{when}?", f"¿{verb.preterite[you_es]} {spanish}{cuando}?"
        case "ask-modal":
            front = (
                f"Would {you_en} like to"
                if modal == "would like to"
                else f"Can {you_en}"
                if modal == "can"
                else f"Do {you_en} {modal}"
            )
            return (
                f"{front} {verb.base} {english}{when}?",
                f"¿{forms[you_es]} {glue}{verb.infinitive} {spanish}{cuando}?",
            )
    return f"Please {verb.base} {english}.", f"Por favor, {verb.command} {spanish}."


FRAMES = (
    ("I don't have time to {v}.", "No tengo tiempo para {i}."),
    ("I forgot to {v}.", "Olvidé {i}."),
    ("It is important to {v}.", "Es importante {i}."),
    ("It is easy to {v}.", "Es fácil {i}."),
    ("I can't come because I have to {v}.", "No puedo ir porque tengo que {i}."),
    ("I am tired, but I have to {v}.", "Estoy cansado, pero tengo que {i}."),
    ("If it rains, we are going to {v}.", "Si llueve, vamos a {i}."),
    ("After work I am going to {v}.", "Después del trabajo voy a {i}."),
    ("My doctor says that I should {v}.", "Mi médico dice que debería {i}."),
    ("Let's {v}.", "Vamos a {i}."),
    ("Why don't we {v}?", "¿Por qué no vamos a {i}?"),
    ("Where can I {v}?", "¿Dónde puedo {i}?"),
    ("When are you going to {v}?", "¿Cuándo vas a {i}?"),
    ("You don't have to {v}.", "No tienes que {i}."),
    ("She asked me if I wanted to {v}.", "Me preguntó si quería {i}."),
    ("Before going to bed, I have to {v}.", "Antes de acostarme, tengo que {i}."),
    ("I prefer to {v}.", "Prefiero {i}."),
    (
        "My son is learning to read, and my daughter wants to {v}.",
        "Mi hijo está aprendiendo a leer y mi hija quiere {i}.",
    ),
    ("I tried to {v}, but it was not possible.", "Intenté {i}, pero no fue posible."),
    ("We are thinking about it, because we want to {v}.", "Lo estamos pensando, porque queremos {i}."),
)


def framed(random: Random) -> Pair:
    """An infinitive in a frame of one or two clauses."""
    verb = random.choice(verbs())
    while verb.infinitive in UNWILLED:
        verb = random.choice(verbs())
    english, spanish = pick("objects", verb.infinitive, random)
    frame, marco = random.choice(FRAMES)
    return frame.format(v=f"{verb.base} {english}"), marco.format(i=f"{verb.infinitive} {spanish}")


def being(random: Random) -> Pair:
    """A thing or a person with ser, estar or tener, the adjective in agreement."""
    if random.random() < 0.45:
        (who, quien), kind = pick("people", "who", random), random.choice(("ser", "estar", "tener"))
        quien, gender = quien.split("/")
        what, que = pick("people", kind, random)
        if kind == "tener":
            return f"{who} is {what}.", f"{quien} tiene {que}."
        agreed = que.split("/")[gender == "f"]
        verb = "es" if kind == "ser" else "está"
        if random.random() < 0.25:
            return f"{who} is not {what}.", f"{quien} no {verb} {agreed}."
        return f"{who} is {what}.", f"{quien} {verb} {agreed}."
    group, kind = random.choice(("house", "thing", "thing", "food", "place", "place")), random.choice(("ser", "estar"))
    (noun, cosa), (what, que) = pick("things", group, random), pick("things", f"{group}-{kind}", random)
    feminine = cosa.startswith("la ")
    agreed, bare = que.split("/")[feminine], cosa.split(" ", 1)[1]
    verb = {"ser": "es", "estar": "está"}[kind]
    options = [
        (f"The {noun} is {what}.", f"{cosa} {verb} {agreed}."),
        (f"The {noun} is not {what}.", f"{cosa} no {verb} {agreed}."),
        (f"Is the {noun} {what}?", f"¿{cosa} {verb} {agreed}?"),
        (f"This {noun} is {what}.", f"{'Esta' if feminine else 'Este'} {bare} {verb} {agreed}."),
        (f"I think the {noun} is {what}.", f"Creo que {cosa} {verb} {agreed}."),
    ]
    if group == "thing" and what != "mine":
        options += [
            (f"My {noun} is {what}.", f"Mi {bare} {verb} {agreed}."),
            (f"Where is my {noun}?", f"¿Dónde está mi {bare}?"),
        ]
    if group == "place":
        other, otra = pick("things", "place", random)
        if other != noun:
            next_to = f"al lado {'de ' + otra if otra.startswith('la ') else 'del ' + otra[3:]}"
            options += [
                (f"The {noun} is next to the {other}.", f"{cosa} está {next_to}."),
                (f"Where is the {noun}?", f"¿Dónde está {cosa}?"),
                (f"Is there a {noun} near here?", f"¿Hay {'una' if feminine else 'un'} {bare} cerca de aquí?"),
            ]
    return random.choice(options)


def liking(random: Random) -> Pair:
    """Sentences with gustar and encantar."""
    field = random.choice(("one", "one", "many"))
    what, que = pick("likes", field, random)
    gusta, encanta = ("gusta", "encanta") if field == "one" else ("gustan", "encantan")
    pairs = [
        (f"I like {what}.", f"Me {gusta} {que}."),
        (f"I don't like {what}.", f"No me {gusta} {que}."),
        (f"I love {what}.", f"Me {encanta} {que}."),
        (f"Do you like {what}?", f"¿Te {gusta} {que}?"),
        (f"We like {what} very much.", f"Nos {gusta} mucho {que}."),
    ]
    if "your" not in what and "my" not in what and "friends" not in what:
        pairs += [
            (f"My sister loves {what}.", f"A mi hermana le {encanta} {que}."),
            (f"My parents don't like {what}.", f"A mis padres no les {gusta} {que}."),
        ]
    return random.choice(pairs)


def joined(random: Random) -> Pair:
    """Two clauses."""
    kind = random.choice(("because", "if", "when", "think", "but", "so"))
    first, second = {
        "because": ("result", "reason"),
        "so": ("reason", "result"),
        "if": ("if", "then"),
        "when": ("when", "was"),
        "think": ("think", "think"),
        "but": ("but", "butthen"),
    }[kind]
    if kind in {"because", "so"} and random.random() < 0.5:
        first, second = f"{first}-past", f"{second}-past"
    (a_en, a_es), (b_en, b_es) = pick("clauses", first, random), pick("clauses", second, random)
    match kind:
        case "because":
            return f"{a_en} because {b_en}.", f"{a_es} porque {b_es}."
        case "so":
            return f"{a_en}, so {b_en}.", f"{a_es}, así que {b_es}."
        case "if":
            return f"If {a_en}, {b_en}.", f"Si {a_es}, {b_es}."
        case "when":
            return f"When {a_en}, {b_en}.", f"Cuando {a_es}, {b_es}."
        case "think":
            front, frente = random.choice(
                (("I think", "Creo"), ("She says", "Dice"), ("I know", "Sé"), ("Everyone says", "Todos dicen"))
            )
            return f"{front} that {a_en}.", f"{frente} que {a_es}."
    at = next(index for index, choice in enumerate(_table()["clauses"]["but"]) if choice.startswith(a_en))
    b_en, _, b_es = (part.strip() for part in _table()["clauses"]["butthen"][at].partition(" = "))
    return f"{a_en} {b_en}.", f"{a_es} {b_es}."


def counted(random: Random) -> Pair:
    """Prices, ages and times of day."""
    (n, cifra), (hour, hora), (what, que) = (
        pick("numbers", "n", random),
        pick("numbers", "hour", random),
        pick("numbers", "leaves", random),
    )
    noun, cosa = pick("things", "thing", random)
    return random.choice(
        (
            (f"The {noun} costs {n} euros.", f"{cosa} cuesta {cifra} euros."),
            (f"I paid {n} euros for the {noun}.", f"Pagué {cifra} euros por {cosa}."),
            (f"{what} {hour}.", f"{que} {hora}."),
            (f"{what} {hour}, so we have to hurry.", f"{que} {hora}, así que tenemos que darnos prisa."),
            (f"I bought it {n} years ago.", f"Lo compré hace {cifra} años."),
            (f"Wait {n} minutes, please.", f"Espera {cifra} minutos, por favor."),
            (f"We stayed there for {n} days.", f"Nos quedamos allí {cifra} días."),
        )
    )


def records() -> Iterator[Record]:
    """All records, the fixed sentences among the made ones."""
    random = Random(16)
    pairs = [tuple(part.strip() for part in row.split(" = ")) for row in _table()["fixed"]["row"]]
    makers = (action,) * 7 + (framed,) * 3 + (being,) * 3 + (joined,) * 2 + (liking, counted)
    made = [random.choice(makers)(random) for _ in range(COUNT)]
    pairs += [(up(english), up(spanish)) for english, spanish in made]
    random.shuffle(pairs)
    for english, spanish in pairs:
        yield {"src_lang": "en", "tgt_lang": "es", "src": english, "tgt": spanish}


if __name__ == "__main__":
    print(write("spanish", records()), "records")
