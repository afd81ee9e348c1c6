"""Writes records as JSON lines, plain or packed; the counterpart of the readers."""

from __future__ import annotations

import gzip
import json
import lzma
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, cast

from botframework.training.readers import PACKINGS, Record
from botframework.training.recipe import RecipeError


def write_records(path: Path, records: Iterable[Record]) -> int:
    """Write the records to a .jsonl, .jsonl.xz, .jsonl.gz or .jsonl.zst file and return how many there were.

    The file is whole or not there: it is written beside and renamed.

    Raises:
        RecipeError: the name has another suffix, or a package that packs it is not installed.
    """
    if not path.name.endswith(tuple(f".jsonl{packing}" for packing in PACKINGS)):
        raise RecipeError(f"{path}: records are written to .jsonl, .jsonl.xz, .jsonl.gz or .jsonl.zst")
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    count = 0
    try:
        with _open(beside, path.suffix) as file:
            for record in records:
                file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
                count += 1
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return count


def _open(path: Path, packing: str) -> IO[bytes]:
    match packing:
        case ".xz":
            return lzma.open(path, "wb")
        case ".gz":
            return cast("IO[bytes]", gzip.open(path, "wb"))
        case ".zst":
            try:
                import zstandard
            except ImportError as error:
                raise RecipeError(f"{path}: to write .zst: pip install 'botframework[train]'") from error
            opened: Any = zstandard.open(path, "wb")
            return cast("IO[bytes]", opened)
        case _:
            return path.open("wb")
