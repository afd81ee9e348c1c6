"""Markdown for Slack: blocks within the limits, mrkdwn for notifications, nothing that notifies by accident."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botframework import Button, ContentRefused
from botframework_slack.format import actions_block, fallback_text, markdown_blocks, section_blocks
from botframework_slack.mrkdwn import to_mrkdwn
from tests.slack.fake_blocks import check_content


@pytest.mark.parametrize(
    ("markdown", "mrkdwn"),
    [
        ("**bold** *it* ~~no~~ `a<b`", "*bold* _it_ ~no~ `a&lt;b`"),
        ("你**好**吗", "你\u200b*好*\u200b吗"),
        ("# Title\n\ntext", "*Title*\n\ntext"),
        ("- a\n- b\n  1. c\n  2. d", "• a\n• b\n    1. c\n    2. d"),
        ("> said\n> twice", "> said\n> twice"),
        ("[page](https://x.org) <https://y.org>", "<https://x.org|page> <https://y.org>"),
        ("[bad](javascript:x)", "[bad](javascript:x)"),
        ("```py\nif a < b:\n```", "```\nif a &lt; b:\n```"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "```\na | b\n--|--\n1 | 2\n```"),
        ("a <!channel> & b", "a &lt;!channel&gt; &amp; b"),
    ],
)
def test_mrkdwn(markdown: str, mrkdwn: str) -> None:
    """Markdown is shown by mrkdwn's own marks, with what it cannot show as plain text."""
    assert to_mrkdwn(markdown) == mrkdwn


@pytest.mark.parametrize("text", ["<!channel>", "<!here|x>", "<!subteam^S1>", "<@U0ANN>", "`<!everyone>`"])
def test_model_cannot_notify_people(text: str) -> None:
    """What a model writes never notifies a channel or a person."""
    [block] = markdown_blocks(text)
    assert text not in block["text"]
    assert block["text"].replace("\u200b", "") == text


def test_doctype_is_left_alone() -> None:
    """Markup that is not Slack's stays as it is."""
    assert markdown_blocks("`<!DOCTYPE html>`")[0]["text"] == "`<!DOCTYPE html>`"


@given(st.text(alphabet=st.sampled_from("ab \n*_~`#>-|[]()<&!1.你")))
def test_any_markdown_is_rendered(markdown: str) -> None:
    """No Markdown fails, and what comes out is within Slack's limits."""
    text = fallback_text(markdown)
    if text.strip():
        check_content({"text": text, "blocks": markdown_blocks(markdown)}, text_limit=4_000)
        check_content({"text": text, "blocks": section_blocks(markdown)}, text_limit=4_000)


def test_long_text_as_sections() -> None:
    """The longest piece fits when it is laid out as sections."""
    markdown = "word " * 2_200
    check_content({"text": fallback_text(markdown), "blocks": section_blocks(markdown)}, text_limit=4_000)


def test_buttons_fit() -> None:
    """Thirty buttons make two blocks, a long label is shortened, a value that cannot come back is refused."""
    blocks = actions_block(tuple(Button("x" * 100, str(number)) for number in range(30)), "key")
    assert [len(block["elements"]) for block in blocks] == [25, 5]
    check_content({"text": "t", "blocks": blocks}, text_limit=4_000)
    with pytest.raises(ContentRefused, match="'big'"):
        actions_block((Button("big", "x" * 2_001),), "key")
