"""The queue's SQLite tables: made, upgraded and kept small; knows neither claims nor threads."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from botframework.errors import SchemaTooNew

__all__ = ["connect", "forget", "migrate", "prune"]

VERSION = 1
_SCHEMA = """
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    key TEXT NOT NULL,
    conversation TEXT NOT NULL,
    person TEXT NOT NULL,
    message_id TEXT NOT NULL,
    body TEXT,
    state TEXT NOT NULL DEFAULT 'ready',
    head INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    token INTEGER NOT NULL DEFAULT 0,
    worker TEXT,
    leased_until REAL,
    due REAL NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    put_at REAL NOT NULL,
    ended_at REAL,
    UNIQUE (channel, key)
);
CREATE INDEX pending ON events (conversation, seq) WHERE state IN ('ready', 'running');
CREATE INDEX heads ON events (seq, due) WHERE head = 1 AND state = 'ready';
CREATE INDEX leases ON events (leased_until) WHERE state = 'running';
CREATE INDEX states ON events (state, ended_at);
CREATE INDEX messages ON events (channel, message_id) WHERE message_id != '';
CREATE INDEX people ON events (person);
CREATE TABLE outbox (
    seq INTEGER NOT NULL REFERENCES events ON DELETE CASCADE,
    part_index INTEGER NOT NULL,
    conversation TEXT NOT NULL,
    key TEXT NOT NULL,
    part TEXT NOT NULL,
    receipt TEXT,
    final INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (seq, part_index)
);
CREATE INDEX receipts ON outbox (conversation, seq, part_index) WHERE receipt IS NOT NULL;
"""
DEDUPLICATED_DAYS = 7
_DAY = 86_400.0


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode that may be handed to another thread."""
    connection = sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Create or upgrade the tables.

    Raises:
        SchemaTooNew: a newer version of this program wrote the file.
    """
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found > VERSION:
            raise SchemaTooNew(
                f"{path} has format {found}, this program knows formats up to {VERSION}: a newer version of "
                "botframework wrote it; install that version again, or give this one another data folder"
            )
        if found == 0:
            for statement in _SCHEMA.split(";\n"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def forget(connection: sqlite3.Connection, person: str, now: float) -> int:
    """Blank what ended events of a person said and were answered; keep only what finds a redelivery."""
    connection.execute(
        "UPDATE events SET state = 'dropped', reason = 'forgotten', ended_at = ? WHERE person = ? AND state = 'parked'",
        (now, person),
    )
    ended = "person = ? AND state IN ('done', 'dropped') AND body IS NOT NULL"
    connection.execute(f"DELETE FROM outbox WHERE seq IN (SELECT seq FROM events WHERE {ended})", (person,))
    return connection.execute(f"UPDATE events SET body = NULL WHERE {ended}", (person,)).rowcount


def prune(connection: sqlite3.Connection, keep_days: float, now: float, limit: int = 1000) -> int:
    """Blank what ended ``keep_days`` ago and forget keys after at least ``DEDUPLICATED_DAYS``; returns how many rows.

    Args:
        limit: at most this many rows of each kind, so that writers never wait long.
    """
    blank = [
        (seq,)
        for (seq,) in connection.execute(
            "SELECT seq FROM events WHERE state IN ('done', 'dropped') AND ended_at <= ? AND body IS NOT NULL LIMIT ?",
            (now - keep_days * _DAY, limit),
        )
    ]
    connection.executemany("DELETE FROM outbox WHERE seq = ?", blank)
    connection.executemany("UPDATE events SET body = NULL WHERE seq = ?", blank)
    old = now - max(keep_days, DEDUPLICATED_DAYS) * _DAY
    gone = connection.execute(
        "DELETE FROM events WHERE seq IN "
        "(SELECT seq FROM events WHERE state IN ('done', 'dropped') AND ended_at <= ? LIMIT ?)",
        (old, limit),
    )
    return len(blank) + gone.rowcount
