"""Slack by configuration alone: what an operator writes is enough for an answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from botframework.app import App
from botframework.config import load
from botframework.testing import replies
from tests.slack.fake_server import FakeSlack
from tests.slack.fake_workspace import APP_TOKEN, BOT_TOKEN

CONFIG = """
data: {folder}
channels:
  slack:
    app_token: {{env: TEST_SLACK_APP_TOKEN}}
    bot_token: {{file: {token}}}
    base_url: {url}
    commands: {{/ask: ""}}
memory:
  enabled: false
skills:
  chat:
  translation:
"""


async def test_configured_bot_answers(slack: FakeSlack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the tokens from the environment and a file the bot answers mentions, commands and direct messages."""
    monkeypatch.setenv("TEST_SLACK_APP_TOKEN", APP_TOKEN)
    token = tmp_path / "token"
    token.write_text(BOT_TOKEN + "\n")
    path = tmp_path / "bot.yaml"
    path.write_text(CONFIG.format(folder=tmp_path / "data", token=token, url=slack.base_url))
    async with App.open(load(path), model=replies("bonjour")) as app:
        running = asyncio.create_task(app.run(signals=False))
        try:
            ts = slack.say("C0GEN", "<@U0BOT> /translate fr good day")
            await slack.stands("C0GEN", "bonjour", thread=ts)
            slack.command("D0ANN", "/ask", "how are you?")
            await slack.stands("D0ANN", "bonjour")
            [ready] = [one for one in await app.readiness() if one.name == "channel slack"]
            assert ready.ready
            assert "last contact" in ready.detail
        finally:
            app.stop()
            await running
