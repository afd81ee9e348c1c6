"""Brings updates by long polling, acknowledged only after they were taken; knows no event and no message.

Telegram forgets an update once a request with a higher offset arrives. The offset here advances past an update only
after ``take(update)`` has returned, so that whatever was not committed comes again, after a crash as well.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from botframework_telegram.errors import has_text, retry_after
from botframework_telegram.parse import UPDATE_KINDS
from botframework_telegram.settings import TelegramSettings

__all__ = ["Poller"]

_log = logging.getLogger(__name__)


class Poller:
    """One long poll at a time on ``bot``; ends only by being cancelled.

    Args:
        reached: called after every exchange with Telegram that succeeded.
    """

    def __init__(self, bot: Bot, settings: TelegramSettings, reached: Callable[[], None]) -> None:
        self._bot = bot
        self._settings = settings
        self._reached = reached
        self._offset = 0
        self._failures = 0

    async def run(self, take: Callable[[Update], Awaitable[None]]) -> None:
        """Bring every update to ``take``, in order; one that it raised for, and all after it, come again."""
        while True:
            try:
                for update in await self._updates():
                    await take(update)
                    self._offset = update.update_id + 1
                self._failures = 0
            except TelegramError as error:
                await self.pause(error)
            except Exception:
                _log.exception("an update could not be stored; Telegram keeps it and it is asked for again")
                await asyncio.sleep(self._backoff())

    async def pause(self, error: TelegramError) -> None:
        """Log what went wrong and wait as long as it deserves."""
        delay = self._backoff()
        if isinstance(error, RetryAfter):
            delay = retry_after(error)
            _log.warning("Telegram asks for a pause of %g s before the next request for updates", delay)
        elif isinstance(error, Conflict) and has_text(error, "webhook"):
            delay = await self._webhook_in_the_way(delay)
        elif isinstance(error, Conflict):
            _log.error(
                "another program is polling with this bot's token; stop it (or give this bot its own token from"
                " @BotFather). Trying again in %.1f s",
                delay,
            )
        elif isinstance(error, InvalidToken):
            _log.error("Telegram refuses the bot's token: set the one @BotFather shows. Trying again in %.1f s", delay)
        else:
            _log.warning("Telegram cannot be reached (%s); trying again in %.1f s", error, delay)
        await asyncio.sleep(delay)

    async def _updates(self) -> list[Update]:
        try:
            updates = await self._bot.get_updates(
                offset=self._offset or None,
                timeout=self._settings.poll_timeout,
                allowed_updates=UPDATE_KINDS,
                read_timeout=self._settings.request_timeout,
            )
        except TelegramError:
            raise
        except Exception as error:
            _log.warning("Telegram sent an update that the client library cannot read: %r", error)
            return await self._readable_updates()
        self._reached()
        return list(updates)

    async def _readable_updates(self) -> list[Update]:
        """The waiting updates one by one; an unreadable one stands as an update without content."""
        # Method names are case-insensitive; spelt like this the library does not offer its own method instead.
        raw: list[dict[str, Any]] = await self._bot.do_api_request(
            "getupdates",
            {"offset": self._offset or None, "timeout": 0, "allowed_updates": list(UPDATE_KINDS)},
        )
        self._reached()
        updates = []
        for item in raw:
            try:
                updates.append(Update.de_json(item, self._bot))
            except Exception as error:
                _log.warning("update %s is unreadable and skipped: %r", item["update_id"], error)
                updates.append(Update(item["update_id"]))
        return updates

    async def _webhook_in_the_way(self, delay: float) -> float:
        if not self._settings.delete_webhook:
            _log.error(
                "a webhook is set for this bot, so it cannot be polled: set delete_webhook: true, or remove it."
                " Trying again in %.1f s",
                delay,
            )
            return delay
        try:
            await self._bot.delete_webhook(drop_pending_updates=False)
        except TelegramError as error:
            _log.warning("the webhook could not be removed: %s", error)
            return delay
        _log.info("the bot's webhook was removed; waiting updates are kept")
        return 0.0

    def _backoff(self) -> float:
        base: float = min(self._settings.backoff * 2.0 ** min(self._failures, 16), self._settings.backoff_limit)
        self._failures += 1
        return base * random.uniform(0.75, 1.25)
