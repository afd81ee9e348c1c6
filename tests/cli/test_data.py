"""The commands `botframework data check`, `data clean` and `data export`."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from botframework import Person
from botframework.cli.data import app
from botframework.errors import StoreError
from botframework.store import Decision, TurnRecord
from botframework.store.sql import SQLStore
from botframework.training.readers import open_reader
from botframework.training.recipe import RecipeError
from botframework.training.validation import problem_of

GOOD = {
    "src_lang": "en",
    "tgt_lang": "de",
    "src": "The cat sleeps in the garden.",
    "tgt": "Die Katze schläft im Garten.",
}


def write(path: Path, *records: Any) -> Path:
    """JSON lines; a text is written as it is."""
    lines = [r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in records]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_clean_file_passes_and_is_described(tmp_path: Path) -> None:
    """The report names kinds and languages, and the exit status is 0."""
    result = CliRunner().invoke(app, ["check", str(write(tmp_path / "f.jsonl", GOOD))])
    assert result.exit_code == 0, result.output
    assert "1 good records in 1 files, none bad" in " ".join(result.output.split())
    assert "en > de" in result.output


def test_a_bad_record_is_shown_with_its_place_and_fails(tmp_path: Path) -> None:
    """The exit status is 1, and a line of its own says what is wrong in which field."""
    file = write(tmp_path / "f.jsonl", GOOD, {**GOOD, "tgt": ""}, "{")
    result = CliRunner().invoke(app, ["check", str(file)])
    assert result.exit_code == 1
    told = result.output.splitlines()
    assert told[0] == "Bad records: 2"
    assert told[1] == 'f.jsonl:2: tgt: expected text, got ""'
    assert told[2].startswith("f.jsonl:3: record: not JSON: ")
    assert "… and 1 more; --show shows" in CliRunner().invoke(app, ["check", str(file), "--show", "1"]).output


def test_a_clean_copy_says_what_it_left_out(tmp_path: Path) -> None:
    """One line per file with the counts; what it wrote passes the check against the same evaluation set."""
    file = write(tmp_path / "f.jsonl", GOOD, "{", {**GOOD, "src": "Nobody knows where the cat sleeps."})
    against = str(write(tmp_path / "e.jsonl", {"src": GOOD["src"]}))
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["clean", str(file), "--against", against, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "1 records, 1 bad and 1 that hold evaluation texts left out" in " ".join(result.output.split())
    assert CliRunner().invoke(app, ["check", str(out), "--against", against]).exit_code == 0


def test_the_report_as_json_and_html(tmp_path: Path) -> None:
    """Both hold what was found; only overlap and bad records fail."""
    file = write(tmp_path / "f.jsonl", GOOD, GOOD)
    html = tmp_path / "out" / "report.html"
    arguments = ["check", str(file), "--against", str(write(tmp_path / "e.jsonl", {"src": GOOD["src"]}))]
    result = CliRunner().invoke(app, [*arguments, "--json", "--html", str(html)])
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["overlaps"], report["exact_duplicates"], report["passed"]) == (2, 1, False)
    assert report["detected"] == {"en": 2, "de": 2}
    assert "e.jsonl:1" in html.read_text(encoding="utf-8")


def test_wrong_use_is_told(tmp_path: Path) -> None:
    """An unknown kind, a missing file and a folder without a tokenizer are errors of the framework's own."""
    file = write(tmp_path / "f.jsonl", GOOD)
    for arguments, message in (
        ([str(file), "--kind", "poem"], "expected one of translation, summary"),
        ([str(tmp_path / "gone.jsonl")], "no such file"),
        ([str(file), "--tokenizer", str(tmp_path)], "holds no tokenizer.json"),
    ):
        result = CliRunner().invoke(app, ["check", *arguments])
        assert isinstance(result.exception, RecipeError)
        with pytest.raises(RecipeError, match=message):
            raise result.exception


SAID = [  # conversation, minutes, asked, answered, skill, thumb
    ("a", 0, "Hi", "Hello!", "chat", 0),
    ("a", 1, "Who are you?", "A bot.", "chat", 1),
    ("a", 2, "Sing!", "No.", "chat", -1),
    ("a", 3, "Please?", "La la la.", "chat", 0),
    ("b", 0, "cat in French", "chat", "translate", 0),
    ("b", 90, "Bye", "Goodbye!", "chat", 0),
    ("b", 91, "", "Still there?", "chat", 1),
]


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """The data folder of a bot that has talked in two conversations."""

    async def fill() -> None:
        store = await SQLStore.open(f"sqlite:///{tmp_path / 'bot.db'}")
        ann = Person("test:ann", "Ann", "en")
        for number, (conversation, minutes, asked, answered, skill, thumb) in enumerate(SAID):
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
            decision = Decision(skill, "default")
            turn = TurnRecord(str(number), conversation, ann, asked, answered, decision, language="en", at=at)
            await store.save_turn(turn)
            if thumb:
                await store.save_feedback(turn.id, ann.id, thumb)
        await store.aclose()

    asyncio.run(fill())
    return tmp_path


def export(bot: Path, name: str, *options: str) -> list[Any]:
    """The records that the command writes."""
    result = CliRunner().invoke(app, ["export", str(bot / name), "--data", str(bot), *options])
    assert result.exit_code == 0, result.output
    return list(open_reader(bot / name))


def test_conversations_become_chats_without_what_was_disliked(bot: Path) -> None:
    """A pause or a thumb down ends a chat; nobody's name is in it."""
    records = export(bot, "chats.jsonl.zst")
    said = [[message["content"] for message in record["messages"]] for record in records]
    assert said == [
        ["Hi", "Hello!", "Who are you?", "A bot."],
        ["Please?", "La la la."],
        ["cat in French", "chat"],
        ["Bye", "Goodbye!"],
    ]
    assert all(problem_of(record, "messages") is None for record in records)
    assert "Ann" not in json.dumps(records)
    assert len(export(bot, "chats.jsonl", "--skill", "translate")) == 1


def test_thumbs_become_rated_answers_with_what_was_said_before(bot: Path) -> None:
    """Each rated answer is a record for KTO."""
    up, down = export(bot, "thumbs.jsonl", "--thumbs")
    assert (up["label"], [m["content"] for m in up["prompt"]]) == (True, ["Hi", "Hello!", "Who are you?"])
    assert (down["label"], down["completion"][0]["content"]) == (False, "No.")
    assert [problem_of(record, "thumbs") for record in (up, down)] == [None, None]


def test_a_folder_without_a_store_is_told(tmp_path: Path) -> None:
    """Nothing is written then."""
    result = CliRunner().invoke(app, ["export", str(tmp_path / "out.jsonl"), "--data", str(tmp_path)])
    assert isinstance(result.exception, StoreError)
    assert not list(tmp_path.iterdir())
