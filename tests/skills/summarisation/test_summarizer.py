"""Texts of any length are summarised by parts and put together."""

from __future__ import annotations

from typing import Any

from botframework_summarisation.summarizer import Summarizer


class FirstWords:
    """A model that answers with the first words of what it is asked, and notes every prompt."""

    def __init__(self, context_window: int = 120, answer: str | None = None, words: int = 4) -> None:
        self.context_window = context_window
        self.answer = answer
        self.words = words
        self.prompts: list[str] = []

    async def ainvoke(self, prompt: str, **options: Any) -> str:
        assert self.count_tokens(prompt) + options["max_tokens"] <= self.context_window
        self.prompts.append(prompt)
        if self.answer is not None:
            return self.answer
        return " ".join(prompt.partition("\n")[2].split()[: self.words]).rstrip(".") + "."

    def count_tokens(self, prompt: str) -> int:
        return len(prompt.split()) + sum("\u4e00" <= char <= "\u9fff" for char in prompt) + 3


LONG = " ".join(f"Sentence number {number} says little." for number in range(60))


async def test_a_short_text_is_one_question() -> None:
    """The canonical prompt, in the language of the text."""
    model = FirstWords()
    assert await Summarizer(model).summarise("The river rose quickly in spring.") == "The river rose quickly."
    assert model.prompts == ["Summarise:\nThe river rose quickly in spring."]
    model = FirstWords()
    await Summarizer(model, "short").summarise("河水上涨了。")
    assert model.prompts == ["用一句话总结：\n河水上涨了。"]


async def test_a_long_text_is_mapped_and_reduced() -> None:
    """Every part fits the window, is reported when it is done, and the parts' summaries are summarised."""
    model = FirstWords()
    seen: list[tuple[int, int]] = []

    async def report(number: int, count: int) -> None:
        seen.append((number, count))

    assert await Summarizer(model, report=report).summarise(LONG) == "Sentence number 0 says."
    count = seen[0][1]
    assert count > 3
    assert seen == [(number + 1, count) for number in range(count)]
    assert len(model.prompts) == count + 1


async def test_a_model_that_shortens_nothing_comes_to_an_end() -> None:
    """Summaries as long as their texts are not summarised for ever."""
    model = FirstWords(words=10_000)
    assert await Summarizer(model).summarise(LONG)
    assert len(model.prompts) < 60


async def test_bullets_are_made_of_sentences_or_lists() -> None:
    """Each sentence of the summaries is a point, once; a list of the model's own stays one."""
    model = FirstWords(answer="The river rose. Nobody was hurt.")
    assert await Summarizer(model, "bullets").summarise("Some text.") == "- The river rose.\n- Nobody was hurt."
    model = FirstWords(answer="Points:\n* One thing\n* Another thing")
    assert "- One thing\n- Another thing" in await Summarizer(model, "bullets").summarise("Some text.")
    model = FirstWords(answer="河水上涨了。没有人受伤。")
    assert await Summarizer(model, "bullets").summarise("一些文字。") == "- 河水上涨了。\n- 没有人受伤。"
    model = FirstWords(answer="Again.")
    assert await Summarizer(model, "bullets").summarise(LONG) == "- Again."


async def test_a_long_summary_keeps_every_part() -> None:
    """A long summary has a paragraph for each part."""
    model = FirstWords()
    paragraphs = (await Summarizer(model, "long").summarise(LONG)).split("\n\n")
    assert len(paragraphs) == len(model.prompts) > 3
