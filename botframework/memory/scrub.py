"""Removes the traces that Chroma leaves of deleted documents; knows the layout of Chroma's SQLite file and no memories.

Chroma answers a deleted document no more, but its text stays readable in the file: in the log of writes, which is
emptied only now and then, and in pages that SQLite has freed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

__all__ = ["scrub"]


def scrub(folder: Path, ids: Sequence[str]) -> None:
    """Wipe the texts of the deleted ``ids`` from the file.

    The entries of the log stay, without their text, so that Chroma's own count of what it has seen is right.

    Raises:
        sqlite3.Error: the file is busy or laid out in another way.
    """
    with closing(sqlite3.connect(folder / "chroma.sqlite3", isolation_level=None, timeout=5)) as database:
        database.execute(
            "UPDATE embeddings_queue SET metadata = NULL WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        database.execute("INSERT INTO embedding_fulltext_search(embedding_fulltext_search) VALUES ('optimize')")
        database.execute("VACUUM")
