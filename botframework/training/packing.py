"""Mixes sources by weight and packs whole examples into rows; knows token ids, no text and no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from botframework.training.examples import Examples
from botframework.training.streaming import Example, ExampleStream


@dataclass(frozen=True, slots=True)
class Rows:
    """A batch of packed rows, all (B, T); `learn` marks tokens that are targets."""

    tokens: NDArray[np.int64]
    learn: NDArray[np.bool_]
    documents: NDArray[np.int64]
    positions: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.tokens)

    def part(self, start: int, stop: int) -> Rows:
        """Rows start … stop - 1."""
        own = slice(start, stop)
        return Rows(self.tokens[own], self.learn[own], self.documents[own], self.positions[own])

    def split(self, size: int) -> list[Rows]:
        """Batches of `size` rows each, the last one maybe smaller."""
        return [self.part(start, start + size) for start in range(0, len(self), size)]

    @property
    def num_tokens(self) -> int:
        """Tokens that are no padding."""
        return int((self.documents > 0).sum())

    @property
    def num_targets(self) -> int:
        """Tokens that the loss counts; nothing stands before a row's first one, to tell it from."""
        return int(self.learn[:, 1:].sum())


@dataclass(slots=True)
class Mixer:
    """Draws examples so that each source's share of the tokens follows its weight.

    A source is walked in a shuffled order and shuffled again when it ends; a streamed one does so itself. `state`
    and `restore` let a run go on where it stopped.
    """

    sources: Sequence[Examples | ExampleStream]
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
        source = self.sources[index]
        if isinstance(source, ExampleStream):
            return np.zeros(0, np.int64)
        return np.random.default_rng((self.seed, index, self.epochs[index])).permutation(len(source))

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as plain values."""
        streams = [source.state() if isinstance(source, ExampleStream) else None for source in self.sources]
        return {
            "weights": list(self.weights),
            "drawn": list(self.drawn),
            "epochs": list(self.epochs),
            "cursors": list(self.cursors),
            "streams": streams,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state; with other weights than were saved, shares are counted anew from here."""
        self.epochs, self.cursors = list(state["epochs"]), list(state["cursors"])
        same = state.get("weights") == self.weights
        self.drawn = list(state["drawn"]) if same else [0.0] * len(self.sources)
        self._orders = [self._order(i) for i in range(len(self.sources))]
        for index, source in enumerate(self.sources):
            if isinstance(source, ExampleStream):
                source.restore(state["streams"][index])

    def draw(self) -> Example:
        """(tokens, learn) of the next example, from the source that is furthest behind its share."""
        index = min(range(len(self.sources)), key=lambda i: self.drawn[i] / self.weights[i])
        source = self.sources[index]
        example = source.draw() if isinstance(source, ExampleStream) else self._draw(index, source)
        self.drawn[index] += float(len(example[0]))
        return example

    def _draw(self, index: int, source: Examples) -> Example:
        if self.cursors[index] >= len(self._orders[index]):
            self.cursors[index] = 0
            self.epochs[index] += 1
            self._orders[index] = self._order(index)
        number = self._orders[index][self.cursors[index]]
        self.cursors[index] += 1
        start, stop = source.offsets[number], source.offsets[number + 1]
        return source.tokens[start:stop], source.learn[start:stop]


class Packer:
    """Fills rows of `size` tokens with whole examples, first fit; a few examples wait for rows that have room."""

    def __init__(self, mixer: Mixer, size: int, pad: int, *, single: bool = False) -> None:
        """Pack what `mixer` draws; `pad` fills the rest of a row, of which each holds one example if `single`."""
        self.mixer = mixer
        self.size = size
        self.pad = pad
        self.single = single
        self._waiting: list[Example] = []

    def rows(self, count: int) -> Rows:
        """The next `count` rows. What finds no room at the end comes first in the rows after these."""
        filled = [0] * count
        contents: list[list[Example]] = [[] for _ in range(count)]
        queue, self._waiting = self._waiting, []
        while len(self._waiting) < 3:
            example = queue.pop(0) if queue else self.mixer.draw()
            length = len(example[0])
            row = next((r for r in range(count) if not filled[r] or self._has_room(filled[r], length)), None)
            if row is None:
                self._waiting.append(example)
                continue
            contents[row].append((example[0][: self.size], example[1][: self.size]))
            filled[row] += length
        self._waiting += queue
        return pack(contents, self.size, self.pad)

    def _has_room(self, filled: int, length: int) -> bool:
        return not self.single and filled + length <= self.size

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as plain values."""
        waiting = [[tokens.tolist(), learn.tolist()] for tokens, learn in self._waiting]
        return {"mixer": self.mixer.state(), "waiting": waiting}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self.mixer.restore(state["mixer"])
        self._waiting = [(np.array(tokens, np.uint32), np.array(learn, np.uint8)) for tokens, learn in state["waiting"]]


def pack(contents: list[list[tuple[NDArray[Any], NDArray[Any]]]], size: int, pad: int) -> Rows:
    """Lay the examples of each row end to end; padding is a document of its own.

    The first token of an example is no target, whatever its mask says: what stands before it in the row is another
    example's.
    """
    shape = (len(contents), size)
    tokens = np.full(shape, pad, np.int64)
    learn = np.zeros(shape, np.bool_)
    documents = np.zeros(shape, np.int64)
    positions = np.zeros(shape, np.int64)
    for row, examples in enumerate(contents):
        start = 0
        for number, (ids, mask) in enumerate(examples, start=1):
            stop = start + len(ids)
            tokens[row, start:stop], learn[row, start + 1 : stop] = ids, mask[1:]
            documents[row, start:stop] = number
            positions[row, start:stop] = np.arange(len(ids))
            start = stop
    return Rows(tokens, learn, documents, positions)
