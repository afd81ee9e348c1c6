"""What each inbox operation does to the tables, within a transaction; knows no threads.

Each conversation that has pending events has exactly one *head*: the running one, else its oldest ready one. Only
heads are claimed, so that finding the next event takes one look into an index however long the line is.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from botframework.errors import LeaseLost
from botframework.queue import Claim, State
from botframework.types import Event, from_json

__all__ = [
    "Pending",
    "ahead",
    "claim",
    "complete",
    "counts",
    "drop",
    "expire",
    "fail",
    "owned",
    "put",
    "release",
    "renew",
    "retry",
]

_PENDING = "state IN ('ready', 'running')"
_READY_HEAD = "head = 1 AND state = 'ready'"


@dataclass(frozen=True, slots=True)
class Pending:
    """What a look for work found: a claim, or else when the next event is due or the next lease ends."""

    claim: Claim | None
    next_due: float | None


def put(connection: sqlite3.Connection, event: Event, body: str, now: float) -> bool:
    """Add an event unless its (channel, key) is known."""
    conversation = event.conversation.key
    message_id = event.message_id if event.kind == "message" else ""
    done = connection.execute(
        "INSERT INTO events (channel, key, conversation, person, message_id, body, due, put_at, head) "
        f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, NOT EXISTS (SELECT 1 FROM events WHERE conversation = ? AND {_PENDING})) "
        "ON CONFLICT (channel, key) DO NOTHING",
        (event.channel, event.key, conversation, event.sender.id, message_id, body, now, now, conversation),
    )
    return done.rowcount == 1


def claim(connection: sqlite3.Connection, worker: str, lease: float, *, now: float, attempts: int) -> Pending:
    """Lease the oldest due head to ``worker``; park what cannot be read."""
    expire(connection, now, "the worker stopped without a word", now=now, attempts=attempts)
    while True:
        row = connection.execute(
            f"SELECT seq, conversation, body, attempts, token, put_at FROM events WHERE {_READY_HEAD} AND due <= ? "
            "ORDER BY seq LIMIT 1",
            (now,),
        ).fetchone()
        if row is None:
            return Pending(None, _next_due(connection))
        seq, conversation, body, attempt, token, put_at = row
        try:
            event = from_json(body)
        except (ValueError, KeyError, TypeError) as error:
            _end(connection, seq, conversation, "parked", f"cannot be read: {error}", now=now)
            continue
        connection.execute(
            "UPDATE events SET state = 'running', attempts = ?, token = ?, worker = ?, leased_until = ? WHERE seq = ?",
            (attempt + 1, token + 1, worker, now + lease, seq),
        )
        return Pending(Claim(seq, event, attempt + 1, worker, max(0.0, now - put_at), token + 1), None)


def expire(connection: sqlite3.Connection, until: float, reason: str, *, now: float, attempts: int) -> int:
    """Free every lease that ends at ``until`` or before; an event out of attempts is parked."""
    ended = connection.execute(
        "SELECT seq, conversation, attempts FROM events WHERE state = 'running' AND leased_until <= ?", (until,)
    ).fetchall()
    for seq, conversation, attempt in ended:
        if attempt >= attempts:
            _end(connection, seq, conversation, "parked", f"{reason}, {attempt} times", now=now)
        else:
            connection.execute(
                "UPDATE events SET state = 'ready', worker = NULL, leased_until = NULL, due = ?, reason = ? "
                "WHERE seq = ?",
                (now, reason, seq),
            )
    return len(ended)


def renew(connection: sqlite3.Connection, claim: Claim, lease: float, now: float) -> None:
    """Let the lease end ``lease`` seconds from now."""
    owned(connection, claim)
    connection.execute("UPDATE events SET leased_until = ? WHERE seq = ?", (now + lease, claim.seq))


def complete(connection: sqlite3.Connection, claim: Claim, now: float) -> None:
    """End an owned event as done."""
    _end(connection, claim.seq, owned(connection, claim), "done", "", now=now)


def fail(
    connection: sqlite3.Connection, claim: Claim, reason: str, retry_in: float | None, *, now: float, attempts: int
) -> None:
    """Free an owned event for later, or park it when it has no retry or no attempt left."""
    conversation = owned(connection, claim)
    if retry_in is None or claim.attempt >= attempts:
        _end(connection, claim.seq, conversation, "parked", reason, now=now)
    else:
        _free(connection, claim.seq, now + retry_in, claim.attempt, reason)


def release(connection: sqlite3.Connection, claim: Claim, now: float) -> None:
    """Free an owned event at once, the attempt not counted."""
    owned(connection, claim)
    _free(connection, claim.seq, now, claim.attempt - 1, "")


def retry(connection: sqlite3.Connection, seq: int, now: float) -> bool:
    """Make a parked event ready again, with its attempts forgotten."""
    row = connection.execute("SELECT conversation FROM events WHERE seq = ? AND state = 'parked'", (seq,)).fetchone()
    if row is None:
        return False
    connection.execute(
        "UPDATE events SET state = 'ready', attempts = 0, reason = '', due = ?, ended_at = NULL WHERE seq = ?",
        (now, seq),
    )
    _choose_head(connection, row[0])
    return True


def drop(connection: sqlite3.Connection, seq: int, reason: str, now: float) -> bool:
    """Drop a parked or ready event."""
    row = connection.execute(
        "SELECT conversation FROM events WHERE seq = ? AND state IN ('parked', 'ready')", (seq,)
    ).fetchone()
    if row is None:
        return False
    connection.execute(
        "UPDATE events SET state = 'dropped', head = 0, reason = ?, ended_at = ? WHERE seq = ?", (reason, now, seq)
    )
    _choose_head(connection, row[0])
    return True


def counts(connection: sqlite3.Connection) -> dict[State, int]:
    """How many events are in each state."""
    found: dict[State, int] = {"ready": 0, "running": 0, "parked": 0, "done": 0, "dropped": 0}
    found.update(connection.execute("SELECT state, count(*) FROM events GROUP BY state").fetchall())
    return found


def ahead(connection: sqlite3.Connection, seq: int) -> int:
    """How many pending events of other conversations came before ``seq``."""
    (count,) = connection.execute(
        f"SELECT count(*) FROM events WHERE {_PENDING} AND seq < ? "
        "AND conversation != coalesce((SELECT conversation FROM events WHERE seq = ?), '')",
        (seq, seq),
    ).fetchone()
    return int(count)


def owned(connection: sqlite3.Connection, claim: Claim) -> str:
    """The conversation of a claim that still holds. Raises ``LeaseLost`` for one that does not."""
    row = connection.execute(
        "SELECT conversation FROM events WHERE seq = ? AND state = 'running' AND worker = ? AND token = ?",
        (claim.seq, claim.worker, claim.token),
    ).fetchone()
    if row is None:
        raise LeaseLost(f"event {claim.seq} is no longer {claim.worker}'s: its lease ended or it was finished")
    return str(row[0])


def _end(connection: sqlite3.Connection, seq: int, conversation: str, state: State, reason: str, *, now: float) -> None:
    connection.execute(
        "UPDATE events SET state = ?, head = 0, worker = NULL, leased_until = NULL, reason = ?, ended_at = ? "
        "WHERE seq = ?",
        (state, reason, now, seq),
    )
    _next_head(connection, conversation)


def _free(connection: sqlite3.Connection, seq: int, due: float, attempts: int, reason: str) -> None:
    connection.execute(
        "UPDATE events SET state = 'ready', worker = NULL, leased_until = NULL, due = ?, attempts = ?, reason = ? "
        "WHERE seq = ?",
        (due, attempts, reason, seq),
    )


def _next_head(connection: sqlite3.Connection, conversation: str) -> None:
    connection.execute(
        "UPDATE events SET head = 1 WHERE seq = "
        f"(SELECT seq FROM events WHERE conversation = ? AND {_PENDING} ORDER BY seq LIMIT 1)",
        (conversation,),
    )


def _choose_head(connection: sqlite3.Connection, conversation: str) -> None:
    running = connection.execute(
        f"SELECT 1 FROM events WHERE conversation = ? AND {_PENDING} AND state = 'running'", (conversation,)
    ).fetchone()
    if running is None:
        connection.execute(
            f"UPDATE events SET head = 0 WHERE conversation = ? AND {_PENDING} AND head = 1", (conversation,)
        )
        _next_head(connection, conversation)


def _next_due(connection: sqlite3.Connection) -> float | None:
    (due,) = connection.execute(f"SELECT min(due) FROM events WHERE {_READY_HEAD}").fetchone()
    (ends,) = connection.execute("SELECT min(leased_until) FROM events WHERE state = 'running'").fetchone()
    return min((at for at in (due, ends) if at is not None), default=None)
