"""Sources that are read as they are needed."""

from __future__ import annotations

import json
import lzma
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from botframework.training.examples import Encoder
from botframework.training.packing import Mixer, Packer
from botframework.training.recipe import RecipeError, Source
from botframework.training.records import ReadReport, find_file
from botframework.training.sources import OpenSource, is_streamed, mixing_weights, open_source, read_so_far
from botframework.training.streaming import ExampleStream
from botframework.training.tokenizer import load_tokenizer
from tests.training.conftest import Toy, write_lines


def pairs(**changes: Any) -> Source:
    """A streamed translation source with some settings changed."""
    settings = {"name": "s", "kind": "translation", "file": "f.jsonl", "weight": 1, "stream": True, "held_out": 5}
    return Source.model_validate({**settings, "buffer": 20, **changes})


PAIR = {"src_lang": "en", "tgt_lang": "fr", "src": "cat", "tgt": "chat"}


def records(count: int) -> list[Any]:
    """Pairs that tell their own number, with a bad record and one that fits no row here and there."""
    good = [{"src_lang": "en", "tgt_lang": "fr", "src": f"cat {n}", "tgt": f"chat {n}"} for n in range(count)]
    return [
        {**record, "tgt": ""} if n % 25 == 24 else {**record, "src": "cat " * 99} if n % 25 == 11 else record
        for n, record in enumerate(good)
    ]


def opened(corpus: Toy, folder: Path, source: Source, **changes: Any) -> OpenSource:
    """The source, opened."""
    encoder = Encoder.of(load_tokenizer(corpus.tokenizer), 64)
    return open_source(source, encoder, (folder,), **{"seed": 0, "cache": folder / "cache", **changes})


def stream_of(corpus: Toy, folder: Path, source: Source, **changes: Any) -> ExampleStream:
    """The source's stream."""
    train = opened(corpus, folder, source, **changes).train
    assert isinstance(train, ExampleStream)
    return train


def drawn(stream: ExampleStream, count: int) -> list[list[int]]:
    """The token ids of the next examples."""
    return [stream.draw()[0].tolist() for _ in range(count)]


def test_one_pass_gives_every_record_once_but_those_held_out(corpus: Toy, tmp_path: Path) -> None:
    """A pass is a shuffled walk over the file, and the next pass is shuffled otherwise."""
    write_lines(tmp_path / "f.jsonl", records(100))  # four of them bad, four too long for a row
    source = opened(corpus, tmp_path, pairs(canonical=1.0))
    assert isinstance(source.train, ExampleStream)
    first, second = drawn(source.train, 87), drawn(source.train, 87)
    assert sorted(first) == sorted(second)
    assert first != second
    assert len({tuple(ids) for ids in first}) == 87
    held = source.held_out
    kept = [held.tokens[held.offsets[i] : held.offsets[i + 1]].tolist() for i in range(len(held))]
    assert len(kept) == 5
    assert not any(ids in first for ids in kept)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("before", [0, 3, 17, 40, 91, 130, 300])
def test_a_stream_goes_on_exactly_where_its_state_was_taken(
    corpus: Toy, tmp_path: Path, before: int, packed: bool
) -> None:
    """A restored stream gives the examples and the counts of the unbroken one, in this pass and the next."""
    write_lines(tmp_path / "f.jsonl", records(100))
    if packed:
        (tmp_path / "f.jsonl.xz").write_bytes(lzma.compress((tmp_path / "f.jsonl").read_bytes()))
        (tmp_path / "f.jsonl").unlink()
    source = pairs(reverse=0.5, join=0.3, noise={"share": 0.5})
    unbroken = stream_of(corpus, tmp_path, source)
    drawn(unbroken, before)
    state = json.loads(json.dumps(unbroken.state()))
    resumed = stream_of(corpus, tmp_path, source)
    resumed.restore(state)
    assert drawn(resumed, 150) == drawn(unbroken, 150)
    assert resumed.report.state() == unbroken.report.state()
    assert resumed.state() == unbroken.state()


def test_bad_records_are_counted_once_however_many_passes_there_are(corpus: Toy, tmp_path: Path) -> None:
    """The count is of records, and each is told once."""
    write_lines(tmp_path / "f.jsonl", records(100))
    heard: list[str] = []
    source = opened(corpus, tmp_path, pairs(), complain=heard.append)
    assert isinstance(source.train, ExampleStream)
    drawn(source.train, 300)
    assert read_so_far([source]).bad == 4
    assert heard == [f'f.jsonl:{n}: tgt: expected text, got ""' for n in (25, 50, 75, 100)]


def test_a_strict_stream_stops_at_a_bad_record(corpus: Toy, tmp_path: Path) -> None:
    """With `strict` the error names the record."""
    write_lines(tmp_path / "f.jsonl", records(100))
    stream = stream_of(corpus, tmp_path, pairs(), strict=True)
    with pytest.raises(RecipeError, match=r"f\.jsonl:25: tgt"):
        drawn(stream, 40)


def test_a_source_with_too_few_records_is_told(corpus: Toy, tmp_path: Path) -> None:
    """A stream needs more than what is held out."""
    write_lines(tmp_path / "f.jsonl", records(5))
    with pytest.raises(RecipeError, match="source s: only 5 examples"):
        opened(corpus, tmp_path, pairs())


def test_max_records_of_a_stream_takes_the_first_ones(corpus: Toy, tmp_path: Path) -> None:
    """A pass is over after `max_records` of them, those held out included."""
    write_lines(tmp_path / "f.jsonl", records(100))
    stream = stream_of(corpus, tmp_path, pairs(max_records=15, canonical=1.0))
    first, second = drawn(stream, 9), drawn(stream, 9)  # one of the fifteen is too long for a row
    assert sorted(first) == sorted(second)


def test_a_run_resumes_with_the_same_rows_from_streams_and_kept_sources(corpus: Toy, tmp_path: Path) -> None:
    """Mixer and packer go on exactly over a mixture of both, with what waited for room."""
    write_lines(tmp_path / "f.jsonl", records(100))
    sources = [pairs(), pairs(name="kept", stream=False, weight=2)]

    def packer() -> Packer:
        found = [opened(corpus, tmp_path, source) for source in sources]
        return Packer(Mixer([o.train for o in found], mixing_weights(found, None)), 64, 0)

    unbroken, resumed = packer(), packer()
    for _ in range(20):
        unbroken.rows(3)
    resumed.restore(json.loads(json.dumps(unbroken.state())))
    for _ in range(20):
        assert resumed.rows(3).tokens.tolist() == unbroken.rows(3).tokens.tolist()


def test_a_large_file_is_streamed_unless_the_recipe_says_otherwise(tmp_path: Path) -> None:
    """The size decides where `stream` is left out."""
    file = tmp_path / "f.jsonl"
    with file.open("wb") as f:
        f.truncate(2**30 + 1)
    assert is_streamed(pairs(stream=None), file)
    assert not is_streamed(pairs(stream=False), file)
    write_lines(file, records(3))
    assert not is_streamed(pairs(stream=None), file)
    assert is_streamed(pairs(), file)


def test_a_temperature_mixes_by_size(corpus: Toy, tmp_path: Path) -> None:
    """At 1 the share follows the size, a high temperature evens it out, and the size of a stream is estimated."""
    write_lines(tmp_path / "f.jsonl", records(20))
    write_lines(tmp_path / "g.jsonl", records(2000))
    small, large, streamed = (
        opened(corpus, tmp_path, pairs(name=name, file=file, stream=stream, held_out=0))
        for name, file, stream in (("a", "f.jsonl", False), ("b", "g.jsonl", False), ("c", "g.jsonl", True))
    )
    plain = mixing_weights([small, large], None)
    assert plain == [1, 1]
    a, b = mixing_weights([small, large], 1)
    assert (a, b) == (small.size(), large.size())
    c, d = mixing_weights([small, large], 5)
    assert 1 < d / c < b / a
    assert streamed.size() == pytest.approx(large.size(), rel=0.1)


def test_a_mistyped_file_name_is_met_with_the_right_one(tmp_path: Path) -> None:
    """The error says where was looked and what is there; a packed file is found by its plain name and back."""
    write_lines(tmp_path / "dialogues.jsonl", records(1))
    with pytest.raises(RecipeError, match=r"dialoges\.jsonl: no such file in .*; did you mean dialogues\.jsonl\?"):
        find_file("dialoges.jsonl", (tmp_path,))
    assert find_file("dialogues.jsonl.zst", (tmp_path,)).name == "dialogues.jsonl"
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "more.jsonl.gz").write_bytes(b"")
    assert find_file("more.jsonl", (tmp_path,)).name == "more.jsonl.gz"


MEASURE = """
import resource, sys
from pathlib import Path
from botframework.training.examples import Encoder
from botframework.training.recipe import Source
from botframework.training.records import ReadReport
from botframework.training.streaming import ExampleStream
from botframework.training.tokenizer import load_tokenizer

encoder = Encoder.of(load_tokenizer(Path(sys.argv[1])), 128)
source = Source(name="s", kind="text", file="f.jsonl", weight=1, buffer=20, held_out=2)
stream = ExampleStream(source, Path(sys.argv[2]), encoder, seed=0, report=ReadReport(), complain=None)
peaks = []
for _ in range(2):
    for _ in range(int(sys.argv[3])):
        stream.draw()
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(peaks[0], peaks[1], stream.state()["window"][0])
"""


def test_memory_stays_flat_over_a_file_much_larger_than_the_buffer(corpus: Toy, tmp_path: Path) -> None:
    """Many windows take no more memory than the first few."""
    line = json.dumps({"text": "The cat sleeps now and the dog eats. " * 40}) + "\n"
    path = tmp_path / "f.jsonl"
    with path.open("w") as file:
        for _ in range(50):
            file.write(line * 200)  # 10,000 records in all, 15 MB
    count = 2_500
    result = subprocess.run(
        [sys.executable, "-c", MEASURE, str(corpus.tokenizer), str(path), str(count)],
        capture_output=True,
        text=True,
        check=True,
    )
    early, late, window = map(int, result.stdout.split())
    assert window > 10 * 20
    assert late - early < 8 * 1024  # KiB


def test_reading_stops_where_nothing_is_drawn(corpus: Toy, tmp_path: Path) -> None:
    """A stream reads one window ahead, not the file."""
    write_lines(tmp_path / "f.jsonl", records(5000))
    stream = stream_of(corpus, tmp_path, pairs())
    drawn(stream, 10)
    assert stream.report.read <= 25
    assert list(islice((stream.draw() for _ in range(3)), 3))


def test_a_report_adds_up() -> None:
    """Two reports together count what both count, and keep the first problems."""
    one, other = ReadReport(read=5, keep=2), ReadReport(read=1)
    for n in range(3):
        other.complain(f"f:{n}: x: wrong")
    one.add(other)
    assert (one.read, one.bad, one.problems) == (6, 3, ["f:0: x: wrong", "f:1: x: wrong"])
    assert one.summary() == "3 bad of 9 records left out (f:0: x: wrong, …)"


@pytest.mark.parametrize("before", [250, 285, 560])
def test_a_stream_goes_on_in_the_last_piece_of_a_large_window(corpus: Toy, tmp_path: Path, before: int) -> None:
    """A window that is encoded in several pieces, the last of them a short one, is gone on with in the right one."""
    write_lines(tmp_path / "f.jsonl", records(700))
    unbroken, resumed = (stream_of(corpus, tmp_path, pairs(buffer=300)) for _ in range(2))
    drawn(unbroken, before)
    resumed.restore(json.loads(json.dumps(unbroken.state())))
    assert drawn(resumed, 60) == drawn(unbroken, 60)
    assert resumed.state() == unbroken.state()


def test_a_stream_of_nothing_that_fits_a_row_ends(corpus: Toy, tmp_path: Path) -> None:
    """Where every record is too long, the run is told so instead of reading the file for ever."""
    write_lines(tmp_path / "f.jsonl", [{**PAIR, "src": "cat " * 99}] * 30)
    stream = stream_of(corpus, tmp_path, pairs())
    with pytest.raises(RecipeError, match=r"source s: nothing in it can be learned \(25 of 25 records too long for a"):
        stream.draw()


@pytest.mark.parametrize("stream", [False, True])
def test_what_max_chars_leaves_out_is_counted(corpus: Toy, tmp_path: Path, stream: bool) -> None:
    """A pair that is too long is told, and prose and conversations are cut instead."""
    write_lines(tmp_path / "f.jsonl", [PAIR, {**PAIR, "src": "cat " * 600}] * 5)
    source = opened(corpus, tmp_path, pairs(stream=stream, held_out=0))
    if isinstance(source.train, ExampleStream):
        drawn(source.train, 5)
    assert source.report.summary() == "5 of 10 records longer than their source's max_chars"
    assert source.report.figures() == {"records": 10, "bad_records": 0, "too_long": 5}
    write_lines(tmp_path / "prose.jsonl", [{"text": "The cat sleeps. " * 300}] * 2)
    write_lines(tmp_path / "chats.jsonl", [{"prompt": "Hi", "completion": "Hello!", "note": "x" * 3000}] * 2)
    for file, kind in (("prose.jsonl", "text"), ("chats.jsonl", "messages")):
        settings = {"name": kind, "kind": kind, "file": file, "weight": 1, "held_out": 0, "stream": stream}
        source = opened(corpus, tmp_path, Source.model_validate(settings))
        assert source.size() > 2
        assert not source.report.summary()
