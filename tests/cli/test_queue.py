"""The operator's view of the queue, as a command sees it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from botframework import Conversation, Event, Person
from botframework.cli.queue import app
from botframework.errors import BotError
from botframework.queue import Claim
from botframework.queue.sqlite import SQLiteQueue


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with event 1 parked, 2 done and 3 ready."""

    async def fill() -> None:
        queue = await SQLiteQueue.open(tmp_path / "queue.db")
        for n in "123":
            conversation = Conversation("test", f"chat{n}")
            await queue.put(Event("test", n, conversation, Person("test:ann", "Ann"), f"[bold]hello {n}\nyou"))
        claims: list[Claim | None] = [await queue.claim("w", 60) for _ in range(2)]
        assert claims[0] is not None
        assert claims[1] is not None
        await queue.fail(claims[0], "the model is on fire", None)
        await queue.complete(claims[1])
        await queue.aclose()

    asyncio.run(fill())
    return tmp_path


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})
    if isinstance(result.exception, BotError):
        raise result.exception
    return result.exit_code, result.output


def test_open_events_are_listed_with_their_reasons(data: Path) -> None:
    """Without a state everything but done is shown, texts as they were written."""
    code, output = run("list", "--data", data)
    assert code == 0
    assert "the model is on fire" in output
    assert "[bold]hello 1 you" in output
    assert "hello 3" in output
    assert "hello 2" not in output


def test_a_state_can_be_chosen(data: Path) -> None:
    """Only events in that state are shown; an unknown state is refused with the known ones."""
    assert "hello 2" in run("list", "--data", data, "--state", "done")[1]
    assert "No running events." in run("list", "--data", data, "--state", "running")[1]
    code, output = run("list", "--data", data, "--state", "lost")
    assert code == 2
    assert "parked" in output


def test_json_has_one_object_per_line(data: Path) -> None:
    """Programs read the whole event."""
    lines = [json.loads(line) for line in run("list", "--data", data, "--json")[1].splitlines()]
    assert [(line["seq"], line["state"], line["reason"]) for line in lines] == [
        (1, "parked", "the model is on fire"),
        (3, "ready", ""),
    ]
    assert lines[0]["event"]["text"] == "[bold]hello 1\nyou"


def test_retry_and_drop_change_only_what_they_may(data: Path) -> None:
    """A parked event is retried, a ready one dropped; anything else is refused with status 1."""
    assert run("retry", "1", "--data", data)[0] == 0
    assert run("retry", "1", "--data", data)[0] == 1
    assert run("drop", "1", "--reason", "spam", "--data", data)[0] == 0
    code, output = run("drop", "2", "--reason", "spam", "--data", data)
    assert code == 1
    assert "neither parked nor waiting" in output
    assert "spam" in run("list", "--data", data, "--state", "dropped")[1]


def test_the_folder_comes_from_the_configuration(data: Path) -> None:
    """``--config`` alone finds the database."""
    (data / "config.yaml").write_text(f"data: {data}\nskills: {{}}\n")
    assert "hello 3" in run("list", "--config", data / "config.yaml")[1]


def test_a_folder_without_a_queue_is_an_error(tmp_path: Path) -> None:
    """The message says which file was looked for."""
    with pytest.raises(BotError, match=str(tmp_path)):
        run("list", "--data", tmp_path)
