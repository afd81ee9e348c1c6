"""Writes 200 short chats in a pirate's voice, and pairs and thumbs that prefer it, to show what a fine-tune does.

    python examples/lora/make_pirate.py

Topics are in pirate.txt; each is asked in several ways and answered in its own words. Greetings and farewells
of the voice are drawn by a fixed seed, so that the file is the same each time.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

COUNT = 200
OPENINGS = ("Ahoy, matey!", "Arr!", "Aye aye, captain!", "Shiver me timbers!", "Yo ho ho!")
CLOSINGS = (
    "Now hoist the sails!",
    "Arr!",
    "That be the truth of the sea.",
    "Or ye walk the plank!",
    "Fair winds to ye!",
    "",
)


def topics() -> list[tuple[list[str], str]]:
    """(ways to ask, answer) of every topic."""
    text = Path(__file__).with_name("pirate.txt").read_text(encoding="utf-8")
    lines = (line.split(" | ") for line in text.splitlines() if not line.startswith("#"))
    return [(questions.split("; "), answer) for questions, answer in lines]


def chats(count: int = COUNT) -> list[dict[str, list[dict[str, str]]]]:
    """The chats: every way to ask once, then some again with another opening, and some of two exchanges."""
    random = Random(7)
    asked = [(question, answer) for questions, answer in topics() for question in questions]
    made: list[list[tuple[str, str]]] = [[(question, _voice(answer, random))] for question, answer in asked]
    while len(made) < count:
        picked = random.sample(asked, 2)
        made.append([(question, _voice(answer, random)) for question, answer in picked])
    random.shuffle(made)
    return [
        {
            "messages": [
                message
                for question, answer in chat
                for message in ({"role": "user", "content": question}, {"role": "assistant", "content": answer})
            ]
        }
        for chat in made[:count]
    ]


def _voice(answer: str, random: Random) -> str:
    return f"{random.choice(OPENINGS)} {answer} {random.choice(CLOSINGS)}".strip()


PLAIN = (
    *((" be ye", " are you"), (" be ", " is "), ("I is", "I am"), ("yer", "your")),
    *(("ye ", "you "), ("ye.", "you."), ("Me ", "My "), (" me ", " my ")),
)


def pairs() -> list[dict[str, str]]:
    """The first way to ask each topic: the pirate's answer was chosen, a plain one rejected."""
    random = Random(8)
    return [
        {"prompt": questions[0], "chosen": _voice(answer, random), "rejected": _plain(answer)}
        for questions, answer in topics()
    ]


def thumbs() -> list[dict[str, str | bool]]:
    """The same as single answers, each with its thumb."""
    rated: list[dict[str, str | bool]] = []
    for pair in pairs():
        rated.append({"prompt": pair["prompt"], "completion": pair["chosen"], "label": True})
        rated.append({"prompt": pair["prompt"], "completion": pair["rejected"], "label": False})
    Random(9).shuffle(rated)
    return rated


def _plain(answer: str) -> str:
    for pirate, plain in PLAIN:
        answer = answer.replace(pirate, plain)
    return answer


def main() -> None:
    """Write the files beside this one."""
    for name, records in (("pirate", chats()), ("pairs", pairs()), ("thumbs", thumbs())):
        path = Path(__file__).with_name(f"{name}.jsonl")
        lines = [json.dumps(record, ensure_ascii=False) for record in records]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{len(lines)} records written to {path}")


if __name__ == "__main__":
    main()
