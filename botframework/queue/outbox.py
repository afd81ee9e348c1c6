"""What each outbox operation does to the tables, within a transaction; knows no threads."""

from __future__ import annotations

import sqlite3

from botframework.queue import Claim, Delivered
from botframework.queue.inbox import owned
from botframework.types import Part, Receipt, from_json

__all__ = ["deliver", "delivered", "intend", "receipts"]


def intend(connection: sqlite3.Connection, claim: Claim, index: int, part: Part, body: str) -> Delivered:
    """Record that a part is about to be sent; a receipt from an earlier attempt stays."""
    conversation = owned(connection, claim)
    row = connection.execute(
        "INSERT INTO outbox (seq, part_index, conversation, key, part) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (seq, part_index) DO UPDATE SET part = excluded.part, final = 0 RETURNING key, receipt",
        (claim.seq, index, conversation, _key(claim, index), body),
    ).fetchall()
    key, receipt = row[0]
    return Delivered(index, part, key, from_json(receipt) if receipt else None, False)


def deliver(connection: sqlite3.Connection, claim: Claim, index: int, body: str, *, receipt: str, final: bool) -> None:
    """Record what the platform answered."""
    conversation = owned(connection, claim)
    connection.execute(
        "INSERT INTO outbox (seq, part_index, conversation, key, part, receipt, final) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (seq, part_index) DO UPDATE SET part = excluded.part, receipt = excluded.receipt, "
        "final = excluded.final",
        (claim.seq, index, conversation, _key(claim, index), body, receipt, int(final)),
    )


def delivered(connection: sqlite3.Connection, seq: int) -> list[Delivered]:
    """One event's parts, by index."""
    rows = connection.execute(
        "SELECT part_index, part, key, receipt, final FROM outbox WHERE seq = ? ORDER BY part_index", (seq,)
    )
    return [
        Delivered(index, from_json(part), key, from_json(receipt) if receipt else None, bool(final))
        for index, part, key, receipt, final in rows
    ]


def receipts(connection: sqlite3.Connection, conversation: str, limit: int) -> list[tuple[int, Receipt]]:
    """The latest receipts of a conversation, newest first."""
    rows = connection.execute(
        "SELECT seq, receipt FROM outbox WHERE conversation = ? AND receipt IS NOT NULL "
        "ORDER BY seq DESC, part_index DESC LIMIT ?",
        (conversation, limit),
    )
    return [(seq, from_json(receipt)) for seq, receipt in rows]


def _key(claim: Claim, index: int) -> str:
    return f"{claim.event.channel}:{claim.event.key}:{index}"
