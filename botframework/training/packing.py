"""Mixes sources by weight and packs whole examples into rows; knows token ids, no text and no model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from botframework.training.examples import Examples


@dataclass(frozen=True, slots=True)
class Rows:
    """A batch of packed rows, all (B, T); `learn` marks tokens that are targets."""

    tokens: NDArray[np.int64]
    learn: NDArray[np.bool_]
    documents: NDArray[np.int64]
    positions: NDArray[np.int64]


@dataclass(slots=True)
class Mixer:
    """Draws examples so that each source's share of the tokens follows its weight.

    A source is walked in a shuffled order and shuffled again when it ends. `state` and `restore` let a run go
    on where it stopped.
    """

    sources: list[Examples]
    weights: list[float]
    seed: int = 0
    drawn: list[float] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)
    cursors: list[int] = field(default_factory=list)
    _orders: list[NDArray[np.int64]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start every source at its first epoch."""
        total = sum(self.weights)
        self.weights = [weight / total for weight in self.weights]
        self.drawn = [0.0] * len(self.sources)
        self.epochs = [0] * len(self.sources)
        self.cursors = [0] * len(self.sources)
        self._orders = [self._order(i) for i in range(len(self.sources))]

    def _order(self, index: int) -> NDArray[np.int64]:
        random = np.random.default_rng((self.seed, index, self.epochs[index]))
        return random.permutation(len(self.sources[index]))

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as plain values."""
        return {"weights": self.weights, "drawn": self.drawn, "epochs": self.epochs, "cursors": self.cursors}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state; with other weights than were saved, shares are counted anew from here."""
        self.epochs, self.cursors = list(state["epochs"]), list(state["cursors"])
        same = state.get("weights") == self.weights
        self.drawn = list(state["drawn"]) if same else [0.0] * len(self.sources)
        self._orders = [self._order(i) for i in range(len(self.sources))]

    def draw(self) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
        """(tokens, learn) of the next example, from the source that is furthest behind its share."""
        index = min(range(len(self.sources)), key=lambda i: self.drawn[i] / self.weights[i])
        if self.cursors[index] >= len(self._orders[index]):
            self.cursors[index] = 0
            self.epochs[index] += 1
            self._orders[index] = self._order(index)
        source, number = self.sources[index], self._orders[index][self.cursors[index]]
        self.cursors[index] += 1
        start, stop = source.offsets[number], source.offsets[number + 1]
        self.drawn[index] += float(stop - start)
        return source.tokens[start:stop], source.learn[start:stop]


class Packer:
    """Fills rows of `size` tokens with whole examples, first fit; a few examples wait for a row that has room."""

    def __init__(self, mixer: Mixer, size: int, pad: int) -> None:
        """Pack what `mixer` draws; `pad` fills the rest of a row."""
        self.mixer = mixer
        self.size = size
        self.pad = pad

    def rows(self, count: int) -> Rows:
        """The next `count` rows. Examples drawn but not placed at the end are given back as the row's last try."""
        filled = [0] * count
        contents: list[list[tuple[NDArray[np.uint16], NDArray[np.uint8]]]] = [[] for _ in range(count)]
        misses = 0
        while misses < 3:
            tokens, learn = self.mixer.draw()
            row = next((r for r in range(count) if filled[r] + len(tokens) <= self.size), None)
            if row is None:
                misses += 1
                continue
            contents[row].append((tokens, learn))
            filled[row] += len(tokens)
        return pack(contents, self.size, self.pad)


def pack(contents: list[list[tuple[NDArray[Any], NDArray[Any]]]], size: int, pad: int) -> Rows:
    """Lay the examples of each row end to end; padding is a document of its own."""
    shape = (len(contents), size)
    tokens = np.full(shape, pad, np.int64)
    learn = np.zeros(shape, np.bool_)
    documents = np.zeros(shape, np.int64)
    positions = np.zeros(shape, np.int64)
    for row, examples in enumerate(contents):
        start = 0
        for number, (ids, mask) in enumerate(examples, start=1):
            stop = start + len(ids)
            tokens[row, start:stop], learn[row, start:stop] = ids, mask
            documents[row, start:stop] = number
            positions[row, start:stop] = np.arange(len(ids))
            start = stop
    return Rows(tokens, learn, documents, positions)
