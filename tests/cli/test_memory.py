"""The operator's view of the memory, as a command sees it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from botframework.cli.memory import app
from botframework.config import MemoryConfig
from botframework.engine.embeddings import StaticEmbeddings
from botframework.errors import BotError, MemoryStoreError
from botframework.memory import Scope
from botframework.memory.chroma import ChromaMemory

ANA = Scope("test:ana", "test/1")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with two memories of Ana and one of Ben."""

    async def fill() -> None:
        memory = ChromaMemory(tmp_path / "memory", StaticEmbeddings(MemoryConfig().embedder))
        await memory.remember(ANA, "My cat is called Miro.")
        await memory.remember(Scope("test:ana", "test/9", private=False), "I bring the [bold]cake[/bold].", kind="turn")
        await memory.remember(Scope("test:ben", "test/2"), "My dog is called Rex.")
        await memory.aclose()

    asyncio.run(fill())
    return tmp_path


def run(*arguments: str | Path, answer: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=answer, env={"COLUMNS": "200"})
    if isinstance(result.exception, BotError):
        raise result.exception
    return result.exit_code, result.output


def test_memories_are_listed_searched_and_erased(data: Path) -> None:
    """One person's memories from every conversation, texts as they were written; erased only after a yes."""
    code, output = run("list", "test:ana", "--data", data)
    assert code == 0
    assert "My cat is called Miro." in output
    assert "I bring the [bold]cake[/bold]." in output
    assert "Rex" not in output

    lines = [
        json.loads(line)
        for line in run("search", "test:ana", "我的猫叫什么名字？", "--json", "--data", data)[1].splitlines()
    ]
    assert [line["kind"] for line in lines] == ["fact"]
    assert "Miro" in lines[0]["text"]
    assert "Nothing fits." in run("search", "test:ana", "quantum physics lecture", "--data", data)[1]

    assert run("forget", "test:ana", "--data", data, answer="n\n")[0] == 1
    assert "2 memories of test:ana erased." in run("forget", "test:ana", "--yes", "--data", data)[1]
    assert "Nothing is remembered of test:ana." in run("list", "test:ana", "--data", data)[1]
    assert "Rex" in run("list", "test:ben", "--data", data)[1]


def test_a_folder_without_a_memory_is_refused(tmp_path: Path) -> None:
    """Rather than making an empty one there."""
    with pytest.raises(MemoryStoreError, match="there is no memory in"):
        run("list", "test:ana", "--data", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_memory_in_use_is_refused(data: Path) -> None:
    """While the bot runs, the memory is its own."""
    memory = ChromaMemory(data / "memory", StaticEmbeddings(MemoryConfig().embedder))
    with pytest.raises(MemoryStoreError, match="in use by process"):
        run("list", "test:ana", "--data", data)
    asyncio.run(memory.aclose())
