"""Renders Markdown for Slack: a markdown block for people to read, mrkdwn for notifications and as the fallback."""

from __future__ import annotations

import re
from typing import Any

from botframework import Button, ContentRefused
from botframework_slack.mrkdwn import escape, to_mrkdwn
from botframework_slack.split import split_markdown

__all__ = ["actions_block", "fallback_text", "markdown_blocks", "section_blocks"]

FALLBACK_LENGTH = 3_900  # chat.update takes 4,000 characters of text
SECTION_LENGTH = 3_000
LABEL_LENGTH = 75
VALUE_LENGTH = 2_000
BUTTONS_IN_A_BLOCK = 25

_SPECIAL = re.compile(r"<(?=!(?:here|channel|everyone|subteam\^)|@[UWB][A-Z0-9]+)")


def disarm(text: str) -> str:
    """The same to read, but what would notify people (``<!channel>``, ``<@U1>``) is only text."""
    return _SPECIAL.sub("<\u200b", text)


def markdown_blocks(markdown: str) -> list[dict[str, Any]]:
    """One markdown block, which Slack renders itself; none for empty text."""
    return [{"type": "markdown", "text": disarm(markdown)}] if markdown.strip() else []


def section_blocks(markdown: str) -> list[dict[str, Any]]:
    """The same as mrkdwn sections, for where a markdown block is refused."""
    texts: list[str] = []
    for piece in split_markdown(markdown, SECTION_LENGTH * 4 // 5):
        rendered = to_mrkdwn(piece)
        texts += [rendered[at : at + SECTION_LENGTH] for at in range(0, len(rendered), SECTION_LENGTH)]
    return [{"type": "section", "text": {"type": "mrkdwn", "text": text}} for text in texts if text.strip()]


def fallback_text(markdown: str) -> str:
    """What a notification and a client without blocks show."""
    text = to_mrkdwn(markdown) or escape(markdown.strip())
    return text if len(text) <= FALLBACK_LENGTH else text[: FALLBACK_LENGTH - 1] + "…"


def actions_block(buttons: tuple[Button, ...], block_id: str) -> list[dict[str, Any]]:
    """The choices as blocks of buttons.

    Raises:
        ContentRefused: a value is longer than Slack returns on a press.
    """
    elements = []
    for index, button in enumerate(buttons):
        if len(button.value) > VALUE_LENGTH:
            raise ContentRefused(f"the value of button {button.label!r} is longer than {VALUE_LENGTH} characters")
        label = button.label if len(button.label) <= LABEL_LENGTH else button.label[: LABEL_LENGTH - 1] + "…"
        elements.append(
            {
                "type": "button",
                "action_id": f"choice-{index}",
                "value": button.value,
                "text": {"type": "plain_text", "text": label, "emoji": True},
            }
        )
    return [
        {
            "type": "actions",
            "block_id": f"{block_id[-200:]}-{at}",
            "elements": elements[at : at + BUTTONS_IN_A_BLOCK],
        }
        for at in range(0, len(elements), BUTTONS_IN_A_BLOCK)
    ]
