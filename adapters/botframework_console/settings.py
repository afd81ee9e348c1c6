"""What can be set for the console; imports nothing that draws."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ConsoleSettings"]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's numeric user has no name
        return "you"


class ConsoleSettings(BaseModel):
    """Settings of the console channel."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str = Field(default_factory=_user, min_length=1)
    """Who talks; memories belong to this name."""
    conversation: str = Field("main", min_length=1)
    """A conversation of this name is continued at the next start."""
    output: Literal["text", "json"] = "text"
    """``json`` prints one object per answer: text, skill, language, milliseconds."""
    markdown: bool = True
    """Draw Markdown in a terminal; false prints it as it is."""
    banner: bool = True
    """Say at the start what can be tried."""
    history: Path | None = None
    """The file that keeps what was typed, for the up arrow; none keeps it for this run only."""
    files: Path = Path()
    """The folder into which files that the bot sends are written."""
