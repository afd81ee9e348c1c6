"""Remembers what Slack says of users and of threads, so that it is asked once; never a reason to lose an event."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Iterable

from slack_sdk.web.async_client import AsyncWebClient

from botframework import BotError, Person
from botframework_slack.errors import translated

__all__ = ["People", "Threads"]

log = logging.getLogger(__name__)
_SIZE = 10_000


class People:
    """Names and locales, looked up with ``users.info`` and kept for an hour (a failure for a minute)."""

    def __init__(self, client: AsyncWebClient, timeout: float = 2.0) -> None:
        self._client = client
        self._timeout = timeout
        self._known: OrderedDict[str, tuple[float, Person]] = OrderedDict()

    async def of(self, users: Iterable[str]) -> dict[str, Person]:
        """Each user's person; without a name where Slack does not tell in time."""
        ids = list(users)
        return dict(zip(ids, await asyncio.gather(*map(self._person, ids)), strict=True))

    async def _person(self, user: str) -> Person:
        known = self._known.get(user)
        if known and known[0] > time.monotonic():
            return known[1]
        keep = 3600.0
        person = known[1] if known else Person(f"slack:{user}")
        try:
            with translated("users.info"):
                async with asyncio.timeout(self._timeout):
                    answer = await self._client.users_info(user=user, include_locale=True)
            person = _read(user, answer.get("user"))
        except BotError as error:
            log.info("no name for %s: %s", user, error)
            keep = 60.0
        self._known[user] = (time.monotonic() + keep, person)
        self._known.move_to_end(user)
        if len(self._known) > _SIZE:
            self._known.popitem(last=False)
        return person


class Threads:
    """In which threads the bot takes part: it was mentioned there, or has answered there."""

    def __init__(self, client: AsyncWebClient, me: str) -> None:
        self._client = client
        self._me = me
        self._joined: OrderedDict[tuple[str, str], bool] = OrderedDict()

    def join(self, chat: str, thread: str) -> None:
        """From now on what is said in this thread is meant for the bot."""
        self._keep(chat, thread, True)

    async def of(self, chat: str, ts: str) -> str:
        """The ``ts`` of the thread that a message stands in; empty at the top level.

        Raises:
            ChannelUnavailable, RateLimited: Slack cannot say now; the event must come again.
        """
        with translated("conversations.replies"):
            answer = await self._client.conversations_replies(channel=chat, ts=ts, limit=100)
        messages = answer.get("messages")
        for message in messages if isinstance(messages, list) else ():
            if isinstance(message, dict) and isinstance(message.get("thread_ts"), str):
                return str(message["thread_ts"])
        return ""

    async def joined(self, chat: str, thread: str) -> bool:
        """Whether the bot takes part.

        Raises:
            ChannelUnavailable, RateLimited: Slack cannot say now; the event must come again.
        """
        known = self._joined.get((chat, thread))
        if known is None:
            with translated("conversations.replies"):
                answer = await self._client.conversations_replies(channel=chat, ts=thread, limit=100)
            known = self._takes_part(answer.get("messages"))
            self._keep(chat, thread, known)
        return known

    def _takes_part(self, messages: object) -> bool:
        for message in messages if isinstance(messages, list) else ():
            if isinstance(message, dict) and (
                message.get("user") == self._me
                or f"<@{self._me}" in str(message.get("text"))
                or self._me in str(message.get("reply_users"))
            ):
                return True
        return False

    def _keep(self, chat: str, thread: str, value: bool) -> None:
        self._joined[chat, thread] = value
        self._joined.move_to_end((chat, thread))
        if len(self._joined) > _SIZE:
            self._joined.popitem(last=False)


def _read(user: str, data: object) -> Person:
    if not isinstance(data, dict):
        return Person(f"slack:{user}")
    profile = data.get("profile")
    profile = profile if isinstance(profile, dict) else {}
    candidates = (profile.get("display_name"), profile.get("real_name"), data.get("real_name"), data.get("name"))
    name = next((text for text in candidates if isinstance(text, str) and text), "")
    locale = data.get("locale")
    language = locale.partition("-")[0].lower() if isinstance(locale, str) and locale else None
    return Person(f"slack:{user}", name, language)
