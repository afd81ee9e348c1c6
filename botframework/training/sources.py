"""Opens a recipe's sources, kept on disk or streamed, with what is held out of each; knows no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from botframework.training.cache import cached_examples
from botframework.training.examples import Complain, Encoder, Examples
from botframework.training.recipe import RecipeError, Source
from botframework.training.records import ReadReport, find_file
from botframework.training.streaming import ExampleStream

STREAM_ABOVE = 2**30
"""Bytes of text from which a source is streamed unless it says otherwise; a fifth of them where it is packed."""


@dataclass(frozen=True, slots=True)
class OpenSource:
    """One source, ready to be drawn from."""

    source: Source
    train: Examples | ExampleStream
    held_out: Examples

    @property
    def report(self) -> ReadReport:
        """What was read so far, and what was bad."""
        return self.train.report

    def size(self) -> int:
        """Tokens to train on in one pass; an estimate where the source is streamed."""
        return self.train.size() if isinstance(self.train, ExampleStream) else int(self.train.offsets[-1])


def open_source(
    source: Source,
    encoder: Encoder,
    folders: tuple[Path, ...],
    *,
    seed: int,
    cache: Path,
    strict: bool = False,
    complain: Complain | None = None,
) -> OpenSource:
    """Open one source.

    Args:
        folders: where its file is looked up.
        cache: folder for tokenised examples.
        strict: a bad record is an error.
        complain: called with a message for every bad record (the first few, when they are known from the cache).

    Raises:
        RecipeError: the file is missing or unreadable, or has too few examples.
    """
    path = find_file(source.file, folders)
    if is_streamed(source, path):
        report = ReadReport(strict=strict)
        stream = ExampleStream(source, path, encoder, seed=seed, report=report, complain=complain)
        return OpenSource(source, stream, stream.held_out())
    examples = cached_examples(source, path, encoder, seed=seed, cache=cache, strict=strict, complain=complain)
    if len(examples) <= source.held_out:
        told = examples.report.summary()
        why = f" ({told})" if told else ""
        raise RecipeError(f"source {source.name}: only {len(examples)} examples pass its filters{why}")
    return OpenSource(source, examples.part(source.held_out, len(examples)), examples.part(0, source.held_out))


def is_streamed(source: Source, path: Path) -> bool:
    """Whether a source is read as it goes: as it says, else by the file's size."""
    if source.stream is not None:
        return source.stream
    return path.stat().st_size > (STREAM_ABOVE if path.suffix == ".jsonl" else STREAM_ABOVE // 5)


def mixing_weights(sources: Sequence[OpenSource], temperature: float | None) -> list[float]:
    """The share of the tokens of each source: its weight, times its size to the power of 1 / `temperature`."""
    if temperature is None:
        return [opened.source.weight for opened in sources]
    return [opened.source.weight * float(max(1, opened.size())) ** (1 / temperature) for opened in sources]


def read_so_far(sources: Sequence[OpenSource]) -> ReadReport:
    """The counts of all sources together."""
    total = ReadReport()
    for opened in sources:
        total.add(opened.report)
    return total
