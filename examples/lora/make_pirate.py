"""Writes pirate.jsonl: 200 short chats in a pirate's voice, to show what a LoRA fine-tune does.

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


def main() -> None:
    """Write the file beside this one."""
    path = Path(__file__).with_name("pirate.jsonl")
    lines = [json.dumps(chat, ensure_ascii=False) for chat in chats()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} chats written to {path}")


if __name__ == "__main__":
    main()
