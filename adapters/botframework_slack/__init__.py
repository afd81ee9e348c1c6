"""The Slack channel: Socket Mode in, the Web API out. Every event is committed before Slack is told that it came."""

from __future__ import annotations

from botframework_slack.adapter import SlackAdapter
from botframework_slack.settings import SlackSettings

__all__ = ["SlackAdapter", "SlackSettings"]
