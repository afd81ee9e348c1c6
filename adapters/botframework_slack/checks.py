"""What ``botframework doctor`` says of Slack: tokens, socket, scopes, and how to mend each."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from botframework import BotError, Check
from botframework_slack.errors import translated
from botframework_slack.settings import SlackSettings

__all__ = ["SCOPES", "run_checks"]

SCOPES = {
    "app_mentions:read": "to be mentioned in channels",
    "channels:history": "to follow a thread in public channels",
    "chat:write": "to answer",
    "commands": "for slash commands",
    "files:read": "to read attachments",
    "files:write": "to send files",
    "groups:history": "to follow a thread in private channels",
    "im:history": "to be written to directly",
    "im:write": "to answer a command where the bot is no member",
    "mpim:history": "to follow group conversations",
    "reactions:read": "to take thumbs as feedback",
    "users:read": "to know people's names and languages",
}
"""The bot token's scopes that are used, and what for."""


async def run_checks(client: AsyncWebClient, settings: SlackSettings) -> list[Check]:
    """One line per token and one for the scopes."""
    checks = []
    try:
        with translated("auth.test"):
            answer = await client.auth_test()
        checks.append(Check("slack: bot token", True, f"{answer.get('user')} in {answer.get('team')}"))
        granted = {name.strip() for name in str(answer.headers.get("x-oauth-scopes") or "").split(",")}
        missing = sorted(set(SCOPES) - granted)
        checks.append(
            Check(
                "slack: scopes",
                not missing,
                "missing: " + ", ".join(f"{name} ({SCOPES[name]})" for name in missing) if missing else "all granted",
                "api.slack.com/apps: OAuth & Permissions, Bot Token Scopes: add them and install the app again"
                if missing
                else "",
            )
        )
    except BotError as error:
        mend = "set bot_token to the Bot User OAuth Token (xoxb-…) from api.slack.com/apps, OAuth & Permissions"
        checks.append(Check("slack: bot token", False, str(error), mend))
    try:
        with translated("apps.connections.open"):
            await client.apps_connections_open(app_token=settings.app_token.get_secret_value())
        checks.append(Check("slack: socket", True, "Socket Mode is on and the app token opens it"))
    except BotError as error:
        mend = (
            "switch Socket Mode on, and set app_token to an App-Level Token (xapp-…) with connections:write "
            "from api.slack.com/apps, Basic Information"
        )
        checks.append(Check("slack: socket", False, str(error), mend))
    return checks
