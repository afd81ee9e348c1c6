"""Where the commands keep and look for data when nobody says where."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botframework.config import Config

__all__ = ["data_folder", "user_folder"]


def data_folder(option: Path | None, config: Config, file: Path | None) -> Path:
    """The data folder: the option, else what the configuration says, else ./data with a configuration file, else the
    user's own."""
    return option or config.data or (Path("data") if file is not None else user_folder())


def user_folder() -> Path:
    """The folder in which this platform keeps a user's application data."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "botframework"
