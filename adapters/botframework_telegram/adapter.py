"""The Telegram channel: brings events and delivers parts; the parsing, formatting and limits stand beside it."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, ClassVar, TypeVar

from telegram import Bot, Update, User
from telegram.constants import ChatAction
from telegram.error import BadRequest, ChatMigrated, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from botframework.adapter import Accept, Adapter, Capabilities, Check
from botframework.errors import ConfigError
from botframework.types import Address, Attachment, File, Image, Part, Receipt
from botframework_telegram.buttons import ButtonValues
from botframework_telegram.checks import checks
from botframework_telegram.errors import has_text, retry_after, translate, translated
from botframework_telegram.format import TEXT_LIMIT
from botframework_telegram.limiter import Limiter
from botframework_telegram.parse import Skipped, parse
from botframework_telegram.polling import Poller
from botframework_telegram.posting import Poster, thread_of
from botframework_telegram.recovery import newest_own
from botframework_telegram.settings import TelegramSettings
from botframework_telegram.split import split

__all__ = ["TelegramAdapter"]

# The client library's own switch: durations as timedelta. Without it every 429 raises a deprecation warning.
os.environ.setdefault("PTB_TIMEDELTA", "true")

T = TypeVar("T")
_log = logging.getLogger(__name__)
_PROBE_MARGIN = 40
_KEPT_THREADS = 4096


class _HideToken(logging.Filter):
    """The HTTP client logs every address, and Telegram's addresses hold the token."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if self._token in message:
            record.msg, record.args = message.replace(self._token, "<token>"), ()
        return True


class TelegramAdapter(Adapter):
    """A bot on Telegram."""

    name: ClassVar[str] = "telegram"
    Settings = TelegramSettings

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings
        self.capabilities = Capabilities(
            streaming="edits", edit_interval=settings.edit_interval, buttons=True, files=True
        )
        token = settings.token.get_secret_value()
        base = settings.base_url.rstrip("/")
        self._requests = [
            HTTPXRequest(
                connection_pool_size=size,
                read_timeout=settings.request_timeout,
                write_timeout=settings.request_timeout,
                connect_timeout=settings.request_timeout,
                pool_timeout=settings.request_timeout,
            )
            for size in (4, 64)
        ]
        self._bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            get_updates_request=self._requests[0],
            request=self._requests[1],
        )
        self._limiter = Limiter(per_chat=settings.per_chat, per_group=settings.per_group, overall=settings.overall)
        self._poller = Poller(self._bot, settings, self._reached)
        self._buttons = ButtonValues()
        self._poster = Poster(self._bot, self._buttons)
        self._me: User | None = None
        self._moved: dict[str, int] = {}
        self._newest: dict[str, int] = {}
        self._threads: OrderedDict[tuple[int, int], int] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._hide = _HideToken(token)
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).addFilter(self._hide)

    async def run(self, accept: Accept) -> None:
        """Poll until cancelled; an update is acknowledged only after ``accept`` returned for it.

        Raises:
            ConfigError: Telegram refuses the token at the start.
        """
        me = await self._introduce()
        _log.info("Telegram: polling as @%s", me.username)

        async def take(update: Update) -> None:
            await self._take(update, me, accept)

        await self._poller.run(take)

    async def send(self, address: Address, part: Part, key: str) -> Receipt:
        """Deliver one part as a new message, as a reply in groups."""
        message = await self._call(address, lambda chat: self._poster.post(chat, address, part))
        self._note(message.chat.id, message.message_id)
        if (thread := thread_of(address)) is not None:
            self._threads[message.chat.id, message.message_id] = thread
            while len(self._threads) > _KEPT_THREADS:
                self._threads.popitem(last=False)
        return Receipt(str(message.message_id))

    async def edit(self, address: Address, receipt: Receipt, part: Part) -> Receipt:
        """Replace a message's content. Raises ``ContentRefused`` where that message is gone or of another kind."""
        await self._call(address, lambda chat: self._poster.replace(chat, int(receipt.message_id), part))
        return receipt

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """Remove a message; one that is gone, or too old to be removed, is left."""

        async def remove(chat: int) -> None:
            try:
                await self._bot.delete_message(chat, int(receipt.message_id))
            except BadRequest as error:
                if not has_text(error, "message to delete not found", "message can't be deleted", "message_id_invalid"):
                    raise
                _log.info("message %s was not deleted: %s", receipt.message_id, error)

        await self._call(address, remove)

    async def find(self, address: Address, part: Part, key: str, known: Sequence[Receipt]) -> Receipt | None:
        """The message that an interrupted send left, made to hold ``part``; how it is found, see ``recovery``."""
        if address.extra.get("forum") or address.conversation.thread or not self._settings.recovery_probes:
            return None
        chat = int(address.conversation.chat)
        taken = {int(receipt.message_id) for receipt in known if receipt.message_id.isdecimal()}
        lowest = max([int(address.message_id or 0), *taken]) + 1
        if lowest == 1:
            return None
        highest = max(self._newest.get(_box(chat), 0), lowest) + _PROBE_MARGIN
        candidates = range(lowest, min(highest, lowest + self._settings.recovery_probes))

        async def probe(message_id: int) -> object:
            await self._limiter.wait_overall()
            return await self._bot.edit_message_reply_markup(chat_id=chat, message_id=message_id)

        with translated():
            found = await newest_own(candidates, probe)
        if found is None:
            return None
        _log.info("message %s of an interrupted send was found in chat %s", found, chat)
        receipt = Receipt(str(found))
        return receipt if isinstance(part, File | Image) else await self.edit(address, receipt, part)

    async def working(self, address: Address, text: str) -> None:
        """Show "typing"; Telegram has no room for ``text``."""
        try:
            await self._bot.send_chat_action(
                self._chat(address), ChatAction.TYPING, message_thread_id=thread_of(address)
            )
        except TelegramError as error:
            _log.debug("no chat action: %s", error)

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of a file that came with a message (Telegram gives bots files of up to 20 MB)."""
        with translated():
            file = await self._bot.get_file(attachment.id)
            return bytes(await file.download_as_bytearray())

    def split(self, text: str) -> list[str]:
        """Cut Markdown into pieces of at most 4,096 UTF-16 code units; a fence that is cut is closed and reopened."""
        return split(text, TEXT_LIMIT)

    async def check(self) -> list[Check]:
        """Token, privacy mode and webhook."""
        return await checks(self._bot, self._settings)

    async def aclose(self) -> None:
        """Finish answering buttons and close the connections."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)
        for request in self._requests:
            await request.shutdown()
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).removeFilter(self._hide)

    def _reached(self) -> None:
        self.last_contact = time.time()

    async def _introduce(self) -> User:
        """Ask Telegram who the bot is: in groups it must know its own name."""
        while self._me is None:
            try:
                self._me = await self._bot.get_me()
                self._reached()
            except InvalidToken as error:
                raise ConfigError(
                    "Telegram refuses the bot's token: set the one that @BotFather shows (/mybots, API Token)"
                ) from error
            except TelegramError as error:
                await self._poller.pause(error)
        return self._me

    async def _take(self, update: Update, me: User, accept: Accept) -> None:
        try:
            event = parse(update, me, self._buttons.value, self._thread_of)
        except Exception:
            _log.exception("update %s could not be understood and is skipped", update.update_id)
            return
        if isinstance(event, Skipped):
            _log.info("update %s is skipped: %s", update.update_id, event.reason)
        else:
            self._note(int(event.conversation.chat), int(event.message_id))
            await accept(event)
        if update.callback_query is not None:
            self._in_background(self._answer_button(update.callback_query.id))

    async def _answer_button(self, query_id: str) -> None:
        """Without an answer the button keeps turning on the person's screen."""
        try:
            await self._bot.answer_callback_query(query_id)
        except TelegramError as error:
            _log.info("the press of a button was not answered: %s", error)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _note(self, chat: int, message_id: int) -> None:
        box = _box(chat)
        self._newest[box] = max(self._newest.get(box, 0), message_id)

    def _thread_of(self, chat: int, message_id: int) -> int | None:
        return self._threads.get((chat, message_id))

    def _chat(self, address: Address) -> int:
        chat = address.conversation.chat
        return self._moved.get(chat, int(chat))

    async def _call(self, address: Address, do: Callable[[int], Awaitable[T]]) -> T:
        """``do(chat id)`` within the limits, its errors translated."""
        chat = str(self._chat(address))
        await self._limiter.wait(chat, address.conversation.kind == "group")
        try:
            try:
                return await do(int(chat))
            except ChatMigrated as error:
                self._moved[address.conversation.chat] = error.new_chat_id
                return await do(error.new_chat_id)
        except RetryAfter as error:
            self._limiter.pause(chat, retry_after(error))
            raise translate(error) from error
        except TelegramError as error:
            raise translate(error) from error


def _box(chat: int) -> str:
    """Where message ids are counted: per supergroup, and once for all other chats."""
    return str(chat) if str(chat).startswith("-100") else ""
