"""`botframework memory`: what is remembered of a person; find in it and erase it, while the bot is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from botframework.memory import Memory, MemoryStore

__all__ = ["app"]

app = typer.Typer(help="See, search and erase what is remembered of a person.", no_args_is_help=True)

Result = TypeVar("Result")
Person = Annotated[str, typer.Argument(help="The person's id, as telegram:42; /memory shows one's own.")]
Config = Annotated[Path | None, typer.Option(help="The bot's configuration, for its data folder and embedder.")]
Data = Annotated[Path | None, typer.Option(help="The data folder itself; wins over the configuration.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@app.command("list")
def list_(person: Person, json: Json = False, config: Config = None, data: Data = None) -> None:
    """Everything remembered of or said by a person, in any conversation, oldest first."""

    async def find(memory: MemoryStore) -> list[Memory]:
        return await memory.of_person(person)

    found = _with_memory(config, data, find)
    _show(found, json, f"Nothing is remembered of {person}.")


@app.command()
def search(
    person: Person,
    query: Annotated[str, typer.Argument(help="What to look for, in any words or language.")],
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 5,
    json: Json = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """What the bot would recall for QUERY in a private chat with a person, best first."""

    async def find(memory: MemoryStore) -> list[Memory]:
        from botframework.memory import Scope

        return await memory.recall(Scope(person, ""), query, limit)

    found = _with_memory(config, data, find)
    _show(found, json, "Nothing fits.", scores=True)


@app.command()
def forget(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """Erase everything remembered of or said by a person, in any conversation. It cannot be undone."""
    if not yes:
        typer.confirm(f"Erase everything that is remembered of {person}?", abort=True)

    async def erase(memory: MemoryStore) -> int:
        return await memory.forget_person(person)

    count = _with_memory(config, data, erase)
    typer.echo(f"{count} {'memory' if count == 1 else 'memories'} of {person} erased.")


def _with_memory(config: Path | None, data: Path | None, work: Callable[[MemoryStore], Awaitable[Result]]) -> Result:
    from botframework.assembly import open_embeddings, open_memory
    from botframework.config import load
    from botframework.errors import MemoryStoreError

    loaded = load(config, only_channels=())
    folder = data or loaded.folder
    if not loaded.memory.enabled:
        raise MemoryStoreError("the memory is switched off in this configuration (memory.enabled is false)")
    if not (folder / "memory").is_dir():
        raise MemoryStoreError(f"there is no memory in {folder}; name the bot's data folder with --data")

    async def run() -> Result:
        memory = open_memory(loaded.memory, folder, open_embeddings(loaded.memory))
        try:
            return await work(memory)
        finally:
            await memory.aclose()

    return asyncio.run(run())


def _show(found: list[Memory], json: bool, none: str, *, scores: bool = False) -> None:
    if json:
        from json import dumps

        for memory in found:
            values = {"id": memory.id, "kind": memory.kind, "at": memory.at.isoformat(), "text": memory.text}
            typer.echo(dumps(values | ({"score": round(memory.score, 3)} if scores else {}), ensure_ascii=False))
        return
    if not found:
        typer.echo(none)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*(["score"] if scores else []), "when (UTC)", "kind", "text", box=None, pad_edge=False)
    for memory in found:
        row = [f"{memory.score:.2f}"] if scores else []
        row += [f"{memory.at:%Y-%m-%d %H:%M}", memory.kind, memory.text]
        table.add_row(*map(Text, row))
    Console().print(table)
