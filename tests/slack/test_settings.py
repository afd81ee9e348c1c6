"""Settings that cannot work are refused with what to write instead, and never show a token."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from botframework_slack import SlackSettings


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"bot_token": "xapp-secret"}, "begins with xoxb-"),
        ({"app_token": "xoxb-secret"}, "begins with xapp-"),
        ({"commands": {"ask": ""}}, "write /ask instead of ask"),
        ({"posts_per_second": 0}, "greater than 0"),
        ({"tokens": "secret"}, "Extra inputs"),
    ],
)
def test_mistakes_are_named(wrong: dict[str, object], said: str) -> None:
    """A mistake says what is expected."""
    with pytest.raises(ValidationError, match=said):
        SlackSettings.model_validate({"bot_token": "xoxb-1", "app_token": "xapp-1", **wrong})


def test_tokens_are_not_shown() -> None:
    """Neither the settings nor an error about them prints a token."""
    settings = SlackSettings.model_validate({"bot_token": "xoxb-secret", "app_token": "xapp-secret"})
    assert "secret" not in repr(settings)
    assert settings.base_url == "https://slack.com/api/"
