"""The pretended Slack as a platform of the kill test: direct messages, and threads of channels with mentions."""

from __future__ import annotations

import random
from typing import Any

from pydantic import SecretStr

from botframework import Adapter, Capabilities
from botframework_slack import SlackAdapter, SlackSettings
from tests.kill.harness import Platform
from tests.slack.fake_server import FakeSlack
from tests.slack.fake_workspace import APP_TOKEN, BOT_TOKEN

__all__ = ["SlackPlatform", "make_adapter"]


def make_adapter(base_url: str) -> Adapter:
    """The adapter in the bot's process, in a hurry."""
    adapter = SlackAdapter(
        SlackSettings(
            bot_token=SecretStr(BOT_TOKEN),
            app_token=SecretStr(APP_TOKEN),
            base_url=base_url,
            posts_per_second=10_000,
            ping_interval=1.0,
        )
    )
    adapter.capabilities = Capabilities(streaming="edits", edit_interval=0.2, buttons=True, files=True)
    return adapter


FAILURES: tuple[dict[str, Any], ...] = ({"reset": "after"}, {"reset": "before"}, {"retry_after": 0}, {"status": 503})


class SlackPlatform(Platform):
    """Even conversations are direct messages, odd ones are threads in which every message mentions the bot.

    One post in twenty goes wrong: it is refused, or the connection breaks before or after it took effect.
    """

    adapter = "tests.slack.kill_platform:make_adapter"

    def __init__(self, slack: FakeSlack, conversations: int, seed: int) -> None:
        self._slack = slack
        self._random = random.Random(seed)
        slack.latency = lambda: self._random.uniform(0, 0.01)
        self._places: list[tuple[str, str | None]] = []
        for number in range(conversations):
            if number % 2:
                channel = slack.space.add_channel(f"C{number:04d}", "channel")
                root = slack.space.post(channel, {"user": "U0BOB", "text": "what do you think?"})
                self._places.append((channel.id, root["ts"]))
            else:
                self._places.append((slack.space.add_channel(f"D{number:04d}", "im").id, None))

    @property
    def options(self) -> dict[str, Any]:
        return {"base_url": self._slack.base_url}

    @property
    def num_calls(self) -> int:
        return sum(count for name, count in self._slack.calls.items() if name.startswith(("chat.", "conversations.")))

    async def say(self, conversation: int, text: str) -> None:
        channel, thread = self._places[conversation]
        if self._random.random() < 0.05:
            self._slack.fail("chat.postMessage", **self._random.choice(FAILURES))
        mention = f"<@{self._slack.space.bot_user}> " if thread else ""
        self._slack.say(channel, mention + text, thread=thread)

    def replies(self, conversation: int) -> list[str]:
        channel, thread = self._places[conversation]
        return [shown.text for shown in self._slack.shown(channel, thread)]
