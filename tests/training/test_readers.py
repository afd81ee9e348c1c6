"""Reading records from every format, whole and damaged."""

from __future__ import annotations

import gzip
import json
import lzma
from pathlib import Path
from typing import Any

import pyarrow
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from botframework.training import readers
from botframework.training.readers import Bad, Position, open_reader, parse
from botframework.training.recipe import RecipeError

RECORDS = [{"text": f"Line {n}: 猫, chat, Katze.", "source": "toy"} for n in range(50)]
LINES = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS).encode()


def write(folder: Path, suffix: str, lines: bytes = LINES) -> Path:
    """A file of these lines in the format of its suffix."""
    path = folder / f"records{suffix}"
    match suffix:
        case ".jsonl":
            path.write_bytes(lines)
        case ".jsonl.xz":
            path.write_bytes(lzma.compress(lines))
        case ".jsonl.gz":
            path.write_bytes(gzip.compress(lines))
        case ".jsonl.zst":
            half = len(lines) // 2  # two frames, as `cat a.zst b.zst` leaves them
            path.write_bytes(zstandard.compress(lines[:half]) + zstandard.compress(lines[half:]))
        case _:
            rows = [json.loads(line) for line in lines.splitlines()]
            parquet.write_table(pyarrow.Table.from_pylist(rows), path, row_group_size=20)
    return path


@pytest.mark.parametrize("suffix", readers.SUFFIXES)
def test_a_file_is_read_alike_in_every_format(suffix: str, tmp_path: Path) -> None:
    """All records come, in order, and the position behind each is its number."""
    reader = open_reader(write(tmp_path, suffix))
    read = [(reader.position.number, record) for record in reader]
    assert read == list(enumerate(RECORDS, start=1))


@pytest.mark.parametrize("suffix", readers.SUFFIXES)
def test_reading_goes_on_from_a_position(suffix: str, tmp_path: Path) -> None:
    """A reader opened at the position of another gives what the other would have given."""
    path = write(tmp_path, suffix)
    first = open_reader(path)
    records = iter(first)
    for _ in range(23):
        next(records)
    second = open_reader(path, first.position)
    assert list(second) == list(records) == RECORDS[23:]
    assert second.position.number == 50


@pytest.mark.parametrize("suffix", [".jsonl.xz", ".jsonl.gz", ".jsonl.zst"])
def test_a_damaged_archive_is_one_bad_record_at_its_end(suffix: str, tmp_path: Path) -> None:
    """What could be unpacked is read; the loss is told, never silent."""
    lines = b"".join(json.dumps({"text": f"{n} {n * 7919 % 10007}"}).encode() + b"\n" for n in range(20000))
    path = write(tmp_path, suffix, lines)
    path.write_bytes(path.read_bytes()[:-2000])
    *_, last = open_reader(path)
    assert isinstance(last, Bad)
    assert "damaged from here on" in last.problem or "not JSON" in last.problem
    assert any(isinstance(item, Bad) and "damaged" in item.problem for item in open_reader(path))


def test_each_way_of_being_bad_is_told_apart(tmp_path: Path) -> None:
    """Every bad line is given in its place with what is wrong; blank lines are none."""
    lines = [
        b'\xef\xbb\xbf{"text": "with a mark"}',
        b"",
        b'{"text": "caf\xe9"}',
        b"{nope}",
        b"[" * 100_000,
        b"1" * 5000,
        b'{"text": "\\ud83d"}',
        b'{"text": "\\ud83d\\ude00"}\r',
    ]
    reader = open_reader(write(tmp_path, ".jsonl", b"\n".join(lines)))
    read = [(reader.position.number, item.problem if isinstance(item, Bad) else item) for item in reader]
    assert read[0] == (1, {"text": "with a mark"})
    assert read[1] == (3, "record: not UTF-8: byte 0xe9 at byte 14")
    assert read[2] == (4, "record: not JSON: Expecting property name enclosed in double quotes at character 2")
    assert read[3] == (5, "record: nested too deeply")
    assert read[4][0] == 6
    assert str(read[4][1]).startswith("record: not JSON: Exceeds the limit")
    assert read[5] == (7, "record: holds half of a surrogate pair, which is no character")
    assert read[6] == (8, {"text": "😀"})


def test_an_endless_line_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line beyond the limit is bad, and the next one is read."""
    monkeypatch.setattr(readers, "MAX_LINE", 2**20)
    line = b'{"text": "' + b"a" * (5 * 2**20) + b'"}\n'
    reader = open_reader(write(tmp_path, ".jsonl", line + b'{"text": "b"}\n'))
    assert [(i, reader.position.number) for i in reader] == [(Bad("record: longer than 1 MiB"), 1), ({"text": "b"}, 2)]
    assert reader.position == Position(2, len(line) + 14)


def test_a_parquet_row_that_is_no_utf_8_is_bad_alone(tmp_path: Path) -> None:
    """The other rows of its batch are read."""
    column = pyarrow.array([b"good", b"\xff\xfe", b"fine"], pyarrow.binary()).view(pyarrow.string())
    parquet.write_table(pyarrow.table({"text": column}), tmp_path / "f.parquet")
    assert list(open_reader(tmp_path / "f.parquet")) == [{"text": "good"}, Bad("record: not UTF-8"), {"text": "fine"}]


def test_a_file_of_no_known_format_is_told(tmp_path: Path) -> None:
    """The message names what is known."""
    with pytest.raises(RecipeError, match=r"f\.csv: what format is this\? Known are \.jsonl, \.jsonl\.xz"):
        open_reader(tmp_path / "f.csv")
    (tmp_path / "f.parquet").write_text("no parquet")
    with pytest.raises(RecipeError, match=r"f\.parquet: no parquet file"):
        list(open_reader(tmp_path / "f.parquet"))
    with pytest.raises(RecipeError, match=r"gone\.jsonl: No such file"):
        list(open_reader(tmp_path / "gone.jsonl"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@settings(deadline=None)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_line_stops_the_parser(line: bytes) -> None:
    """Any bytes give a value that can be written again, or say what is wrong."""
    value: Any = parse(line)
    if isinstance(value, Bad):
        assert value.problem.startswith("record: ")
    else:
        json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize("rest", [b"", b"\r\n", b"\r\n \r\n"])
def test_a_file_of_a_byte_order_mark_alone_has_no_records(tmp_path: Path, rest: bytes) -> None:
    """What an editor on Windows leaves of an empty file is empty."""
    assert list(open_reader(write(tmp_path, ".jsonl", b"\xef\xbb\xbf" + rest))) == []


def test_a_null_in_a_parquet_column_is_no_field(tmp_path: Path) -> None:
    """Records of several kinds may share a table, whose columns are null where a record has no such field."""
    rows = [{"prompt": "Hi", "completion": "Hello!"}, {"text": "Prose."}]
    parquet.write_table(pyarrow.Table.from_pylist([{**rows[0], "text": None}, rows[1]]), tmp_path / "f.parquet")
    assert list(open_reader(tmp_path / "f.parquet")) == rows
