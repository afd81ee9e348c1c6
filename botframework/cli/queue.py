"""`botframework queue`: what waits, failed or was parked; try again or drop it, while the bot runs or not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from botframework.queue import QueuedEvent
    from botframework.queue.sqlite import SQLiteQueue

__all__ = ["app"]

app = typer.Typer(help="See what waits, failed or was parked; try again or drop it.", no_args_is_help=True)

Result = TypeVar("Result")
Config = Annotated[Path | None, typer.Option(help="The bot's configuration, for its data folder.")]
Data = Annotated[Path | None, typer.Option(help="The data folder itself; wins over the configuration.")]
Seq = Annotated[int, typer.Argument(help="The event's number in `queue list`.")]


class States(StrEnum):
    """The states an event can be in."""

    ready = "ready"
    running = "running"
    parked = "parked"
    done = "done"
    dropped = "dropped"


@app.command("list")
def list_(
    state: Annotated[States | None, typer.Option(help="Only events in this state; all but done without it.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 100,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """Events, oldest first, with their state, attempts and the reason where one was parked or dropped."""

    async def find(queue: SQLiteQueue) -> list[QueuedEvent]:
        if state is not None:
            return await queue.list(state.value, limit)
        found = [line for name in States if name.value != "done" for line in await queue.list(name.value, limit)]
        return sorted(found, key=lambda line: line.seq)[:limit]

    lines = _with_queue(config, data, find)
    if json:
        for line in lines:
            typer.echo(_as_json(line))
    elif not lines:
        typer.echo(f"No {state.value if state else 'open'} events.")
    else:
        _print(lines)


@app.command()
def retry(seq: Seq, config: Config = None, data: Data = None) -> None:
    """Make a parked event ready again, its attempts forgotten."""
    if not _with_queue(config, data, lambda queue: queue.retry(seq)):
        _refuse(f"event {seq} is not parked; `botframework queue list --state parked` shows those that are")
    typer.echo(f"Event {seq} is ready again; a running bot takes it within seconds.")


@app.command()
def drop(
    seq: Seq,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the event.")],
    config: Config = None,
    data: Data = None,
) -> None:
    """Give up a parked or waiting event; it is never answered."""
    if not _with_queue(config, data, lambda queue: queue.drop(seq, reason)):
        _refuse(f"event {seq} is neither parked nor waiting; `botframework queue list` shows what is open")
    typer.echo(f"Event {seq} is dropped.")


def _with_queue(config: Path | None, data: Path | None, work: Callable[[SQLiteQueue], Awaitable[Result]]) -> Result:
    from botframework.queue.sqlite import SQLiteQueue

    async def run() -> Result:
        queue = await SQLiteQueue.open(_folder(config, data) / "queue.db", owner=False)
        try:
            return await work(queue)
        finally:
            await queue.aclose()

    return asyncio.run(run())


def _folder(config: Path | None, data: Path | None) -> Path:
    if data is not None:
        return data
    from botframework.config import load

    return load(config, only_channels=()).folder


def _refuse(message: str) -> None:
    typer.echo(f"botframework: {message}", err=True)
    raise typer.Exit(1)


def _as_json(line: QueuedEvent) -> str:
    import json

    from botframework.types import to_json

    values = {"seq": line.seq, "state": line.state, "attempts": line.attempts, "reason": line.reason}
    values |= {"put_at": line.put_at.isoformat(), "event": json.loads(to_json(line.event))}
    return json.dumps(values, ensure_ascii=False)


def _print(lines: list[QueuedEvent]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("seq", "state", "put (UTC)", "tries", "conversation", "from", "text", box=None, pad_edge=False)
    table.add_column("reason")
    for line in lines:
        event = line.event
        text = event.text if len(event.text) <= 40 else event.text[:39] + "…"
        values = [str(line.seq), line.state, f"{line.put_at:%Y-%m-%d %H:%M:%S}", str(line.attempts)]
        values += [event.conversation.key, event.sender.name or event.sender.id, text.replace("\n", " "), line.reason]
        table.add_row(*(Text(value) for value in values))
    Console().print(table)
