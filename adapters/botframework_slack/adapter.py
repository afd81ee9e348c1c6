"""The Slack channel: brings events over Socket Mode and delivers parts through the Web API."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import logging
import time
from collections.abc import Sequence
from typing import Any, ClassVar

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from botframework import (
    Accept,
    Adapter,
    Address,
    Attachment,
    BotError,
    Buttons,
    Capabilities,
    ChannelError,
    ChannelUnavailable,
    Check,
    ContentRefused,
    Conversation,
    ConversationGone,
    File,
    Image,
    Part,
    RateLimited,
    Receipt,
    Status,
    Text,
)
from botframework_slack.checks import run_checks
from botframework_slack.errors import BLOCKS_REFUSED, code_of, translated
from botframework_slack.find import EVENT_TYPE, find_message
from botframework_slack.format import actions_block, fallback_text, markdown_blocks, section_blocks
from botframework_slack.middleware import CommitFirst
from botframework_slack.order import Order
from botframework_slack.pace import Pace
from botframework_slack.parse import Identity, Ignored, Incoming, message_id, place_of, read, to_event
from botframework_slack.people import People, Threads
from botframework_slack.settings import SlackSettings
from botframework_slack.socket import Socket
from botframework_slack.split import split_markdown
from botframework_slack.web import SDK_LOG, Web

__all__ = ["SlackAdapter"]

log = logging.getLogger(__name__)
_UNEDITABLE = ("message_not_found", "edit_window_closed", "cant_update_message")


class SlackAdapter(Adapter):
    """Slack over Socket Mode, for one workspace."""

    name: ClassVar[str] = "slack"
    Settings = SlackSettings
    capabilities = Capabilities(streaming="edits", edit_interval=1.0, buttons=True, files=True)

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings
        self._pace = Pace(settings.posts_per_second, settings.post_burst)
        self._web = Web(settings)
        self._me: Identity | None = None
        self._people: People | None = None
        self._threads: Threads | None = None
        self._accept: Accept | None = None
        self._order = Order()
        self._statusless: set[str] = set()

    async def run(self, accept: Accept) -> None:
        """Bring events until cancelled. Raises ``ChannelError`` when Slack refuses a token."""
        self._accept = accept
        app = AsyncApp(
            name="botframework",
            client=self._web.reads,
            logger=SDK_LOG,
            request_verification_enabled=False,  # signatures come with HTTP; a socket was opened by us
            ssl_check_enabled=False,
            before_authorize=CommitFirst(self._commit),
        )
        pause = 1.0
        while True:
            began = time.monotonic()
            try:
                await self._identity()
                token = self._settings.app_token.get_secret_value()
                interval = self._settings.ping_interval
                await Socket(
                    app, token, self._web.reads, ping_interval=interval, on_contact=self._contacted, logger=SDK_LOG
                ).hold()
            except RateLimited as error:
                pause = max(pause, error.retry_after)
                log.warning("%s; connecting again in %.0f s", error, pause)
            except ChannelUnavailable as error:
                log.warning("%s; connecting again in %.0f s", error, pause)
            if time.monotonic() - began > 60:
                pause = 1.0
            await asyncio.sleep(min(pause, self._settings.ping_interval * 6))
            pause = min(pause * 2, 60.0)

    async def send(self, address: Address, part: Part, key: str) -> Receipt:
        """Deliver one part; a command's answer goes to its person where the bot is not in the channel."""
        try:
            return await self._send(address, part, key)
        except ConversationGone:
            if "command" not in address.extra or address.conversation.kind == "private":
                raise
            return await self._send(await self._in_private(address), part, key)

    async def _send(self, address: Address, part: Part, key: str) -> Receipt:
        conversation = address.conversation
        if isinstance(part, File | Image):
            return await self._upload(address, part, key)
        await self._pace.wait(conversation.chat)
        common: dict[str, Any] = {
            "channel": conversation.chat,
            "thread_ts": conversation.thread,
            "unfurl_links": False,  # a preview is fetched by the reader's client: a way to leak data with no click
            "unfurl_media": False,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": key}},
        }
        answer = await self._with_blocks("chat.postMessage", common, part, key)
        ts = answer.get("ts")
        self._contacted(time.time())
        if conversation.thread and self._threads:
            self._threads.join(conversation.chat, conversation.thread)
        return Receipt(message_id(conversation.chat, ts if isinstance(ts, str) else ""), {"key": key})

    async def edit(self, address: Address, receipt: Receipt, part: Part) -> Receipt:
        """Replace a delivered part; a file is deleted and sent anew, since Slack cannot change one."""
        if isinstance(part, File | Image) or "file" in receipt.extra:
            replaced = await self.send(address, part, receipt.extra.get("key", ""))
            await self.delete(address, receipt)
            return replaced
        chat, ts = place_of(receipt.message_id)
        key = receipt.extra.get("key", ts)
        try:
            await self._with_blocks("chat.update", {"channel": chat, "ts": ts}, part, key)
        except ContentRefused as error:
            if isinstance(error.__cause__, SlackApiError) and code_of(error.__cause__) in _UNEDITABLE:
                return await self.send(address, part, key)  # somebody deleted it; the answer is not lost with it
            raise
        self._contacted(time.time())
        return receipt

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """Remove a delivered part; one that is gone already is no error."""
        file = receipt.extra.get("file")
        with translated("files.delete" if file else "chat.delete"):
            try:
                if file:
                    await self._web.writes.files_delete(file=file)
                else:
                    chat, ts = place_of(receipt.message_id)
                    await self._web.writes.chat_delete(channel=chat, ts=ts)
            except SlackApiError as error:
                if code_of(error) not in ("message_not_found", "file_not_found", "file_deleted"):
                    raise
        self._contacted(time.time())

    async def find(self, address: Address, part: Part, key: str, known: Sequence[Receipt]) -> Receipt | None:
        """The message with our key in its metadata; a file, which has none, by its name and size."""
        me = await self._identity()
        found = await find_message(self._web.reads, me, address, part, key=key, known=known)
        if found is None and "command" in address.extra and address.conversation.kind != "private":
            try:
                address = await self._in_private(address)
            except ConversationGone:
                return None
            found = await find_message(self._web.reads, me, address, part, key=key, known=known)
        return found

    async def working(self, address: Address, text: str) -> None:
        """Show a status in an assistant's thread; elsewhere Slack has nothing to show."""
        conversation = address.conversation
        if conversation.kind != "private" or not conversation.thread or conversation.key in self._statusless:
            return
        try:
            with translated("assistant.threads.setStatus"):
                await self._web.writes.assistant_threads_setStatus(
                    channel_id=conversation.chat, thread_ts=conversation.thread, status=text or "is thinking…"
                )
        except BotError as error:
            log.info("no status is shown in %s: %s", conversation.key, error)
            if len(self._statusless) < 10_000:
                self._statusless.add(conversation.key)

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of a file that came with a message; see ``Web.download``."""
        return await self._web.download(attachment)

    def split(self, text: str) -> list[str]:
        """Pieces of at most 11,000 UTF-16 units, cut between blocks where possible."""
        return split_markdown(text)

    async def check(self) -> list[Check]:
        """Tokens, socket and scopes, each with how to mend it."""
        return await run_checks(self._web.reads, self._settings)

    async def aclose(self) -> None:
        """Close the HTTP connections."""
        await self._web.aclose()

    # What comes in

    async def _commit(self, body: object) -> None:
        """Return once the event that a payload brings is committed."""
        me = await self._identity()
        incoming = read(body, me, self._settings.commands)
        if isinstance(incoming, Ignored):
            log.info("ignored %s", incoming.reason)
        else:
            async with self._order.of(incoming.chat):  # the SDK handles every envelope in a task of its own
                await self._take(incoming, me)

    async def _take(self, incoming: Incoming, me: Identity) -> None:
        if self._accept is None or self._people is None or self._threads is None:
            raise ChannelError("an event came before run()")
        addressed = incoming.addressed
        if incoming.kind == "reaction":
            incoming = dataclasses.replace(incoming, thread=await self._threads.of(incoming.chat, incoming.ts))
        elif incoming.mentioned or (addressed and incoming.thread):
            self._threads.join(incoming.chat, incoming.thread or incoming.ts)
        elif not addressed and incoming.thread:
            addressed = await self._takes_part(incoming)
        people = await self._people.of(incoming.people)
        await self._accept(to_event(incoming, me, people, addressed=addressed))

    async def _takes_part(self, incoming: Incoming) -> bool:
        if self._threads is None:
            return False
        try:
            return await self._threads.joined(incoming.chat, incoming.thread)
        except (ChannelUnavailable, RateLimited):
            raise  # not acknowledged: Slack sends it again
        except ChannelError as error:
            log.warning("cannot read the thread of %s, so only mentions are answered there: %s", incoming.key, error)
            return False

    # What goes out

    async def _with_blocks(self, method: str, common: dict[str, Any], part: Part, key: str) -> Any:
        """Call with a markdown block; once more with sections when Slack refuses it, for then nothing was posted."""
        match part:
            case Buttons(markdown=markdown, buttons=buttons):
                actions = actions_block(buttons, key)
            case Text(markdown=markdown):
                actions = []
            case Status(text=text):
                markdown, actions = f"_{text}_" if text else "", []
            case _:
                raise ContentRefused(f"Slack cannot show a {type(part).__name__} as text")
        call = self._web.writes.chat_update if method == "chat.update" else self._web.writes.chat_postMessage
        text = fallback_text(markdown)
        if not text and isinstance(part, Buttons):
            text = ", ".join(button.label for button in part.buttons)
        if not text:
            raise ContentRefused("Slack takes no empty message")
        with translated(method):
            try:
                return await call(**common, text=text, blocks=markdown_blocks(markdown) + actions)
            except SlackApiError as error:
                if code_of(error) not in BLOCKS_REFUSED:
                    raise
                log.info("%s: %s; laid out as sections instead", method, code_of(error))
            return await call(**common, text=text, blocks=section_blocks(markdown) + actions)

    async def _in_private(self, address: Address) -> Address:
        """The same address in a direct message to its person."""
        with translated("conversations.open"):
            answer = await self._web.reads.conversations_open(users=address.person_id.removeprefix("slack:"))
        channel = answer.get("channel")
        chat = channel.get("id") if isinstance(channel, dict) else None
        if not isinstance(chat, str):
            raise ConversationGone(f"Slack opened no direct message with {address.person_id}")
        return dataclasses.replace(address, conversation=Conversation(self.name, chat))

    async def _upload(self, address: Address, part: File | Image, key: str) -> Receipt:
        chat = address.conversation.chat
        await self._pace.wait(chat)
        with translated("files.upload"):
            answer = await self._web.writes.files_upload_v2(
                filename=part.name,
                file=io.BytesIO(part.data),
                title=part.name,
                alt_txt=part.alt or None if isinstance(part, Image) else None,
                initial_comment=(part.caption or None) if isinstance(part, File) else None,
                channel=chat,
                thread_ts=address.conversation.thread,
            )
        file = answer.get("file")
        identifier = file.get("id", "") if isinstance(file, dict) else ""
        self._contacted(time.time())
        return Receipt(message_id(chat, f"file:{identifier}"), {"key": key, "file": str(identifier)})

    async def _identity(self) -> Identity:
        if self._me is None:
            with translated("auth.test"):
                answer = await self._web.reads.auth_test()
            self._me = Identity(
                str(answer.get("team_id") or ""), str(answer.get("user_id") or ""), str(answer.get("bot_id") or "")
            )
            self._people = People(self._web.reads)
            self._threads = Threads(self._web.reads, self._me.user)
            self._contacted(time.time())
        return self._me

    def _contacted(self, at: float) -> None:
        self.last_contact = max(at, self.last_contact or 0.0)
