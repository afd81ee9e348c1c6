"""Texts of any shape are translated piece by piece, and what is protected comes out unchanged."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botframework_translation.languages import LANGUAGES
from botframework_translation.masking import split_around
from botframework_translation.translator import Translator


class ScriptedModel:
    """Answers by a function of the text that is to be translated, and notes what it was asked."""

    def __init__(self, answer: Callable[[str], str], context_window: int = 400) -> None:
        self.answer = answer
        self.context_window = context_window
        self.asked: list[str] = []
        self.running = 0
        self.most_running = 0

    async def ainvoke(self, prompt: str, **options: Any) -> str:
        instruction, _, text = prompt.partition("\n")
        assert re.fullmatch(r"Translate into \w+:", instruction)
        assert "temperature" in options
        self.asked.append(text)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        return self.answer(text)

    def count_tokens(self, prompt: str) -> int:
        return len(prompt) // 3 + 4


def french(answer: Callable[[str], str], **options: Any) -> tuple[ScriptedModel, Translator]:
    model = ScriptedModel(answer)
    return model, Translator(model, LANGUAGES["fr"], **options)


async def test_sentences_are_asked_side_by_side_and_keep_their_places() -> None:
    """Every sentence is one request; headings, lists, code and empty lines stay as they stand."""
    model, translator = french(str.upper)
    text = "# My plan\n\n- get up. Then eat.\n- go\n\n```sh\nmake it\n```\n  1) the end!\n"
    assert await translator.translate(text) == (
        "# MY PLAN\n\n- GET UP. THEN EAT.\n- GO\n\n```sh\nmake it\n```\n  1) THE END!\n"
    )
    assert model.asked == ["My plan.", "get up.", "Then eat.", "go.", "the end!"]
    assert model.most_running == 5


async def test_no_more_are_asked_at_a_time_than_allowed() -> None:
    """A long text does not flood the model."""
    model, translator = french(str.upper, concurrency=3)
    await translator.translate("One line here.\n" * 20)
    assert model.most_running == 3
    assert len(model.asked) == 20


async def test_what_is_protected_is_hidden_and_put_back() -> None:
    """The model sees numbers in the place of code, addresses and placeholders."""
    model, translator = french(str.upper)
    assert await translator.translate("Open https://a.org/x and type `ls -l` now.") == (
        "OPEN https://a.org/x AND TYPE `ls -l` NOW."
    )
    assert model.asked == ["Open 2041 and type 2052 now."]


async def test_a_lost_token_makes_the_parts_be_translated_alone() -> None:
    """When the model loses what stands for a span, the words around are asked for without it."""
    model, translator = french(lambda text: text.replace("2041", "").upper())
    assert await translator.translate("Hello {name}, welcome back!") == "HELLO {name}, WELCOME BACK!"
    assert model.asked == ["Hello 2041, welcome back!", "Hello.", "welcome back!"]
    assert translator.failed == []


async def test_a_mention_in_front_is_left_out_of_the_sentence() -> None:
    """Somebody addressed by name does not disturb the sentence."""
    model, translator = french(str.upper)
    assert await translator.translate("@ana are you there?") == "@ana ARE YOU THERE?"
    assert model.asked == ["are you there?"]


async def test_a_changed_number_is_tried_again_hidden() -> None:
    """A number that does not come out is replaced by one of four digits, which models copy better."""
    model, translator = french(lambda text: text.upper().replace("7:30", "19.30"))
    assert await translator.translate("Dinner is at 7:30 today.") == "DINNER IS AT 7:30 TODAY."
    assert model.asked == ["Dinner is at 7:30 today.", "Dinner is at 2041 today."]


async def test_numbers_survive_a_model_that_copies_none() -> None:
    """Even then every number stands in its place."""
    _, translator = french(lambda text: re.sub(r"\d+", "many", text).upper())
    assert await translator.translate("We sold 3 cars and 12 bikes.") == "WE SOLD 3 CARS AND 12 BIKES."


async def test_an_empty_answer_keeps_the_text_and_is_told() -> None:
    """Nothing is lost when the model says nothing: the sentence stays and is named as failed."""
    _, translator = french(lambda text: "" if "strange" in text else text.upper())
    assert await translator.translate("Good. A strange one at https://a.org. Fine.") == (
        "GOOD. A strange one at https://a.org. FINE."
    )
    assert translator.failed == ["A strange one at"]


async def test_a_model_that_goes_round_in_circles_is_asked_again() -> None:
    """An endless repetition is no translation; the second try counts."""
    answers = iter(["la la la la la la la la la la la", "bonjour"])
    _, translator = french(lambda _: next(answers))
    assert await translator.translate("hello") == "bonjour"


async def test_chinese_is_written_without_spaces_between_sentences() -> None:
    """Into Chinese the spaces between sentences go, out of Chinese they come."""
    model = ScriptedModel({"Hi there.": "你好。", "Bye.": "再见。"}.__getitem__)
    assert await Translator(model, LANGUAGES["zh"]).translate("  Hi there. Bye.") == "  你好。再见。"
    model = ScriptedModel({"你好。": "Hi there.", "再见。": "Bye."}.__getitem__)
    assert await Translator(model, LANGUAGES["en"]).translate("你好。再见。") == "Hi there. Bye."


async def test_a_sentence_longer_than_the_window_is_cut_at_its_commas() -> None:
    """Every request fits the model's window several times."""
    model, translator = french(str.upper)
    sentence = "one two three four five six, " * 30 + "end."
    assert await translator.translate(sentence) == sentence.upper()
    assert max(map(model.count_tokens, model.asked)) < 120


@pytest.mark.parametrize(("source", "answer", "expected"), [("Menu", "Menu.", "Menu"), ("Good!", "Bon !", "Bon !")])
async def test_a_word_gets_no_full_stop(source: str, answer: str, expected: str) -> None:
    """Models end every line with a full stop; a title has none."""
    _, translator = french(lambda _: answer)
    assert await translator.translate(source) == expected


async def test_quotes_and_further_lines_of_the_model_are_dropped() -> None:
    """What the model puts around its answer is not part of it."""
    _, translator = french(lambda _: '"Bonjour."\nThis is French.')
    assert await translator.translate("Good morning.") == "Bonjour."


async def test_abandoning_a_translation_stops_its_requests() -> None:
    """Closing the stream cancels what the model has not been asked yet."""
    model, translator = french(str.upper, concurrency=1)
    stream = translator.stream("First. Second. Third. Fourth.")
    async for chunk in stream:
        assert chunk == "FIRST."
        break
    await stream.aclose()  # type: ignore[attr-defined]  # an async generator behind its interface
    assert len(model.asked) < 4


PARTS = st.sampled_from(
    [
        *"ab .!?\n",
        "hello",
        "see",
        "12",
        "7:30",
        "{x}",
        "`a b`",
        "@ana",
        "https://a.org/b",
        "```\ncode\n```",
        "- ",
        "<b>",
    ]
)


@given(
    st.lists(PARTS, max_size=15).map(" ".join),
    st.sampled_from([str.upper, str.title, lambda _: "", lambda _: "bla", lambda text: text[:-1]]),
)
def test_whatever_the_model_does_protected_spans_and_lines_stay(text: str, answer: Callable[[str], str]) -> None:
    """With any model every protected span comes out, in order, and no line is lost."""
    _, translator = french(answer)
    result = asyncio.run(translator.translate(text))
    wanted = [piece for piece, protected in split_around(text) if protected]
    position = 0
    for span in wanted:
        position = result.index(span, position) + len(span)
    assert result.count("\n") == text.count("\n")
