"""The console at a terminal: what a person sees and which keys do what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from botframework_console.terminal import unfinished
from tests.console.screen import Screen

PROMPT = "› "


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    """A greeted person before the first prompt."""
    screen = Screen(Path(__file__).with_name("talk.py"), tmp_path / "deep" / "history")
    yield screen
    screen.close()


def test_person_is_greeted_in_two_languages_and_leaves_with_ctrl_d(screen: Screen) -> None:
    """The greeting names what can be tried, in English and Chinese; Ctrl-D ends with status 0."""
    greeting = screen.read_until(PROMPT)
    for words in ("/translate fr", "/help", "Ask me anything", "随便问我", "停止回答"):
        assert words in greeting
    screen.type("\x04")
    screen.read_until("Bye", "再见")
    assert screen.status() == 0


def test_markdown_is_drawn_and_what_was_typed_is_kept(screen: Screen, tmp_path: Path) -> None:
    """An answer's Markdown is drawn, a status is not part of it, and the line can be called back at the next start."""
    screen.read_until(PROMPT)
    screen.type("Guten Tag\r")
    shown = screen.read_until("Guten Tag", "Guten Tag", PROMPT)
    assert "**" not in shown
    assert "not shown" not in shown
    assert "\x1b[1mGuten Tag" in screen.raw
    screen.type("\x04")
    screen.read_until("Bye")
    assert "+Guten Tag" in (tmp_path / "deep" / "history").read_text()


def test_ctrl_c_stops_the_answer_and_the_next_can_be_asked(screen: Screen) -> None:
    """While an answer is written it is shown, Ctrl-C stops it, and the talk goes on."""
    screen.read_until(PROMPT)
    screen.type("endless\r")
    screen.read_until("on and on", "counting sheep")
    screen.type("\x03")
    screen.read_until(PROMPT)
    screen.type("next\r")
    screen.read_until("next", "next", PROMPT)


def test_ctrl_c_at_the_prompt_clears_the_line_and_says_how_to_leave(screen: Screen) -> None:
    """Ctrl-C while typing does not end the program."""
    screen.read_until(PROMPT)
    screen.type("half a sen\x03")
    screen.read_until("Ctrl-D leaves", PROMPT)
    screen.type("\x04")
    screen.read_until("Bye")
    assert screen.status() == 0


def test_message_can_have_several_lines(screen: Screen) -> None:
    """Alt-Enter begins a new line, and so does Enter while a code fence is open."""
    screen.read_until(PROMPT)
    screen.type("one\x1b\rtwo\r")
    screen.read_until("one", "two", "one two", PROMPT)
    screen.type("```\rx = 1\r```\r")
    screen.read_until("x = 1", "x = 1", PROMPT)


def test_turn_without_an_answer_is_told(screen: Screen) -> None:
    """Silence is shown as such."""
    screen.read_until(PROMPT)
    screen.type("silence\r")
    screen.read_until("(no answer)", PROMPT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", False), ("hello", False), ("```", True), ("```python\nx", True), ("```\nx\n```", False), ("a ``` b", False)],
)
def test_open_fence_is_unfinished(text: str, expected: bool) -> None:
    """A fence opens at the beginning of a line and is closed by the next."""
    assert unfinished(text) is expected
