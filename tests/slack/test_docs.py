"""The manifest in the documentation is the one that the adapter needs."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from botframework_slack.checks import SCOPES
from botframework_slack.settings import SlackSettings

PAGE = Path(__file__).parents[2] / "docs" / "slack.md"


def test_manifest_asks_for_the_scopes_in_use() -> None:
    """The manifest's scopes are those that ``doctor`` checks, and it turns on Socket Mode and the buttons."""
    block = re.search(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    manifest = yaml.safe_load(block[1])
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == set(SCOPES)
    assert manifest["settings"]["socket_mode_enabled"]
    assert manifest["settings"]["interactivity"]["is_enabled"]
    assert {"app_mention", "message.im"} <= set(manifest["settings"]["event_subscriptions"]["bot_events"])


def test_every_setting_is_explained() -> None:
    """The page names every setting but the tokens and the address for tests."""
    named = set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE))
    assert named == set(SlackSettings.model_fields) - {"bot_token", "app_token", "base_url"}
