"""Translates what slack_sdk and aiohttp raise into the project's errors; no vendor error leaves the package."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError, SlackClientNotConnectedError, SlackRequestError

from botframework import BotError, ChannelError, ChannelUnavailable, ContentRefused, ConversationGone, RateLimited

__all__ = ["BLOCKS_REFUSED", "code_of", "translate", "translated"]

BLOCKS_REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
"""The text itself may still be accepted when it is laid out differently."""

_GONE = frozenset(
    {
        *("channel_not_found", "is_archived", "not_in_channel", "channel_is_limited_access", "messages_tab_disabled"),
        *("cannot_dm_bot", "cannot_dm_user", "user_disabled", "user_not_found", "user_not_visible", "is_inactive"),
        *("restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel"),
        *("restricted_action_thread_locked", "thread_not_found", "cannot_reply_to_message", "team_not_found"),
        *("team_access_not_granted", "external_channel_migrating"),
    }
)
_REFUSED = BLOCKS_REFUSED | {
    *("msg_too_long", "no_text", "markdown_text_conflict", "too_many_attachments", "attachment_payload_limit_exceeded"),
    *("invalid_metadata_format", "invalid_metadata_schema", "metadata_too_large", "invalid_attachments"),
    *(
        "message_not_found",
        "cant_update_message",
        "cant_delete_message",
        "edit_window_closed",
        "compliance_exports_prevent_deletion",
    ),
    *("file_not_found", "file_deleted", "file_update_failed", "file_upload_size_restricted", "storage_limit_reached"),
    *("file_uploads_disabled", "file_uploads_except_images_disabled", "blocked_file_type", "unknown_snippet_type"),
}
_UNAVAILABLE = frozenset(
    {
        *("internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"),
        *("error", "timeout", "upstream_timeout", "accesslimited"),
    }
)
_MEND = {
    "invalid_auth": "the token is wrong: copy it again from api.slack.com/apps",
    "not_authed": "no token was sent: set bot_token",
    "account_inactive": "the token's workspace or user was deactivated: install the app again",
    "token_revoked": "the token was revoked: install the app again and copy the new token",
    "token_expired": "the token expired: install the app again and copy the new token",
    "not_allowed_token_type": "bot_token must be the xoxb- token and app_token the xapp- token",
    "missing_scope": "add the scope under OAuth & Permissions and install the app again",
    "no_permission": "the token has no permission for this: check the app's scopes",
    "ekm_access_denied": "the workspace's administrators suspended sending messages",
}
_STATUS = re.compile(r"status: (\d{3})")


def code_of(error: SlackApiError) -> str:
    """Slack's own name of the error, as ``channel_not_found``; empty when the answer was not Slack's JSON."""
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return code if isinstance(code, str) else ""


def translate(error: BaseException, method: str) -> BotError:
    """The project's error for one of slack_sdk or aiohttp.

    Args:
        error: what was raised.
        method: the call that failed, as ``chat.postMessage``; named in the message.
    """
    match error:
        case BotError():
            return error
        case SlackApiError():
            return _api_error(error, method)
        case SlackRequestError():
            status = _STATUS.search(str(error))
            failed = status is not None and (status[1] == "429" or status[1].startswith("5"))
            return (ChannelUnavailable if failed else ChannelError)(f"Slack refused {method}: {error}")
        case SlackClientNotConnectedError():
            return ChannelUnavailable(f"{method}: not connected to Slack")
        case aiohttp.ClientError() | asyncio.TimeoutError() | OSError():
            return ChannelUnavailable(f"{method}: Slack could not be reached ({type(error).__name__}: {error})")
        case AttributeError():
            return ChannelUnavailable(f"{method}: the answer was not Slack's (a proxy's page?)")
        case SlackClientError():
            return ChannelError(f"{method}: {error}")
        case _:
            return ChannelError(f"{method}: {type(error).__name__}: {error}")


@contextmanager
def translated(method: str) -> Iterator[None]:
    """Raise the project's errors instead of the vendor's from the block."""
    try:
        yield
    except (TimeoutError, SlackClientError, aiohttp.ClientError, OSError, AttributeError) as error:
        # AttributeError: the SDK takes every answer for a JSON object, and fails on a text.
        raise translate(error, method) from error


def _api_error(error: SlackApiError, method: str) -> BotError:
    code = code_of(error)
    status = int(getattr(error.response, "status_code", None) or getattr(error.response, "status", None) or 0)
    said = f"Slack refused {method}: {code or f'HTTP {status}'}"
    if status == 429 or code in ("ratelimited", "rate_limited", "message_limit_exceeded"):
        return RateLimited(said, _retry_after(error))
    if code in _GONE:
        return ConversationGone(said)
    if code in _REFUSED:
        return ContentRefused(said + _details(error))
    if code in _UNAVAILABLE or status >= 500 or not code:
        return ChannelUnavailable(said)
    if code == "missing_scope":
        return ChannelError(f"{said} ({_needed(error)}): {_MEND[code]}")
    return ChannelError(f"{said}: {_MEND[code]}" if code in _MEND else said + _details(error))


def _retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    value = headers.get("Retry-After") or headers.get("retry-after") or "1"
    try:
        return max(0.0, float(value))
    except ValueError:
        return 1.0


def _details(error: SlackApiError) -> str:
    metadata = error.response.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    return f" ({'; '.join(map(str, messages))})" if isinstance(messages, list) and messages else ""


def _needed(error: SlackApiError) -> str:
    return f"needed: {error.response.get('needed') or '?'}"
