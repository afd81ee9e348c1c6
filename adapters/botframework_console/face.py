"""What the console channel needs of whatever reads and shows: a terminal or a pipe; knows neither."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeAlias

from botframework import Buttons, File, Image, Part, Status, Text, TurnRecord

__all__ = ["Face", "Stop", "as_markdown", "save"]

Stop: TypeAlias = Callable[[], Awaitable[None]]


class Face(ABC):
    """Reads messages and shows answers."""

    async def open(self) -> None:
        """Called before the first message is read."""

    @abstractmethod
    async def read(self) -> str | None:
        """The next message; None when there will be no more."""

    @abstractmethod
    def answering(self, stop: Stop) -> AbstractContextManager[None]:
        """Entered while an answer is awaited; ``stop`` asks the bot to end it."""

    @abstractmethod
    async def show(self, message_id: str, part: Part) -> None:
        """A part was delivered."""

    @abstractmethod
    async def replace(self, message_id: str, part: Part) -> None:
        """A delivered part has new content."""

    def remove(self, message_id: str) -> None:
        """A delivered part is taken back."""

    def preview(self, text: str) -> None:
        """The unfinished answer so far."""

    def working(self, text: str) -> None:
        """What is being done; empty when there is nothing to say of it."""

    async def answered(self, turn: TurnRecord) -> None:
        """The turn is over and everything of it was shown."""

    async def close(self) -> None:
        """Called once at the end."""


def as_markdown(part: Part, folder: Path) -> str:
    """A part as text; files are saved in ``folder`` and named."""
    match part:
        case Text():
            return part.markdown
        case Buttons():
            choices = [f"{number}. {button.label} (`{button.value}`)" for number, button in enumerate(part.buttons, 1)]
            return "\n".join([part.markdown, "", *choices]).strip()
        case File():
            return f"{part.caption}\n\n→ {save(folder, part.name, part.data)}".strip()
        case Image():
            return f"{part.alt}\n\n→ {save(folder, part.name, part.data)}".strip()
        case Status():
            return ""


def save(folder: Path, name: str, data: bytes) -> str:
    """Write a file under a name that is free, and return its path; an existing file is never overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = Path(Path(name).name or "file")
    for number in range(1, 10_000):
        path = folder / (wanted.name if number == 1 else f"{wanted.stem}-{number}{wanted.suffix}")
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            continue
        return str(path)
    raise FileExistsError(f"{folder / wanted.name} and 9,999 names like it exist already")
