"""Every error of slack_sdk and aiohttp becomes one of the project's."""

from __future__ import annotations

import inspect

import aiohttp
import pytest
import slack_sdk.errors
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from botframework import ChannelError, ChannelUnavailable, ContentRefused, ConversationGone, RateLimited
from botframework_slack.errors import translate, translated


def refusal(code: str, status: int = 200, headers: dict[str, str] | None = None) -> SlackApiError:
    """The error that slack_sdk raises for an answer of Slack."""
    response = AsyncSlackResponse(
        client=AsyncWebClient(),
        http_verb="POST",
        api_url="https://slack.com/api/chat.postMessage",
        req_args={},
        data={"ok": False, "error": code} if code else {},
        headers=headers or {},
        status_code=status,
    )
    return SlackApiError("refused", response)  # type: ignore[no-untyped-call]  # the SDK's class has no types


def vendor_errors() -> list[type[SlackClientError]]:
    """All error classes of slack_sdk."""
    classes = [found for _, found in inspect.getmembers(slack_sdk.errors, inspect.isclass)]
    return [found for found in classes if issubclass(found, SlackClientError)]


@pytest.mark.parametrize("kind", vendor_errors())
def test_every_vendor_error_is_translated(kind: type[SlackClientError]) -> None:
    """No error class of slack_sdk leaves the adapter."""
    if kind is SlackApiError:
        error: SlackClientError = refusal("some_new_error")
    elif kind is slack_sdk.errors.SlackTokenRotationError:
        error = slack_sdk.errors.SlackTokenRotationError(refusal("invalid_refresh_token"))
    else:
        error = kind("broken")
    with pytest.raises(ChannelError), translated("chat.postMessage"):
        raise error


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("channel_not_found", 200, ConversationGone),
        ("is_archived", 200, ConversationGone),
        ("not_in_channel", 200, ConversationGone),
        ("msg_too_long", 200, ContentRefused),
        ("invalid_blocks", 200, ContentRefused),
        ("msg_blocks_too_long", 200, ContentRefused),
        ("internal_error", 200, ChannelUnavailable),
        ("", 503, ChannelUnavailable),
        ("fatal_error", 500, ChannelUnavailable),
        ("ratelimited", 429, RateLimited),
    ],
)
def test_what_an_answer_means(code: str, status: int, kind: type[ChannelError]) -> None:
    """Slack's refusals are told apart by what can be done about them."""
    assert type(translate(refusal(code, status), "chat.postMessage")) is kind


def test_rate_limit_carries_its_pause() -> None:
    """The pause that Slack asks for is kept; one that cannot be read counts as a second."""
    error = translate(refusal("ratelimited", 429, {"Retry-After": "7"}), "chat.postMessage")
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7
    odd = translate(refusal("ratelimited", 429, {"Retry-After": "soon"}), "chat.postMessage")
    assert isinstance(odd, RateLimited)
    assert odd.retry_after == 1


@pytest.mark.parametrize("error", [aiohttp.ServerDisconnectedError(), TimeoutError(), ConnectionResetError()])
def test_network_errors_may_pass(error: Exception) -> None:
    """A broken connection is worth another try."""
    assert type(translate(error, "chat.postMessage")) is ChannelUnavailable


def test_wrong_token_says_how_to_mend_it() -> None:
    """A refused token is named clearly, with what to do."""
    error = translate(refusal("invalid_auth"), "auth.test")
    assert type(error) is ChannelError
    assert "copy it again" in str(error)
