"""What is to be summarised and how is understood."""

from __future__ import annotations

import re

import pytest

from botframework_summarisation.request import PATTERNS, parse

TEXT = "The river rose. The town was warned. Nobody was hurt."


@pytest.mark.parametrize(
    ("said", "shape", "messages", "text"),
    [
        ("20", "normal", 20, ""),
        ("short 20", "short", 20, ""),
        ("the last 20 messages", "normal", 20, ""),
        ("summarise the last ten messages", "normal", 10, ""),
        ("Can you summarize our conversation?", "normal", 0, ""),
        ("summarise the last 5 messages in bullet points", "bullets", 5, ""),
        ("What did I miss?", "normal", 0, ""),
        ("give me a short summary of this chat", "short", 0, ""),
        ("总结一下上面的对话", "normal", 0, ""),
        ("总结最近20条消息", "normal", 20, ""),
        ("用一句话总结一下刚才的讨论", "short", 0, ""),
        (TEXT, "normal", None, TEXT),
        (f"short {TEXT}", "short", None, TEXT),
        (f"long: {TEXT}", "long", None, TEXT),
        (f"bullets {TEXT}", "bullets", None, TEXT),
        (f"summarise: {TEXT}", "normal", None, TEXT),
        (f"Please summarise this text:\n{TEXT}", "normal", None, TEXT),
        (f"Summarise in one sentence: {TEXT}", "short", None, TEXT),
        (f"Summarise in bullet points:\n{TEXT}", "bullets", None, TEXT),
        (f"tl;dr {TEXT}", "normal", None, TEXT),
        (f"Can you sum this up in one sentence? {TEXT}", "short", None, TEXT),
        (f"Could you sum it up briefly? {TEXT}", "short", None, TEXT),
        (f"{TEXT}\n\nsummarise this", "normal", None, TEXT),
        ("总结：河水上涨了。全镇收到了警告。", "normal", None, "河水上涨了。全镇收到了警告。"),
        ("请用要点总结：河水上涨了。", "bullets", None, "河水上涨了。"),
        ("详细总结：河水上涨了。", "long", None, "河水上涨了。"),
        ("河水上涨了。全镇收到了警告。\n总结一下", "normal", None, "河水上涨了。全镇收到了警告。"),
        ("summarise this", "normal", None, ""),
        ("summarise the attached document please", "normal", None, ""),
        ("short", "short", None, ""),
        ("", "normal", None, ""),
        ("把这篇文章总结一下", "normal", None, ""),
    ],
)
def test_requests_are_understood(said: str, shape: str, messages: int | None, text: str) -> None:
    """Length, bullets, a number of messages, the conversation, and the text itself."""
    request = parse(said)
    assert (request.shape, request.messages, request.text) == (shape, messages, text)


def test_a_long_text_about_a_conversation_is_a_text() -> None:
    """Only a short request names the conversation."""
    text = "The conversation between the two ministers lasted three hours, and the press was told nothing of it at all."
    assert parse(text).text == text


@pytest.mark.parametrize(
    ("message", "matches"),
    [
        ("summarise the last 20 messages", True),
        ("Could you summarize this article: …", True),
        ("a short summary of the text below", True),
        ("what did we talk about?", True),
        ("总结一下上面的对话", True),
        ("请用一句话总结：…", True),
        ("把这篇文章概括一下", True),
        ("A long text.\ntl;dr", True),
        ("hello", False),
        ("the summary was good", False),
        ("I wrote a summary yesterday", False),
        ("你好吗", False),
    ],
)
def test_requests_in_words_match_a_rule(message: str, matches: bool) -> None:
    """Requests reach this skill without a command; other talk does not."""
    assert any(re.search(pattern, message, re.IGNORECASE | re.DOTALL) for pattern in PATTERNS) == matches
