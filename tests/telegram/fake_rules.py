"""What the Bot API refuses, with its own words; knows no HTTP and keeps no state."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ENTITY_TYPES = {
    *("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic", "underline"),
    *("strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre", "text_link", "text_mention"),
    *("custom_emoji", "date_time"),
}


class ApiError(Exception):
    """An answer with ``ok: false``."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Json:
        answer: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return {**answer, "parameters": self.parameters} if self.parameters else answer


def bad(text: str) -> ApiError:
    return ApiError(400, f"Bad Request: {text}")


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def formatted(text: str, entities: list[Json], limit: int, too_long: str) -> tuple[str, list[Json]]:
    """The text as Telegram keeps it: checked, trimmed, its entities checked and moved along."""
    size = utf16(text)
    raw = text.encode("utf-16-le", "surrogatepass")
    for entity in entities:
        if entity.get("type") not in ENTITY_TYPES:
            raise bad(f"can't parse entities: unsupported type {entity.get('type')!r}")
        start, length = entity.get("offset"), entity.get("length")
        if not isinstance(start, int) or not isinstance(length, int) or start < 0 or length <= 0:
            raise bad("can't parse entities: ENTITY_BOUNDS_INVALID")
        if start + length > size:
            raise bad("ENTITY_BOUNDS_INVALID")
        for edge in (start, start + length):
            if edge < size and 0xDC00 <= int.from_bytes(raw[2 * edge : 2 * edge + 2], "little") <= 0xDFFF:
                raise bad("ENTITY_BOUNDS_INVALID")  # in the middle of a surrogate pair
        if entity["type"] == "text_link" and not str(entity.get("url", "")):
            raise bad("can't parse entities: text_link without url")
    _check_nesting(entities)
    cut = utf16(text) - utf16(text.lstrip())
    kept = text.strip()
    if utf16(kept) > limit:
        raise bad(too_long)
    moved = []
    for entity in entities[:100]:
        start = max(entity["offset"] - cut, 0)
        end = min(entity["offset"] + entity["length"] - cut, utf16(kept))
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return kept, moved


def _check_nesting(entities: list[Json]) -> None:
    """Stricter than Telegram, which repairs: no crossing, code holds nothing, quotes are not nested."""
    for index, one in enumerate(entities):
        for other in entities[index + 1 :]:
            a, b = sorted((one, other), key=lambda entity: (entity["offset"], -entity["length"]))
            if b["offset"] >= a["offset"] + a["length"]:
                continue
            kinds = {a["type"], b["type"]}
            crossing = b["offset"] + b["length"] > a["offset"] + a["length"]
            quotes = a["type"] == b["type"] == "blockquote"
            code = kinds & {"code", "pre"} and "blockquote" not in kinds
            if crossing or quotes or code:
                raise bad(f"can't parse entities: {a['type']} and {b['type']} overlap")


def keyboard(markup: Json | None) -> Json | None:
    """An inline keyboard, checked."""
    if not markup:
        return None
    rows = markup.get("inline_keyboard", [])
    for row in rows:
        for button in row:
            if not button.get("text"):
                raise bad("inline keyboard button text is empty")
            if not 1 <= len(str(button.get("callback_data", "")).encode()) <= 64:
                raise bad("BUTTON_DATA_INVALID")
    return markup if rows else None


def value(raw: str) -> Any:
    """A parameter as JSON where it is JSON, as text otherwise."""
    try:
        return json.loads(raw)
    except ValueError:
        return raw
