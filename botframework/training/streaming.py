"""Reads, renders and tokenises a source as it is needed, so that a set larger than memory trains; knows no model.

The file is walked in windows of `buffer` records, each shuffled on its own by the seed, the pass and the window's
place. So a stream is told by a few numbers: where its window begins, and how many of the window's examples are over.
`restore` reads that one window again and goes on exactly where `state` was taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from botframework.training.examples import Chat, Complain, Encoder, Examples, render_window
from botframework.training.readers import Position, Reader, count_rows, open_reader
from botframework.training.recipe import RecipeError, Source
from botframework.training.records import ReadReport, Record, good_records, text_length
from botframework.training.validation import SPOKEN

Example = tuple[NDArray[Any], NDArray[np.uint8]]
CHUNK = 256


class Windows:
    """Walks a source's good records in windows; every record in file order when `buffer` is 1.

    Args:
        start: where the first window begins.
        taken: records in front of `start` that count towards `max_records`.
        chosen: numbers of the good records to take; all when None.
    """

    def __init__(
        self,
        source: Source,
        path: Path,
        report: ReadReport,
        complain: Complain | None = None,
        *,
        start: Position | None = None,
        taken: int = 0,
        chosen: NDArray[np.bool_] | None = None,
    ) -> None:
        self.source = source
        self.path = path
        self.report = report
        self.complain = complain
        self.chosen = chosen
        self.taken = taken
        self.reader: Reader = open_reader(path, start)
        self._records = self._wanted()

    def next(self, count: int) -> list[Record]:
        """The next `count` records, fewer at the end."""
        if self.chosen is None and self.source.max_records is not None:
            count = min(count, self.source.max_records - self.taken)
        records = list(islice(self._records, max(0, count)))
        self.taken += len(records)
        return records

    def _wanted(self) -> Iterator[Record]:
        records = good_records(self.reader, self.path, self.source, self.report, self.complain)
        number, limit = 0, None if self.source.kind in SPOKEN else self.source.max_chars
        for record in records:
            if limit is not None and text_length(record) > limit:
                self.report.over_max_chars += 1
                continue
            if self.chosen is None or self.chosen[number]:
                yield record
            number += 1


class ExampleStream:
    """The examples of one source, without end: when the file is over it begins again, shuffled otherwise.

    The first `held_out` records that pass the source's filters are left out of it, for `held_out`. Bad records are
    counted in the first pass only, so that the count is of records.
    """

    def __init__(
        self, source: Source, path: Path, encoder: Encoder, *, seed: int, report: ReadReport, complain: Complain | None
    ) -> None:
        """Open the stream at its beginning.

        Raises:
            RecipeError: the file has no more good records than are held out.
        """
        self.source = source
        self.path = path
        self.report = report
        self._encoder = encoder
        self._seed = seed
        self._complain = complain
        first = Windows(source, path, report, complain)
        records = first.next(source.held_out)
        if len(records) < source.held_out or not first.next(1):
            raise RecipeError(f"source {source.name}: only {first.taken} examples pass its filters")
        self._begin = self._place_behind(source.held_out)
        self._held_out_chats = render_window(records, source, Random(f"{seed}/{source.name}/held out"))
        report.restore(ReadReport().state())
        self._epoch = 0
        self._fruitful = False  # whether this pass gave an example yet
        self._open(self._begin, source.held_out)

    def _place_behind(self, count: int) -> Position:
        windows = Windows(self.source, self.path, ReadReport())
        windows.next(count)
        return windows.reader.position if count else Position()

    def _open(self, start: Position, taken: int) -> None:
        """Read on from `start` with the next window."""
        self._heard: ReadReport = self.report if self._epoch == 0 else ReadReport()
        complain = self._complain if self._epoch == 0 else None
        self._windows = Windows(self.source, self.path, self._heard, complain, start=start, taken=taken)
        self._window_start, self._window_taken = start, taken
        self._chats: list[Chat] = []
        self._chunk: list[Example] = []
        self._next_chat = self._in_chunk = 0

    def _load_window(self) -> None:
        self._window_start, self._window_taken = self._windows.reader.position, self._windows.taken
        records = self._windows.next(self.source.buffer)
        if not records:
            if not self._fruitful:
                told = self._heard.summary()
                why = f" ({told})" if told else ""
                raise RecipeError(f"source {self.source.name}: nothing in it can be learned{why}")
            self._epoch, self._fruitful = self._epoch + 1, False
            self._open(self._begin, self.source.held_out)
            return
        random = Random(f"{self._seed}/{self.source.name}/{self._epoch}/{self._window_start.number}")
        self._chats = render_window(records, self.source, random)
        self._chunk, self._next_chat, self._in_chunk = [], 0, 0

    def draw(self) -> Example:
        """(tokens, learn) of the next example."""
        while self._in_chunk >= len(self._chunk):
            if self._next_chat >= len(self._chats):
                self._load_window()
            self._load_chunk()
        self._in_chunk += 1
        return self._chunk[self._in_chunk - 1]

    def _load_chunk(self) -> None:
        chats = self._chats[self._next_chat : self._next_chat + CHUNK]
        self._chunk = list(self._encoder.examples(chats, self._heard))
        self._fruitful = self._fruitful or bool(self._chunk)
        self._next_chat += len(chats)
        self._in_chunk = 0

    def held_out(self) -> Examples:
        """The examples that the stream leaves out."""
        examples = list(self._encoder.examples(self._held_out_chats, ReadReport()))
        return examples_of(examples, self._encoder)

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as plain values."""
        return {
            "epoch": self._epoch,
            "window": [self._window_start.number, self._window_start.offset],
            "taken": self._window_taken,
            "chunk": (self._next_chat - 1) // CHUNK if self._next_chat else None,
            "in_chunk": self._in_chunk,
            "report": self.report.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state, with the examples that would have come next."""
        self._epoch, self._fruitful = state["epoch"], True
        self._open(Position(*state["window"]), state["taken"])
        if state["chunk"] is not None:
            self._load_window()
            self._next_chat = state["chunk"] * CHUNK
            self._load_chunk()
            self._in_chunk = state["in_chunk"]
        self.report.restore(state["report"])  # reading the window again has counted it again

    def size(self) -> int:
        """An estimate of the tokens in one pass, from the beginning of the file and the file's size."""
        windows = Windows(self.source, self.path, ReadReport())
        chats = render_window(windows.next(1000), self.source, Random(0))
        tokens = sum(len(ids) for ids, _ in self._encoder.examples(chats, ReadReport()))
        position = windows.reader.position
        if self.path.suffix == ".parquet":
            return round(tokens * count_rows(self.path) / max(1, position.number))
        unpacked = self.path.stat().st_size * (1 if self.path.suffix == ".jsonl" else 5)
        return round(tokens * max(1.0, unpacked / max(1, position.offset)))


def examples_of(examples: list[Example], encoder: Encoder) -> Examples:
    """Some examples laid end to end."""
    offsets = np.cumsum([0, *(len(ids) for ids, _ in examples)], dtype=np.int64)
    tokens = np.concatenate([np.zeros(0, encoder.dtype), *(ids for ids, _ in examples)])
    return Examples(tokens, np.concatenate([np.zeros(0, np.uint8), *(mask for _, mask in examples)]), offsets)
