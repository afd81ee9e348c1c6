"""The adapter against the strict fake server, through the real client library."""

from __future__ import annotations

import asyncio
import logging

import pytest

from botframework import (
    Attachment,
    Button,
    Buttons,
    ChannelUnavailable,
    ContentRefused,
    ConversationGone,
    Event,
    File,
    Image,
    RateLimited,
    Receipt,
    Text,
)
from botframework.errors import ConfigError
from botframework_telegram import TelegramAdapter
from tests.telegram.driver import fast_settings, group, private, running
from tests.telegram.fake_api import NOT_MODIFIED
from tests.telegram.fake_chats import ANN
from tests.telegram.fake_server import FakeTelegram

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


async def test_an_update_is_acknowledged_only_after_it_was_accepted(
    telegram: FakeTelegram, adapter: TelegramAdapter
) -> None:
    """While ``accept`` has not returned, Telegram still keeps the update."""
    entered, leave = asyncio.Event(), asyncio.Event()

    async def hold(event: Event) -> None:
        entered.set()
        await leave.wait()

    await telegram.say("one")
    await telegram.say("two")
    async with running(adapter) as inbox:
        inbox.before = hold
        await asyncio.wait_for(entered.wait(), 10)
        assert len(telegram.waiting) == 2
        assert telegram.confirmed == 0
        leave.set()
        await inbox.wait(2)
        await telegram.until(lambda: not telegram.waiting)
    assert [event.text for event in inbox.events] == ["one", "two"]


async def test_what_was_not_accepted_comes_again_in_order(telegram: FakeTelegram, adapter: TelegramAdapter) -> None:
    """An event that could not be stored, and all after it, are asked for again; those before it are not."""
    failures = 0

    async def refuse_two(event: Event) -> None:
        nonlocal failures
        if event.text == "two" and failures < 2:
            failures += 1
            raise OSError("disk full")

    for text in ("one", "two", "three"):
        await telegram.say(text)
    async with running(adapter) as inbox:
        inbox.before = refuse_two
        await inbox.wait(3)
    assert [event.text for event in inbox.events] == ["one", "two", "three"]
    assert failures == 2


async def test_polling_survives_what_telegram_does(
    telegram: FakeTelegram, adapter: TelegramAdapter, caplog: pytest.LogCaptureFixture
) -> None:
    """Errors of the server, resets, a flood warning and an unreadable update do not end the poll loop."""
    telegram.fail("getMe", code=502, description="Bad Gateway")
    telegram.fail("getUpdates", code=500)
    telegram.fail("getUpdates", when="reset")
    telegram.fail("getUpdates", code=429, description="Too Many Requests: retry after 1", retry_after=1)
    await telegram.say("before")
    await telegram.inject(message={"message_id": "no number", "chat": 5})
    await telegram.inject(something_new={"a": [1]})
    await telegram.inject()
    await telegram.say("after")
    async with running(adapter) as inbox:
        await inbox.wait(2)
        await telegram.until(lambda: not telegram.waiting)
    assert [event.text for event in inbox.events] == ["before", "after"]
    assert "unreadable and skipped" in caplog.text
    assert telegram.token not in caplog.text


async def test_a_second_poller_is_visible(
    telegram: FakeTelegram, adapter: TelegramAdapter, caplog: pytest.LogCaptureFixture
) -> None:
    """A 409 is logged with its cure, the loop goes on, and the last contact stays old until it is over."""
    telegram.fail("getUpdates", code=409, description="Conflict: terminated by other getUpdates request", times=3)
    async with running(adapter) as inbox:
        await telegram.until(lambda: len(telegram.called("getupdates")) == 3)
        contact = adapter.last_contact
        await telegram.say("hello")
        await inbox.wait(1)
    assert "another program is polling" in caplog.text
    assert contact is not None
    assert adapter.last_contact is not None
    assert adapter.last_contact > contact


async def test_a_webhook_in_the_way(
    telegram: FakeTelegram, adapter: TelegramAdapter, caplog: pytest.LogCaptureFixture
) -> None:
    """A webhook is removed only where the settings say so, and waiting updates are kept."""
    telegram.webhook = "https://elsewhere.example"
    await telegram.say("kept")
    async with running(adapter):
        await telegram.until(lambda: len(telegram.called("getupdates")) >= 2)
    assert telegram.webhook
    assert "delete_webhook: true" in caplog.text
    bold = TelegramAdapter(fast_settings(telegram.url, delete_webhook=True))
    async with running(bold) as inbox:
        await inbox.wait(1)
    await bold.aclose()
    assert not telegram.webhook
    assert not telegram.called("deletewebhook")[0].params.get("drop_pending_updates")


async def test_a_refused_token_is_said_at_the_start(telegram: FakeTelegram) -> None:
    """A wrong token ends ``run`` with a sentence that says what to do and does not hold the token."""
    adapter = TelegramAdapter(fast_settings(telegram.url, token="1:wrong"))
    with pytest.raises(ConfigError, match="@BotFather") as caught:
        await adapter.run(lambda event: asyncio.sleep(0, True))
    assert "wrong" not in str(caught.value)
    checks = await adapter.check()
    await adapter.aclose()
    assert [check.ok for check in checks] == [False]


async def test_the_token_stays_out_of_the_log(
    telegram: FakeTelegram, adapter: TelegramAdapter, caplog: pytest.LogCaptureFixture
) -> None:
    """The HTTP client's own log lines, which hold addresses, do not show the token."""
    caplog.set_level(logging.DEBUG)
    await adapter.check()
    assert "getMe" in caplog.text
    assert telegram.token not in caplog.text


async def test_text_is_sent_formatted_without_previews(telegram: FakeTelegram, adapter: TelegramAdapter) -> None:
    """Markdown becomes entities, link previews are off and a private answer quotes nothing."""
    await telegram.say("hi")
    receipt = await adapter.send(private(message_id="1"), Text("**Hi** 😀 `x` https://a.example"), "k")
    (message,) = telegram.visible()
    assert receipt == Receipt(str(message["message_id"]))
    assert message["text"] == "Hi 😀 x https://a.example"
    assert [(e["type"], e["offset"], e["length"]) for e in message["entities"]] == [("bold", 0, 2), ("code", 6, 1)]
    (call,) = telegram.called("sendmessage")
    assert call.params["link_preview_options"] == {"is_disabled": True}
    assert "reply_parameters" not in call.params
    assert "parse_mode" not in call.params


async def test_an_answer_in_a_topic_replies_there(telegram: FakeTelegram, adapter: TelegramAdapter) -> None:
    """In a group the answer stands in its topic, as a reply; a deleted question does not hinder it."""
    message = await telegram.say("hi", chat=-100123, thread=7, forum=True)
    await adapter.send(group(message_id=str(message["message_id"]), thread="7", forum="yes"), Text("a"), "k")
    await adapter.send(group(message_id="999", thread="7", forum="yes"), Text("b"), "k")
    first, second = telegram.visible(-100123)
    assert first["message_thread_id"] == 7
    assert first["reply_to_message"]["message_id"] == message["message_id"]
    assert "reply_to_message" not in second


async def test_editing_to_the_same_text_is_no_error(telegram: FakeTelegram, adapter: TelegramAdapter) -> None:
    """An edit shows the new text; the same again is harmless; one of a deleted message is refused."""
    await telegram.say("hi")
    receipt = await adapter.send(private(), Text("a"), "k")
    for _ in range(2):
        assert await adapter.edit(private(), receipt, Text("*b*")) == receipt
    assert telegram.texts() == ["b"]
    await adapter.delete(private(), receipt)
    await adapter.delete(private(), receipt)
    assert telegram.texts() == []
    with pytest.raises(ContentRefused):
        await adapter.edit(private(), receipt, Text("c"))


async def test_buttons_are_pressed_and_answered(telegram: FakeTelegram, adapter: TelegramAdapter) -> None:
    """A press brings the button's value, a long one as well, and is always answered."""
    long = "value " * 30
    await telegram.say("hi")
    await adapter.send(private(), Buttons("Which?", (Button("Short", "s"), Button("Long", long))), "k")
    (message,) = telegram.visible()
    async with running(adapter) as inbox:
        queries = [await telegram.press(message, "Short"), await telegram.press(message, "Long")]
        await inbox.wait(3)
        await telegram.until(lambda: sorted(telegram.answered_buttons) == sorted(queries))
    assert [(event.kind, event.text) for event in inbox.events[1:]] == [("button", "s"), ("button", long)]
    assert inbox.events[1].message_id == str(message["message_id"])


async def test_a_long_button_of_an_earlier_run_gives_its_label(
    telegram: FakeTelegram, adapter: TelegramAdapter
) -> None:
    """After a restart, what the person saw on the button stands for the value that was forgotten."""
    await telegram.say("hi")
    await adapter.send(private(), Buttons("Which?", (Button("Long", "v" * 100),)), "k")
    later = TelegramAdapter(fast_settings(telegram.url))
    async with running(later) as inbox:
        await telegram.press(telegram.visible()[0], "Long")
        await inbox.wait(2)
    await later.aclose()
    assert inbox.events[1].text == "Long"


async def test_files_come_and_go(telegram: FakeTelegram, adapter: TelegramAdapter) -> None:
    """Documents and pictures are uploaded; what is no picture to Telegram goes as a file; attachments are fetched."""
    await telegram.say("", caption="read *this*", document=telegram.file(b"text", "a.txt"))
    async with running(adapter) as inbox:
        await inbox.wait(1)
    (event,) = inbox.events
    assert event.text == "read *this*"
    assert event.attachments == (Attachment("file0", "a.txt", "text/plain", 4),)
    assert await adapter.fetch(event.attachments[0]) == b"text"
    await adapter.send(event.address, File("b.txt", b"bytes", "text/plain", "the **file**"), "1")
    await adapter.send(event.address, Image("c.png", PNG, alt="x" * 2000), "2")
    await adapter.send(event.address, Image("d.png", b"none"), "3")
    document, photo, other = telegram.visible()
    assert telegram.files[document["document"]["file_id"]] == b"bytes"
    assert document["caption_entities"][0]["type"] == "bold"
    assert telegram.files[photo["photo"][0]["file_id"]] == PNG
    assert len(photo["caption"]) <= 1024
    assert "document" in other
    with pytest.raises(ContentRefused):
        await adapter.fetch(Attachment("no such file", "x"))


async def test_errors_are_the_projects_own(telegram: FakeTelegram, adapter: TelegramAdapter) -> None:
    """What Telegram answers is raised as what it means for the kernel."""
    await telegram.say("hi")
    with pytest.raises(ConversationGone, match="Chat not found"):
        await adapter.send(private(99), Text("a"), "k")
    telegram.fail("sendMessage", code=403, description="Forbidden: bot was blocked by the user")
    with pytest.raises(ConversationGone):
        await adapter.send(private(), Text("a"), "k")
    telegram.fail("sendMessage", code=502, description="Bad Gateway")
    with pytest.raises(ChannelUnavailable):
        await adapter.send(private(), Text("a"), "k")
    telegram.fail("sendMessage", when="reset")
    with pytest.raises(ChannelUnavailable):
        await adapter.send(private(), Text("a"), "k")
    with pytest.raises(ContentRefused):
        await adapter.send(private(), Text("x" * 5000), "k")
    with pytest.raises(ContentRefused):
        await adapter.send(private(), Text(" \n"), "k")
    assert telegram.texts() == []


async def test_a_flood_warning_stops_its_own_chat_alone(telegram: FakeTelegram, adapter: TelegramAdapter) -> None:
    """After a 429 the chat is left alone for the time asked; others are written to at once."""
    await telegram.say("hi")
    await telegram.say("hi", chat=43)
    telegram.fail("sendMessage", code=429, description="Too Many Requests: retry after 30", retry_after=30, chat=42)
    with pytest.raises(RateLimited) as caught:
        await adapter.send(private(), Text("a"), "k")
    assert caught.value.retry_after == 30
    with pytest.raises(RateLimited):
        await adapter.send(private(), Text("a"), "k")
    await adapter.send(private(43), Text("b"), "k")
    assert telegram.texts(43) == ["b"]
    assert len(telegram.called("sendmessage")) == 2


async def test_refused_formatting_falls_back_to_plain_text(telegram: FakeTelegram, adapter: TelegramAdapter) -> None:
    """Where Telegram refuses the entities, the same text goes without them."""
    await telegram.say("hi")
    telegram.fail("sendMessage", code=400, description="Bad Request: can't parse entities: ENTITY_BOUNDS_INVALID")
    await adapter.send(private(), Text("**a**"), "k")
    assert telegram.texts() == ["a"]
    assert "entities" not in telegram.visible()[0]


async def test_a_group_that_became_a_supergroup_gets_its_answer(
    telegram: FakeTelegram, adapter: TelegramAdapter
) -> None:
    """The answer follows the group to its new id."""
    await telegram.say("hi", chat=-5, kind="group")
    telegram.chats.open(-1005, "supergroup")
    telegram.chats.open(-5).moved_to = -1005
    await adapter.send(group(-5), Text("a"), "1")
    await adapter.send(group(-5), Text("b"), "2")
    assert telegram.texts(-1005) == ["a", "b"]


async def test_a_lost_receipt_is_found_again(telegram: FakeTelegram, adapter: TelegramAdapter) -> None:
    """A send whose answer was cut off is found by its id, not posted a second time, and made to say the right thing."""
    message = await telegram.say("hi")
    await telegram.say("elsewhere", chat=43)
    address = private(message_id=str(message["message_id"]))
    first = await adapter.send(address, Text("known"), "1")
    await adapter.send(private(43), Text("not ours"), "x")
    telegram.fail("sendMessage", when="lost")
    with pytest.raises(ChannelUnavailable):
        await adapter.send(address, Text("lost"), "2")
    await telegram.say("later", chat=43)
    later = TelegramAdapter(fast_settings(telegram.url))
    found = await later.find(address, Text("lost"), "2", [first])
    assert found is not None
    assert telegram.texts() == ["known", "lost"]
    await later.edit(address, found, Text("finished"))
    assert telegram.texts() == ["known", "finished"]
    assert telegram.texts(43) == ["not ours"]
    assert await later.find(address, Text("lost"), "2", [first, found]) is None
    await later.aclose()


@pytest.mark.parametrize(
    ("method", "part"),
    [
        ("sendMessage", Buttons("Which?", (Button("A", "a"),))),
        ("sendDocument", File("a.txt", b"a")),
        ("sendPhoto", Image("a.png", PNG)),
    ],
)
async def test_lost_files_and_buttons_are_found_whole(
    telegram: FakeTelegram, adapter: TelegramAdapter, method: str, part: Buttons | File | Image
) -> None:
    """Looking for a lost message takes neither its buttons nor its file away."""
    message = await telegram.say("hi")
    address = private(message_id=str(message["message_id"]))
    telegram.fail(method, when="lost")
    with pytest.raises(ChannelUnavailable):
        await adapter.send(address, part, "1")
    before = telegram.visible()
    assert len(before) == 1
    assert await adapter.find(address, part, "1", []) == Receipt(str(before[0]["message_id"]))
    after = telegram.visible()[0]
    assert {k: v for k, v in after.items() if k != "edit_date"} == before[0]


async def test_a_send_that_never_arrived_is_not_found(telegram: FakeTelegram, adapter: TelegramAdapter) -> None:
    """Nothing is taken for the lost message: not the person's own, not another topic's."""
    message = await telegram.say("hi")
    address = private(message_id=str(message["message_id"]))
    assert await adapter.find(address, Text("a"), "1", []) is None
    topic = await telegram.say("hi", chat=-100123, thread=7, forum=True)
    await adapter.send(group(thread="8", forum="yes"), Text("another topic"), "2")
    lost = group(message_id=str(topic["message_id"]), thread="7", forum="yes")
    assert await adapter.find(lost, Text("a"), "1", []) is None
    telegram.fail("editMessageReplyMarkup", code=500)
    with pytest.raises(ChannelUnavailable):
        await adapter.find(address, Text("a"), "1", [])


async def test_doctor_explains_the_privacy_mode(telegram: FakeTelegram, adapter: TelegramAdapter) -> None:
    """The check names the bot, says what it sees in groups and whether a webhook stands in the way."""
    checks = {check.name: check for check in await adapter.check()}
    assert checks["telegram: token"].detail == "@house_bot"
    assert "/setprivacy" in checks["telegram: groups"].mend
    assert checks["telegram: webhook"].ok
    telegram.me["can_read_all_group_messages"] = True
    telegram.webhook = "https://elsewhere.example"
    checks = {check.name: check for check in await adapter.check()}
    assert not checks["telegram: groups"].mend
    assert not checks["telegram: webhook"].ok


async def test_typing_is_shown_and_never_fails(telegram: FakeTelegram, adapter: TelegramAdapter) -> None:
    """The chat action is sent; that it could not be is no error of the answer."""
    await telegram.say("hi", sender=ANN)
    await adapter.working(private(), "thinking")
    assert telegram.called("sendchataction")[0].params["action"] == "typing"
    telegram.fail("sendChatAction", code=400, description=f"Bad Request: {NOT_MODIFIED}")
    await adapter.working(private(), "thinking")
