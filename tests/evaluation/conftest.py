"""A subject that answers from a list, and a tiny model folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from botframework.evaluation.decoding import Draw
from botframework.evaluation.folder import FolderSubject
from botframework.evaluation.subject import Chat
from tests.tiny_model import build_tiny_model


class Scripted:
    """Answers by a function of the last message, and remembers what it was asked."""

    name = "scripted"

    def __init__(self, reply: Callable[[str], str]) -> None:
        self._reply = reply
        self.chats: list[Chat] = []
        self.draws: list[Draw | None] = []

    def answer(self, chats: Sequence[Chat], max_new_tokens: int = 128, draw: Draw | None = None) -> list[str]:
        """One reply per chat."""
        self.chats += chats
        self.draws.append(draw)
        return [self._reply(chat[-1]["content"]) for chat in chats]


def write_lines(file: Path, records: list[dict[str, Any]]) -> Path:
    """Write JSON lines."""
    file.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random model."""
    return build_tiny_model(tmp_path_factory.mktemp("tiny") / "model", window=256)


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> FolderSubject:
    """It as a subject, four answers at a time."""
    return FolderSubject(str(tiny_folder), threads=1, device="cpu", batch=4)
