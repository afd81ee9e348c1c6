"""Refuses blocks, text and metadata that Slack refuses, with its names of the errors."""

from __future__ import annotations

import json
from typing import Any

from tests.slack.fake_workspace import Refused

__all__ = ["check_content", "check_metadata"]

CUMULATIVE = 13_200


def check_content(body: dict[str, Any], *, text_limit: int) -> dict[str, Any]:
    """The text and the blocks of a post or an update, or a refusal."""
    text, markdown = body.get("text"), body.get("markdown_text")
    blocks = _parsed(body.get("blocks"), "invalid_blocks_format")
    if markdown is not None:
        if text is not None or blocks is not None:
            raise Refused("markdown_text_conflict")
        if len(markdown) > 12_000:
            raise Refused("msg_too_long")
        text = markdown
    if text is not None and not isinstance(text, str):
        raise Refused("invalid_arguments", "text must be a string [json-pointer:/text]")
    if not (text and text.strip()) and not blocks:
        raise Refused("no_text")
    if text and len(text) > text_limit:
        raise Refused("msg_too_long")
    if blocks is not None:
        _check_blocks(blocks)
    return {"text": text or "", "blocks": blocks or []}


def check_metadata(value: Any) -> dict[str, Any] | None:
    """The metadata of a post, or a refusal."""
    metadata = _parsed(value, "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise Refused("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise Refused("invalid_metadata_schema")
    if len(json.dumps(metadata)) > 8_000:
        raise Refused("metadata_too_large")
    return metadata


def _parsed(value: Any, error: str) -> Any:
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            raise Refused(error) from None
    return value


def _check_blocks(blocks: Any) -> None:
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    if len(blocks) > 50:
        raise Refused("invalid_blocks", "no more than 50 items allowed [json-pointer:/blocks]")
    total = markdown = 0
    names: set[str] = set()
    for index, block in enumerate(blocks):
        where = f"/blocks/{index}"
        _need(isinstance(block, dict), "must be an object", where)
        identifier = block.get("block_id")
        if identifier is not None:
            _need(
                isinstance(identifier, str) and 0 < len(identifier) < 256,
                "must be 1 to 255 characters",
                f"{where}/block_id",
            )
            _need(identifier not in names, "`block_id` already exists", where)
            names.add(identifier)
        match block.get("type"):
            case "markdown":
                text = block.get("text")
                _need(isinstance(text, str) and text.strip() != "", "must be more than 0 characters", f"{where}/text")
                markdown += len(text)
                total += len(text)
                _need(markdown <= 12_000, "must be less than 12001 characters", f"{where}/text")
            case "section":
                total += _text_object(block.get("text"), ("mrkdwn", "plain_text"), 3_000, f"{where}/text")
            case "header":
                total += _text_object(block.get("text"), ("plain_text",), 150, f"{where}/text")
            case "divider":
                pass
            case "actions":
                _actions(block.get("elements"), f"{where}/elements")
            case other:
                raise Refused("invalid_blocks", f"unsupported type: {other} [json-pointer:{where}/type]")
    if total > CUMULATIVE:
        raise Refused("msg_blocks_too_long")


def _actions(elements: Any, where: str) -> None:
    _need(isinstance(elements, list) and 0 < len(elements) <= 25, "must have 1 to 25 items", where)
    seen: set[str] = set()
    for index, element in enumerate(elements):
        here = f"{where}/{index}"
        _need(isinstance(element, dict) and element.get("type") == "button", "unsupported element", here)
        _text_object(element.get("text"), ("plain_text",), 75, f"{here}/text")
        action = element.get("action_id")
        _need(isinstance(action, str) and 0 < len(action) < 256, "must be 1 to 255 characters", f"{here}/action_id")
        _need(action not in seen, f"`action_id` {action} already exists", here)
        seen.add(action)
        _need(len(element.get("value", "")) <= 2_000, "must be less than 2001 characters", f"{here}/value")


def _text_object(value: Any, kinds: tuple[str, ...], limit: int, where: str) -> int:
    _need(isinstance(value, dict) and value.get("type") in kinds, "failed to match all allowed schemas", where)
    text = value.get("text")
    _need(isinstance(text, str) and text != "", "must be more than 0 characters", f"{where}/text")
    _need(len(text) <= limit, f"must be less than {limit + 1} characters", f"{where}/text")
    return len(text)


def _need(fulfilled: bool, message: str, where: str) -> None:
    if not fulfilled:
        raise Refused("invalid_blocks", f"{message} [json-pointer:{where}]")
