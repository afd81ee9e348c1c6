"""`botframework chat` in processes of its own: at a pipe and at a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from botframework.queue.sqlite import SQLiteQueue
from tests.cli.run import Run
from tests.console.screen import Screen, environment
from tests.tiny_model import build_tiny_model

SKILLS = """
from botframework import Context, skill

@skill("echo", "Says it again.")
async def echo(ctx: Context, text: str) -> str:
    return text

@skill("bold", "Says it in bold.")
async def bold(ctx: Context, text: str) -> str:
    return f"**{text}**"
"""
CHAT = [sys.executable, "-m", "botframework", "chat"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration whose skills answer without asking the (tiny, random) model."""
    folder = tmp_path_factory.mktemp("chat")
    build_tiny_model(folder / "tiny")
    (folder / "skills.py").write_text(SKILLS)
    names = "".join(f"  {name}: {{path: skills.py}}\n" for name in ("echo", "bold"))
    (folder / "bot.yaml").write_text(
        f"skills:\n{names}default_skill: echo\nmemory: {{enabled: false}}\nmodel: {{name: {folder}/tiny}}\n"
    )
    return folder


def test_piped_lines_are_answered_in_order_as_utf_8(folder: Path) -> None:
    """Lines are answered in order with an empty line between, in UTF-8 whatever the locale, and nothing is left."""
    before = set(folder.iterdir())
    done = subprocess.run(
        [*CHAT, "--config", folder / "bot.yaml"],
        input="hello\n你好，世界\n/bold **x**\n".encode(),
        cwd=folder,
        env=environment(LANG="C", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode() == "hello\n\n你好，世界\n\n****x****\n\n"
    assert set(folder.iterdir()) - before <= {folder / "__pycache__"}


def test_json_has_text_skill_language_and_milliseconds(folder: Path, tmp_path: Path, run: Run) -> None:
    """With --json every answer is one object; many lines do not meet a rate limit; --data keeps the data."""
    lines = [f"What a nice day, number {number}." for number in range(25)]
    done = run("chat", "--json", "--config", folder / "bot.yaml", "--data", tmp_path / "data", stdin="\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["text"] for answer in answers] == lines
    assert {answer["skill"] for answer in answers} == {"echo"}
    assert {answer["language"] for answer in answers} == {"en"}
    assert all(isinstance(answer["milliseconds"], int) for answer in answers)
    assert (tmp_path / "data" / "queue.db").exists()


def test_other_model_can_be_named(folder: Path, run: Run) -> None:
    """--model replaces the configured model; one that is not there is told before anything is answered."""
    done = run("chat", "--config", folder / "bot.yaml", "--model", "./nowhere", stdin="hello\n")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "there is no model './nowhere'" in done.stderr


def test_reader_that_leaves_early_is_no_error(folder: Path) -> None:
    """`chat | head -1` ends quietly: no traceback, status 0."""
    chat = subprocess.Popen(
        [*CHAT, "--config", folder / "bot.yaml"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert chat.stdin is not None
    assert chat.stdout is not None
    assert chat.stderr is not None
    chat.stdin.write(b"one\n")
    chat.stdin.flush()
    assert chat.stdout.readline() == b"one\n"
    chat.stdout.close()
    with contextlib.suppress(BrokenPipeError):
        chat.stdin.write(b"two\nthree\n" * 100)
        chat.stdin.close()
    assert chat.wait() == 0
    assert b"Traceback" not in chat.stderr.read()
    chat.stderr.close()


async def test_second_chat_goes_on_without_the_data(folder: Path, tmp_path: Path) -> None:
    """A chat beside another one works: it says that it remembers nothing from before, and leaves nothing."""
    queue = await SQLiteQueue.open(tmp_path / "queue.db")
    try:
        screen = Screen("-m", "botframework", "chat", "--config", folder / "bot.yaml", BOTFRAMEWORK__DATA=str(tmp_path))
        assert "remembers nothing" in screen.read_until("in use by a running bot", "› ")
        screen.type("/bold hello\r")
        screen.read_until("/bold hello", "hello", "› ")
        assert "\x1b[1mhello" in screen.raw
        screen.type("\x04")
        screen.read_until("Bye")
        assert screen.status() == 0
        screen.close()
    finally:
        await queue.aclose()


def test_data_folder_in_use_is_told(folder: Path, tmp_path: Path, run: Run) -> None:
    """With --data, a folder that a running bot has is an error that says what to do, not a chat without it."""
    queue = asyncio.run(SQLiteQueue.open(tmp_path / "queue.db"))
    shown = run("chat", "--config", folder / "bot.yaml", "--data", tmp_path)
    asyncio.run(queue.aclose())
    assert shown.returncode == 2
    assert "in use by a running bot" in shown.stderr
