"""A conversation of any length fits the model's window, and what does not fit is summarised once in a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from botframework import Message
from botframework_chat.history import Summary, fit, named, window


class Counting:
    """A model that counts words, summarises to a fixed text and notes what it was asked."""

    def __init__(self, answer: str = "They talked.") -> None:
        self.answer = answer
        self.prompts: list[str] = []

    async def ainvoke(self, prompt: Any, **options: Any) -> str:
        self.prompts.append(prompt)
        return self.answer

    def count_tokens(self, prompt: Any) -> int:
        texts = [prompt] if isinstance(prompt, str) else [message.text for message in prompt]
        return sum(len(text.split()) + 2 for text in texts)


def talk(count: int) -> list[Message]:
    """A conversation of questions and answers, 5 tokens each."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Message("assistant" if i % 2 else "user", f"this is {i}", "" if i % 2 else "Ana", start + timedelta(minutes=i))
        for i in range(count)
    ]


async def test_what_fits_is_left_alone() -> None:
    """A short conversation costs the model nothing."""
    model = Counting()
    turns = talk(6)
    fitted = await fit(model, turns, 30)
    assert (fitted.turns, fitted.summary, model.prompts) == (turns, None, [])
    assert (await fit(model, [], 30)).turns == []


async def test_the_oldest_turns_are_summarised_and_half_of_the_room_is_freed() -> None:
    """The latest turns stay word by word, beginning with a question."""
    model = Counting()
    turns = talk(10)
    fitted = await fit(model, turns, 40)
    assert fitted.turns == turns[6:]
    assert fitted.summary is not None
    assert (fitted.summary.text, fitted.fresh) == ("They talked.", True)
    assert model.prompts == [
        "Summarise:\nAna: this is 0\nAssistant: this is 1\nAna: this is 2\nAssistant: this is 3\nAna: this is 4\n"
        "Assistant: this is 5"
    ]


async def test_a_kept_summary_is_used_until_the_room_is_full_again() -> None:
    """The model is asked once for many turns, and its summary then goes into the next one."""
    model = Counting()
    turns = talk(40)
    kept: list[Summary] = []
    for count in range(2, 40, 2):
        fitted = await fit(model, turns[:count], 60, kept)
        assert model.count_tokens(fitted.turns) <= 60
        if fitted.fresh:
            assert fitted.summary is not None
            kept = [Summary.loads(fitted.summary.dumps())]
    assert 3 <= len(model.prompts) <= 6
    assert all(prompt.startswith("Summarise:\nThey talked.\n") for prompt in model.prompts[1:])


async def test_a_model_without_a_summary_loses_nothing_but_the_old_turns() -> None:
    """An empty answer leaves the latest turns."""
    fitted = await fit(Counting(""), talk(10), 40)
    assert fitted.turns == talk(10)[6:]
    assert fitted.summary is None
    assert not fitted.fresh


def test_the_window_begins_with_a_question() -> None:
    """A model is never given an answer without its question."""
    assert window(Counting(), talk(6), 16) == talk(6)[4:]
    assert window(Counting(), talk(6), 3) == []


def test_in_a_group_names_stand_before_what_was_said() -> None:
    """Only where several people talk; the bot's own lines carry no name."""
    history = [Message("user", "hi", "Ana"), Message("assistant", "hello"), Message("user", "me too", "Ben")]
    assert [one.text for one in named(history, "Ben", group=True)] == ["Ana: hi", "hello", "Ben: me too"]
    assert [one.text for one in named(history, "Ben", group=False)] == ["hi", "hello", "me too"]
    assert [one.text for one in named(history[:2], "Ana", group=True)] == ["hi", "hello"]
