"""Finds records that say the same, exactly or nearly; knows texts and indices.

Near duplicates are found by MinHash (Broder 1997) over the texts' pieces of five characters, which needs no words and
so serves Chinese too. All hashing is done in numpy for a batch of texts at once, a hundred times as fast as a MinHash
object per text. Pairs whose signatures agree in one of eight bands are compared by the whole signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from botframework.training.check.hashes import Hashes

PIECE = 5
NUM_HASHES = 32
NUM_BANDS = 8
SHORTEST = 30
"""Characters from which a text is looked at; a shorter one is like many others by chance."""
ALIKE = 0.8
"""Estimated share of equal pieces (Jaccard) from which two texts are near duplicates."""

_random = np.random.default_rng(0x5EED)
_FACTORS = _random.integers(0, 2**64, NUM_HASHES, np.uint64) | np.uint64(1)
_TERMS = _random.integers(0, 2**64, NUM_HASHES, np.uint64)
_MIX = np.uint64(0x9E3779B97F4A7C15)


class Duplicates:
    """Collects texts by index, then tells which repeat an earlier one."""

    def __init__(self, folder: Path, *, near: bool = True) -> None:
        """Keep what grows in files of `folder`; `near` looks for near duplicates too."""
        self._exact = Hashes(folder, "exact")
        self._bands = Hashes(folder, "bands") if near else None
        self._path = folder / "signatures"
        self._signatures = self._path.open("wb")
        self._count = 0

    def add(self, texts: Sequence[str]) -> None:
        """Add the next texts; their indices go on from those before."""
        indices = np.arange(self._count, self._count + len(texts))
        self._count += len(texts)
        digests = b"".join(blake2b(text.encode(), digest_size=8).digest() for text in texts)
        self._exact.add(np.frombuffer(digests, np.uint64), indices)
        if self._bands is None or not texts:
            return
        signatures = signatures_of(texts)  # (N, H)
        self._signatures.write((signatures >> np.uint64(56)).astype(np.uint8).tobytes())
        long = np.array([len(text) >= SHORTEST for text in texts])
        bands = signatures.reshape(len(texts), NUM_BANDS, -1)
        for band in range(NUM_BANDS):
            keys = np.full(len(texts), band + 1, np.uint64)
            for column in range(bands.shape[2]):
                keys = (keys ^ bands[:, band, column]) * _MIX
                keys ^= keys >> np.uint64(29)
            self._bands.add(keys[long], indices[long])

    def find(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """(exact, near): pairs (earlier, later) of every text that repeats an earlier one, each later one once."""
        exact = {
            later: first for a, b in self._exact.repeated() for first, later in zip(a.tolist(), b.tolist(), strict=True)
        }
        self._signatures.close()
        near: dict[int, int] = {}
        if self._bands is not None and self._count:
            copies = np.zeros(self._count, np.bool_)
            copies[list(exact)] = True
            signatures = np.asarray(np.memmap(self._path, np.uint8, "r")).reshape(-1, NUM_HASHES)
            for firsts, laters in self._bands.repeated():
                kept = ~copies[laters] & (firsts != laters)
                for start in range(0, len(laters), 2**16):
                    part = kept[start : start + 2**16]
                    a, b = firsts[start : start + 2**16][part], laters[start : start + 2**16][part]
                    alike = (signatures[a] == signatures[b]).mean(axis=1) >= ALIKE
                    for first, later in zip(a[alike].tolist(), b[alike].tolist(), strict=True):
                        near.setdefault(later, first)
        return [(first, later) for later, first in sorted(exact.items())], [
            (first, later) for later, first in sorted(near.items())
        ]

    def close(self) -> None:
        """Close the files."""
        self._signatures.close()
        self._exact.close()
        if self._bands is not None:
            self._bands.close()


def signatures_of(texts: Sequence[str]) -> NDArray[np.uint64]:
    """(N, H) MinHash signatures of the texts, case and spaces not considered."""
    plain = ["".join(text.split()).casefold().ljust(PIECE) for text in texts]
    lengths = np.array([len(text) for text in plain])
    codes = np.frombuffer("".join(plain).encode("utf-32-le"), np.uint32).astype(np.uint64)
    pieces = np.zeros(len(codes), np.uint64)
    width = len(codes) - PIECE + 1
    for place in range(PIECE):
        pieces[:width] = (pieces[:width] + codes[place : place + width]) * _MIX
        pieces ^= pieces >> np.uint64(31)
    stops = np.cumsum(lengths)
    bounds = np.stack([stops - lengths, stops - PIECE + 1], axis=1).ravel()  # pieces within one text only
    signatures = np.empty((len(texts), NUM_HASHES), np.uint64)
    for number in range(NUM_HASHES):
        hashed = pieces * _FACTORS[number] + _TERMS[number]
        signatures[:, number] = np.minimum.reduceat(hashed, bounds)[::2]
    return signatures * _MIX
