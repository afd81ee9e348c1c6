"""Finding records that say the same."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np

from botframework.training.check.duplicates import Duplicates, signatures_of
from botframework.training.check.hashes import Hashes

WORDS = ["the", "cat", "dog", "bird", "river", "house", "garden", "slowly", "sings", "sleeps", "runs", "under", "green"]


def sentence(random: Random, count: int = 30) -> str:
    """Words in random order."""
    return " ".join(random.choice(WORDS) + str(random.randrange(50)) for _ in range(count))


def test_equal_numbers_are_found_over_all_parts_and_batches(tmp_path: Path) -> None:
    """Every later index is told with the first that had its number."""
    random = np.random.default_rng(0)
    numbers = random.integers(0, 2**64, 500, np.uint64)
    numbers[400:] = numbers[:100]
    numbers[450] = numbers[3]
    hashes = Hashes(tmp_path, "h")
    for start in range(0, 500, 70):
        part = numbers[start : start + 70]
        hashes.add(part, np.arange(start, start + len(part)))
    found = {later: first for a, b in hashes.repeated() for first, later in zip(a.tolist(), b.tolist(), strict=True)}
    assert found == {**{i: i - 400 for i in range(400, 500)}, 450: 3}
    assert not list(tmp_path.iterdir())


def test_exact_and_near_duplicates_are_told_apart(tmp_path: Path) -> None:
    """A copy is exact, a copy with a word changed or in capitals is near, other texts are neither."""
    random = Random(0)
    texts = [sentence(random) for _ in range(200)]
    changed = texts[7].replace(texts[7].split()[4], "elephant", 1)
    texts += [texts[5], changed, texts[9].upper(), texts[5]]
    duplicates = Duplicates(tmp_path)
    for start in range(0, len(texts), 50):
        duplicates.add(texts[start : start + 50])
    assert duplicates.find() == ([(5, 200), (5, 203)], [(7, 201), (9, 202)])


def test_chinese_texts_are_compared_without_words(tmp_path: Path) -> None:
    """A Chinese text with one character changed is a near duplicate."""
    text = "昨天晚上我和朋友一起去公园散步，后来在河边的小店里喝了一杯热茶，聊了很久才回家，路上还看见一只很小的白猫。"
    duplicates = Duplicates(tmp_path)
    duplicates.add([text, text.replace("白猫", "黑猫"), text[::-1]])
    assert duplicates.find() == ([], [(0, 1)])


def test_short_texts_are_no_near_duplicates(tmp_path: Path) -> None:
    """What is shorter than a sentence is like many others by chance; equal ones are still found."""
    duplicates = Duplicates(tmp_path)
    duplicates.add(["Yes.", "yes.", "Yes.", "", ""])
    assert duplicates.find() == ([(0, 2), (3, 4)], [])


def test_near_duplicates_can_be_left_out(tmp_path: Path) -> None:
    """Without them only exact ones are found."""
    duplicates = Duplicates(tmp_path, near=False)
    duplicates.add([sentence(Random(0)), sentence(Random(0)).upper(), sentence(Random(0))])
    assert duplicates.find() == ([(0, 2)], [])


def test_signatures_agree_as_much_as_the_texts_do() -> None:
    """The share of equal places estimates the share of equal pieces, whatever else is in the batch."""
    random = Random(1)
    first = sentence(random, 200)
    half = " ".join(first.split()[:100]) + " " + sentence(random, 100)
    a, b, c = signatures_of([first, half, sentence(random, 200)])
    assert 0.1 < (a == b).mean() < 0.6
    assert (a == c).mean() < (a == b).mean()
    assert (signatures_of(["x", first])[1] == a).all()
