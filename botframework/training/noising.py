"""Spoils a text as people do: typos, no capitals, no punctuation, words dropped, doubled or swapped.

The same text with the same random generator is spoilt in the same way. Knows no records.
"""

from __future__ import annotations

import re
import unicodedata
from random import Random

from botframework.training.recipe import Noise

# Neighbours on a QWERTY keyboard, the commonest slip of a finger.
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {c: row[max(0, i - 1) : i] + row[i + 1 : i + 2] for row in _ROWS for i, c in enumerate(row)}
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_WORDS = re.compile(r"\s+")
_SPACES = re.compile(r"[^\S\n]{2,}")


def spoil(text: str, noise: Noise, random: Random) -> str:
    """`text` with the mistakes that `noise` asks for; never empty, and unchanged for the share left alone."""
    if random.random() >= noise.share:
        return text
    chinese = len(_CHINESE.findall(text)) * 4 > len(text)
    lines = [_spoil_line(line, noise, random, chinese) for line in text.split("\n")]
    spoilt = "\n".join(lines)
    if random.random() < noise.lowercase:
        spoilt = spoilt.lower()
    if random.random() < noise.punctuation:
        spoilt = _without_punctuation(spoilt)
    return spoilt if spoilt.strip() else text


def _spoil_line(line: str, noise: Noise, random: Random, chinese: bool) -> str:
    units = list(line) if chinese else _WORDS.split(line)
    result: list[str] = []
    for unit in units:
        if len(units) > 2 and random.random() < noise.drop:
            continue
        result.append(typo(unit, random) if not chinese and random.random() < noise.typo else unit)
        if random.random() < noise.duplicate:
            result.append(result[-1])
    for i in range(len(result) - 1):
        if random.random() < noise.swap:
            result[i], result[i + 1] = result[i + 1], result[i]
    return ("" if chinese else " ").join(result)


def typo(word: str, random: Random) -> str:
    """The word with one letter swapped with the next, left out, doubled or replaced by its neighbour on the keyboard.

    A word of fewer than three letters, and one with a digit (which would change what is meant), stays.
    """
    if len(word) < 3 or not any(c.isalpha() for c in word) or any(c.isdigit() for c in word):
        return word
    place = random.randrange(len(word) - 1)
    letter = word[place]
    match random.randrange(4):
        case 0:
            return word[:place] + word[place + 1] + letter + word[place + 2 :]
        case 1:
            return word[:place] + word[place + 1 :]
        case 2:
            return word[:place] + letter + word[place:]
        case _:
            near = _NEIGHBOURS.get(letter.lower())
            other = random.choice(near) if near else letter
            return word[:place] + (other.upper() if letter.isupper() else other) + word[place + 1 :]


def _without_punctuation(text: str) -> str:
    """Without punctuation, but for apostrophes and hyphens within a word and points within a number."""
    kept = []
    for i, char in enumerate(text):
        inside = 0 < i < len(text) - 1 and text[i - 1].isalnum() and text[i + 1].isalnum()
        if unicodedata.category(char).startswith("P") and not (inside and char in "'’-.,:/@"):
            continue
        kept.append(char)
    return _SPACES.sub(" ", "".join(kept)).strip()
