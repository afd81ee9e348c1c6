"""What an operator sets for Slack; knows no connection."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr, field_validator

__all__ = ["SlackSettings"]


class SlackSettings(BaseModel, extra="forbid"):
    """Settings of the Slack channel.

    Args:
        bot_token: the bot user's token, ``xoxb-…`` (OAuth & Permissions).
        app_token: the app-level token with ``connections:write``, ``xapp-…`` (Basic Information).
        commands: Slack's slash command to what the bot reads instead: ``{"/ask": ""}`` makes ``/ask hello`` plain
            talk, ``{"/tr": "/translate"}`` is an alias. One that is not named is read as it stands.
        posts_per_second: messages per second and channel; Slack allows about one.
        post_burst: messages of one channel that may go out at once after a silence.
        ping_interval: seconds between two pings on the socket; a dead socket is noticed after about four.
        request_timeout: seconds for one call of the Web API.
        max_download: bytes of the largest attachment that is fetched.
        base_url: where the Web API stands.
    """

    bot_token: SecretStr
    app_token: SecretStr
    commands: dict[str, str] = Field(default_factory=dict)
    posts_per_second: float = Field(default=1.0, gt=0)
    post_burst: int = Field(default=3, ge=1)
    ping_interval: float = Field(default=10.0, gt=0)
    request_timeout: int = Field(default=30, ge=1)
    max_download: int = Field(default=20_000_000, ge=1)
    base_url: str = "https://slack.com/api/"

    @field_validator("bot_token")
    @classmethod
    def _is_bot_token(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith("xoxb-"):
            raise ValueError("the bot token begins with xoxb- (api.slack.com/apps: OAuth & Permissions)")
        return value

    @field_validator("app_token")
    @classmethod
    def _is_app_token(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith("xapp-"):
            raise ValueError(
                "the app token begins with xapp- (api.slack.com/apps: Basic Information, App-Level Tokens)"
            )
        return value

    @field_validator("base_url")
    @classmethod
    def _ends_with_slash(cls, value: str) -> str:
        return value if value.endswith("/") else value + "/"

    @field_validator("commands")
    @classmethod
    def _begin_with_slash(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if not name.startswith("/"):
                raise ValueError(f"a slash command begins with /: write /{name} instead of {name}")
        return value
