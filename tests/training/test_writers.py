"""Writing records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from botframework.training.readers import PACKINGS, open_reader
from botframework.training.recipe import RecipeError
from botframework.training.writers import write_records

RECORDS = [{"text": "Line one.\nLine two."}, {"text": "猫"}]


@pytest.mark.parametrize("packing", PACKINGS)
def test_what_is_written_is_read(packing: str, tmp_path: Path) -> None:
    """Every packing gives the records back."""
    path = tmp_path / "new" / f"f.jsonl{packing}"
    assert write_records(path, RECORDS) == 2
    assert list(open_reader(path)) == RECORDS


def test_half_a_file_is_never_left(tmp_path: Path) -> None:
    """An error on the way leaves what was there before."""

    def failing() -> Iterator[dict[str, Any]]:
        yield RECORDS[0]
        raise RuntimeError("no more")

    write_records(tmp_path / "f.jsonl", RECORDS)
    with pytest.raises(RuntimeError):
        write_records(tmp_path / "f.jsonl", failing())
    assert list(open_reader(tmp_path / "f.jsonl")) == RECORDS
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(RecipeError, match="records are written to"):
        write_records(tmp_path / "f.csv", RECORDS)
