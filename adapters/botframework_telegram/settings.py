"""What an operator may set for the Telegram channel; knows nothing of how it is used."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

__all__ = ["TelegramSettings"]


class TelegramSettings(BaseModel, extra="forbid", frozen=True):
    """Settings of the Telegram channel."""

    token: SecretStr
    """The bot's token, as @BotFather gave it; from the environment or a file, never from the configuration itself."""
    base_url: str = "https://api.telegram.org"
    """Another Bot API server, where one is hosted by yourself."""
    poll_timeout: int = Field(25, ge=0, le=50)
    """Seconds that one request for updates stays open."""
    request_timeout: float = Field(15.0, gt=0)
    """Seconds to wait for the answer to any other request."""
    edit_interval: float = Field(1.0, gt=0)
    """Seconds between two edits of a message that is being streamed."""
    delete_webhook: bool = False
    """Remove a webhook that stands in the way of polling; waiting updates are kept."""
    backoff: float = Field(1.0, gt=0)
    """Seconds before the first retry after a failure; doubled up to ``backoff_limit``."""
    backoff_limit: float = Field(30.0, gt=0)
    """The longest pause between two retries, in seconds."""
    per_chat: float = Field(1.0, gt=0)
    """Messages and edits per second in one chat."""
    per_group: float = Field(20.0, gt=0)
    """Messages and edits per minute in one group."""
    overall: float = Field(30.0, gt=0)
    """Messages and edits per second in all chats together."""
    recovery_probes: int = Field(300, ge=0)
    """How many message ids are tried, after a crash, to find a message whose receipt was lost."""
