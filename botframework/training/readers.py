"""Reads records from .jsonl and .parquet files, plain or compressed; knows formats, no kinds of record.

A reader walks a file from a `Position` on and never stops at a bad record: it gives a `Bad` in its place, so that
whoever reads can count it. Memory is bounded by the longest line, and lines are bounded by `MAX_LINE`.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from botframework.training.recipe import RecipeError

Record = dict[str, Any]
MAX_LINE = 16 * 2**20
PACKINGS = ("", ".xz", ".gz", ".zst")
SUFFIXES = (*(f".jsonl{packing}" for packing in PACKINGS), ".parquet")


@dataclass(frozen=True, slots=True)
class Position:
    """How far a file is read: records behind us (lines or rows), and bytes of unpacked text (0 for parquet)."""

    number: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Bad:
    """A record that cannot be read, as `field: what is wrong`."""

    problem: str


class Reader(Protocol):
    """Walks one file."""

    position: Position
    """Behind the last item given."""

    def __iter__(self) -> Iterator[Any]:
        """Each record, any JSON value, or a `Bad`; `position.number` is its line or row, counted from 1."""
        ...


def open_reader(path: Path, position: Position | None = None) -> Reader:
    """A reader of `path` from `position` on.

    Raises:
        RecipeError: the file's name has no suffix that is known, the file cannot be opened, or a package that reads
            it is not installed.
    """
    if path.name.endswith(".parquet"):
        return _Rows(path, position or Position())
    if path.name.endswith(SUFFIXES):
        return _Lines(path, position or Position())
    raise RecipeError(f"{path}: what format is this? Known are {', '.join(SUFFIXES)}")


def open_bytes(path: Path) -> IO[bytes]:
    """The unpacked bytes of a plain, .xz, .gz or .zst file.

    Raises:
        RecipeError: the file cannot be opened, or is .zst and zstandard is not installed.
    """
    try:
        match path.suffix:
            case ".xz":
                return lzma.open(path, "rb")
            case ".gz":
                return io.BufferedReader(gzip.open(path, "rb"), 2**18)
            case ".zst":
                return io.BufferedReader(_Zstandard(path), 2**18)
            case _:
                return path.open("rb", 2**18)
    except OSError as error:
        raise RecipeError(f"{path}: {error.strerror or error}") from error


class _Zstandard(io.RawIOBase):
    """Unpacks zstandard frames; unlike the package's own reader it says when the file ends within one."""

    def __init__(self, path: Path) -> None:
        try:
            import zstandard
        except ImportError as error:
            raise RecipeError(f"{path}: to read .zst: pip install 'botframework[train]'") from error
        self._error: type[Exception] = zstandard.ZstdError
        self._new: Callable[[], Any] = lambda: zstandard.ZstdDecompressor(max_window_size=2**31).decompressobj()
        self._file = path.open("rb")
        self._frame: Any = None
        self._packed = self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            if not self._packed:
                self._packed = self._file.read(2**17)
                if not self._packed:
                    if self._frame is not None:
                        raise EOFError("the file ends before its end-of-stream marker")
                    return 0
            self._frame = self._frame or self._new()
            try:
                self._ready = self._frame.decompress(self._packed)
            except self._error as error:
                raise OSError(str(error)) from error
            self._packed = b""
            if self._frame.eof:
                self._packed, self._frame = self._frame.unused_data, None
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def close(self) -> None:
        self._file.close()
        super().close()


def count_rows(path: Path) -> int:
    """Rows of a parquet file."""
    from pyarrow import parquet

    return int(parquet.read_metadata(path).num_rows)


class _Lines:
    """JSON lines. Blank lines are no records; a damaged archive is one bad record, at the line where it ends."""

    def __init__(self, path: Path, position: Position) -> None:
        self.path = path
        self.position = position

    def __iter__(self) -> Iterator[Any]:
        with open_bytes(self.path) as file:
            try:
                self._skip(file)
                number, offset = self.position.number, self.position.offset
                while line := file.readline(MAX_LINE):
                    number += 1
                    offset += len(line)
                    if number == 1:
                        line = line.removeprefix(b"\xef\xbb\xbf")  # a byte order mark, as Windows writes it
                    item: Any = None
                    if len(line) == MAX_LINE and not line.endswith(b"\n"):
                        offset += _rest_of_line(file)
                        item = Bad(f"record: longer than {MAX_LINE >> 20} MiB")
                    elif line.strip():
                        item = parse(line)
                    else:
                        continue
                    self.position = Position(number, offset)
                    yield item
            except (EOFError, OSError, lzma.LZMAError, zlib.error) as error:
                self.position = Position(self.position.number + 1, self.position.offset)
                yield Bad(f"record: the file is damaged from here on: {error}")

    def _skip(self, file: IO[bytes]) -> None:
        if self.path.suffix == ".jsonl":
            file.seek(self.position.offset)
            return
        left = self.position.offset
        while left and (skipped := len(file.read(min(left, 2**20)))):
            left -= skipped


def _rest_of_line(file: IO[bytes]) -> int:
    size = 0
    while part := file.readline(MAX_LINE):
        size += len(part)
        if part.endswith(b"\n"):
            break
    return size


def parse(line: bytes) -> Any:
    """The JSON value of a line, or a `Bad`."""
    try:
        text = line.decode()
        value = json.loads(text)
    except UnicodeDecodeError as error:
        return Bad(f"record: not UTF-8: byte 0x{line[error.start]:02x} at byte {error.start + 1}")
    except json.JSONDecodeError as error:
        return Bad(f"record: not JSON: {error.msg} at character {error.pos + 1}")
    except ValueError as error:  # a number of thousands of digits
        return Bad(f"record: not JSON: {str(error).split(';')[0]}")
    except RecursionError:
        return Bad("record: nested too deeply")
    if "\\u" in text and not _is_encodable(value):
        return Bad("record: holds half of a surrogate pair, which is no character")
    return value


def _is_encodable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


class _Rows:
    """The rows of a parquet file, one batch in memory at a time; a column that is null in a row is no field of it."""

    def __init__(self, path: Path, position: Position) -> None:
        self.path = path
        self.position = position

    def __iter__(self) -> Iterator[Any]:
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError as error:
            raise RecipeError(f"{self.path}: to read .parquet: pip install 'botframework[train]'") from error
        try:
            file = parquet.ParquetFile(self.path)
        except (pyarrow.ArrowException, OSError) as error:
            raise RecipeError(f"{self.path}: no parquet file: {error}") from error
        with file:
            first = 0
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                if first + rows > self.position.number:
                    yield from self._group(file, group, first, pyarrow.ArrowException)
                first += rows

    def _group(self, file: Any, group: int, first: int, damaged: type[Exception]) -> Iterator[Any]:
        number = first
        try:
            for batch in file.iter_batches(batch_size=1000, row_groups=[group]):
                if number + len(batch) <= self.position.number:
                    number += len(batch)
                    continue
                for row in _values(batch):
                    number += 1
                    if number > self.position.number:
                        self.position = Position(number)
                        yield row
        except (damaged, OSError) as error:
            rows = file.metadata.row_group(group).num_rows
            self.position = Position(first + rows)
            yield Bad(f"record: rows {number + 1} to {first + rows} are damaged: {str(error).splitlines()[0]}")


def _values(batch: Any) -> list[Any]:
    try:
        return [{name: value for name, value in row.items() if value is not None} for row in batch.to_pylist()]
    except UnicodeDecodeError:
        if len(batch) == 1:
            return [Bad("record: not UTF-8")]
        half = len(batch) // 2
        return _values(batch.slice(0, half)) + _values(batch.slice(half))
