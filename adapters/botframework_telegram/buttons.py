"""Buttons as an inline keyboard, and what a press means; knows no chat.

Telegram carries at most 64 bytes with a button. A longer value travels as its digest and is looked up when it is
pressed; after a restart, when it is no longer known, the label that the person saw stands for it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from botframework.types import Button

__all__ = ["ButtonValues"]

_DIGEST = "~#"
_MAX_BYTES = 64
_ROW_WIDTH = 24
_ROW_BUTTONS = 4


class ButtonValues:
    """Makes keyboards and remembers the values that do not fit into them, the latest ``capacity``."""

    def __init__(self, capacity: int = 4096) -> None:
        self._capacity = capacity
        self._long: OrderedDict[str, str] = OrderedDict()

    def keyboard(self, buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
        """The buttons in rows that a phone can show; None when there are none."""
        rows: list[list[InlineKeyboardButton]] = []
        width = 0
        for button in buttons:
            label = button.label.strip() or button.value.strip() or "…"
            size = len(label) + 2
            if not rows or width + size > _ROW_WIDTH or len(rows[-1]) >= _ROW_BUTTONS:
                rows.append([])
                width = 0
            width += size
            rows[-1].append(InlineKeyboardButton(label, callback_data=self._data(button.value or label)))
        return InlineKeyboardMarkup(rows) if rows else None

    def value(self, data: str, label: str) -> str:
        """What a press on the button ``label`` that carries ``data`` means."""
        return self._long.get(data, label or data) if data.startswith(_DIGEST) else data

    def _data(self, value: str) -> str:
        if len(value.encode()) <= _MAX_BYTES and not value.startswith(_DIGEST):
            return value
        data = _DIGEST + hashlib.blake2s(value.encode(), digest_size=16).hexdigest()
        self._long[data] = value
        self._long.move_to_end(data)
        while len(self._long) > self._capacity:
            self._long.popitem(last=False)
        return data
