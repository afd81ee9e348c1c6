"""Slack's Web API and file store over one HTTP session; knows no event and no part."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from botframework import Attachment, ChannelError, ChannelUnavailable, ContentRefused
from botframework_slack.errors import translated
from botframework_slack.settings import SlackSettings

__all__ = ["SDK_LOG", "Web"]

SDK_LOG = logging.getLogger("botframework_slack.sdk")
SDK_LOG.setLevel(logging.INFO)  # at DEBUG the SDK writes what people said into the log


class Web:
    """The clients for calls that may be repeated and for those that must not."""

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None

    @property
    def reads(self) -> AsyncWebClient:
        """Tries again after a broken connection and after a 429."""
        again = [
            AsyncConnectionErrorRetryHandler(max_retry_count=2),
            AsyncRateLimitErrorRetryHandler(max_retry_count=1),
        ]
        return self._client(again)

    @property
    def writes(self) -> AsyncWebClient:
        """Tries once: a broken connection does not say whether Slack has posted, and the queue waits out a 429."""
        return self._client([])

    async def download(self, attachment: Attachment) -> bytes:
        """The bytes of a file that came with a message.

        Raises:
            ContentRefused: it is larger than ``max_download``.
            ChannelError: Slack does not give it to this app.
        """
        limit, name = self._settings.max_download, attachment.name
        reads = self.reads
        with translated("files.info"):
            answer = await reads.files_info(file=attachment.id)
        file = answer.get("file")
        file = file if isinstance(file, dict) else {}
        url = file.get("url_private_download") or file.get("url_private")
        if not isinstance(url, str) or not self._is_slack(url):
            raise ChannelError(f"Slack has no download for {name}: it is kept outside of Slack")
        if isinstance(size := file.get("size"), int) and size > limit:
            raise ContentRefused(f"{name} has {size} bytes; at most {limit} are fetched")
        headers = {"Authorization": f"Bearer {self._settings.bot_token.get_secret_value()}"}
        with translated("the download"):
            async with self._http.get(url, headers=headers, allow_redirects=False, proxy=reads.proxy) as response:
                if response.status >= 500:
                    raise ChannelUnavailable(f"Slack failed to send {name}: HTTP {response.status}")
                is_login = response.content_type == "text/html" and attachment.media_type != "text/html"
                if response.status != 200 or is_login:
                    raise ChannelError(f"Slack refused {name}: the app needs the scope files:read")
                data = bytearray()
                async for chunk in response.content.iter_chunked(65_536):
                    data += chunk
                    if len(data) > limit:
                        raise ContentRefused(f"{name} is larger than {limit} bytes")
        return bytes(data)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def _http(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            # Not trust_env: aiohttp then reads .netrc in a thread before every call. The SDK finds a proxy by itself.
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._settings.request_timeout))
        return self._session

    def _client(self, retry_handlers: list[AsyncRetryHandler]) -> AsyncWebClient:
        return AsyncWebClient(
            token=self._settings.bot_token.get_secret_value(),
            base_url=self._settings.base_url,
            timeout=self._settings.request_timeout,
            session=self._http,
            logger=SDK_LOG,
            retry_handlers=retry_handlers,
        )

    def _is_slack(self, url: str) -> bool:
        """Whether the token may be shown to the host of ``url``."""
        parts, own = urlsplit(url), urlsplit(self._settings.base_url)
        if (parts.scheme, parts.netloc) == (own.scheme, own.netloc):
            return True
        host = parts.hostname or ""
        return parts.scheme == "https" and (host == "slack.com" or host.endswith((".slack.com", ".slack-files.com")))
