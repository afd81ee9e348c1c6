"""The console at a pipe: a line in, an answer out, in order."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from botframework import Address, ContentRefused, Conversation, Event, File, Image, Status, Text, TurnRecord
from botframework.store import Decision
from botframework_console import ConsoleAdapter, ConsoleSettings
from botframework_console.adapter import attached


class Bot:
    """Answers every event at once, in upper case."""

    def __init__(self, adapter: ConsoleAdapter, *parts: Text | File | Image | Status) -> None:
        self.adapter = adapter
        self.parts = parts
        self.events: list[Event] = []

    async def accept(self, event: Event) -> bool:
        self.events.append(event)
        for index, part in enumerate(self.parts or (Text(event.text.upper()),)):
            await self.adapter.send(event.address, part, f"{event.key}-{index}")
        decision = Decision("echo", "default")
        await self.adapter.closed(
            event,
            TurnRecord(event.key, "c", event.sender, event.text, "", decision, language="en", took=0.0125),
        )
        return True


def console(text: str, **settings: object) -> tuple[ConsoleAdapter, io.StringIO]:
    out = io.StringIO()
    return ConsoleAdapter(ConsoleSettings.model_validate(settings), stdin=io.StringIO(text), stdout=out), out


async def test_every_line_is_answered_in_order() -> None:
    """Every line is a message; answers are separated by an empty line; empty lines are no messages."""
    adapter, out = console("hello\n\n  \n你好\r\nlast without end")
    bot = Bot(adapter)
    await adapter.run(bot.accept)
    assert out.getvalue() == "HELLO\n\n你好\n\nLAST WITHOUT END\n\n"
    assert [event.text for event in bot.events] == ["hello", "你好", "last without end"]
    assert len({event.key for event in bot.events}) == 3


async def test_json_prints_one_object_per_answer() -> None:
    """With output json an answer is one line with its text, skill, language and milliseconds."""
    adapter, out = console("a\nb\n", output="json")
    await adapter.run(Bot(adapter, Text("one"), Text("two")).accept)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert lines == [{"text": "one\n\ntwo", "skill": "echo", "language": "en", "milliseconds": 12}] * 2


async def test_json_does_not_escape_chinese() -> None:
    """Text that is not ASCII is readable in the output."""
    adapter, out = console("你好\n", output="json")
    await adapter.run(Bot(adapter).accept)
    assert "你好" in out.getvalue()


async def test_edited_and_deleted_parts_are_printed_as_they_ended() -> None:
    """What is printed is each part's last version; a deleted part is not."""
    adapter, out = console("x\n")

    async def accept(event: Event) -> bool:
        first = await adapter.send(event.address, Text("draft"), "1")
        gone = await adapter.send(event.address, Text("gone"), "2")
        await adapter.edit(event.address, first, Text("final"))
        await adapter.delete(event.address, gone)
        record = TurnRecord(event.key, "c", event.sender, "", "", Decision("echo", "default"))
        await adapter.closed(event, record)
        return True

    await adapter.run(accept)
    assert out.getvalue() == "final\n\n"


async def test_files_are_saved_under_a_free_name(tmp_path: Path) -> None:
    """A file that the bot sends is written next to, never over, one of the same name, and its path is printed."""
    (tmp_path / "export.json").write_text("mine")
    adapter, out = console("x\n", files=str(tmp_path))
    await adapter.run(
        Bot(adapter, File("../export.json", b"{}", caption="yours"), Image("a.png", b"p", alt="pic")).accept
    )
    assert (tmp_path / "export.json").read_text() == "mine"
    assert (tmp_path / "export-2.json").read_bytes() == b"{}"
    assert out.getvalue() == f"yours\n\n→ {tmp_path}/export-2.json\n\npic\n\n→ {tmp_path}/a.png\n\n"


async def test_another_conversations_answer_is_not_printed() -> None:
    """An answer that an earlier process still owed does not mix with this one's."""
    adapter, out = console("")
    await adapter.send(Address(Conversation("console", "elsewhere")), Text("late"), "k")
    await adapter.run(Bot(adapter).accept)
    assert out.getvalue() == ""


async def test_reader_that_went_away_ends_the_run() -> None:
    """When nobody reads the answers any more, no more lines are read."""

    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    adapter = ConsoleAdapter(ConsoleSettings(), stdin=io.StringIO("a\nb\n"), stdout=Closed())
    bot = Bot(adapter)
    with pytest.raises(BrokenPipeError):
        await adapter.run(bot.accept)
    assert [event.text for event in bot.events] == ["a"]


async def test_named_file_is_attached(tmp_path: Path) -> None:
    """`@path` of a file that exists becomes an attachment, whose bytes can be fetched; other words with @ stay."""
    note = tmp_path / "my note.txt"
    note.write_text("hi")
    text, found = attached(f'/summarise @"{note}" for @ann')
    assert text == "/summarise  for @ann"
    assert [(a.name, a.media_type, a.size) for a in found] == [("my note.txt", "text/plain", 2)]
    adapter, _ = console("")
    assert await adapter.fetch(found[0]) == b"hi"
    note.unlink()
    with pytest.raises(ContentRefused, match="cannot be read"):
        await adapter.fetch(found[0])


def test_message_with_at_signs_is_left_as_it_is() -> None:
    """A message that names no file is not changed by a single space."""
    message = "  mail  @nobody  \t@" + "x" * 5000
    assert attached(message) == (message, ())
