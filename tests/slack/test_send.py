"""What goes out: posted once, found again after a crash, laid out so that Slack takes it."""

from __future__ import annotations

from typing import Any

import pytest

from botframework import (
    Address,
    Button,
    Buttons,
    ChannelUnavailable,
    ContentRefused,
    Conversation,
    ConversationGone,
    File,
    Image,
    RateLimited,
    Receipt,
    Status,
    Text,
)
from botframework_slack import SlackAdapter
from botframework_slack.pace import Pace
from tests.slack.conftest import settings_for
from tests.slack.fake_server import FakeSlack

DIRECT = Address(Conversation("slack", "D0ANN"))


def thread_of(slack: FakeSlack) -> Address:
    """A thread in the channel."""
    root = slack.space.post(slack.space.channels["C0GEN"], {"user": "U0ANN", "text": "hi"})["ts"]
    return Address(Conversation("slack", "C0GEN", root, "group"), f"C0GEN:{root}")


async def test_text_is_a_markdown_block(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """Text goes out as a markdown block with mrkdwn for notifications, without link previews, with its key."""
    address = thread_of(slack)
    receipt = await adapter.send(address, Text("**bold** https://x.org"), "key-1")
    [message] = [m for m in slack.space.channels["C0GEN"].messages if m["user"] == "U0BOT"]
    assert message["blocks"] == [{"type": "markdown", "text": "**bold** https://x.org"}]
    assert message["text"].startswith("*bold*")
    assert message["thread_ts"] == address.conversation.thread
    assert (message["unfurl_links"], message["unfurl_media"]) == (False, False)
    assert message["metadata"]["event_payload"] == {"key": "key-1"}
    assert receipt == Receipt(f"C0GEN:{message['ts']}", {"key": "key-1"})


async def test_edit_and_delete(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """A posted text is replaced, keeps its key, and vanishes; deleting it again is no error."""
    receipt = await adapter.send(DIRECT, Text("one"), "k")
    assert await adapter.edit(DIRECT, receipt, Text("two")) == receipt
    assert await adapter.edit(DIRECT, receipt, Text("two")) == receipt
    assert [shown.text for shown in slack.shown("D0ANN")] == ["two"]
    assert await adapter.find(DIRECT, Text("two"), "k", []) == receipt
    await adapter.delete(DIRECT, receipt)
    await adapter.delete(DIRECT, receipt)
    assert slack.shown("D0ANN") == []


async def test_edit_of_a_deleted_answer(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """When somebody deleted the message that is being edited, the answer is posted anew."""
    receipt = await adapter.send(DIRECT, Text("one"), "k")
    await adapter.delete(DIRECT, receipt)
    again = await adapter.edit(DIRECT, receipt, Text("two"))
    assert again != receipt
    assert [shown.text for shown in slack.shown("D0ANN")] == ["two"]


@pytest.mark.parametrize(
    "failure",
    [
        {"reset": "after"},
        {"reset": "before"},
        {"status": 503},
        {"status": 200},
        {"status": 200, "content_type": "text/plain"},
        {"status": 200, "content_type": "application/json"},
    ],
)
async def test_broken_post_is_not_repeated(slack: FakeSlack, adapter: SlackAdapter, failure: dict[str, Any]) -> None:
    """When nobody knows whether Slack posted, it is not posted again; ``find`` tells."""
    slack.fail("chat.postMessage", **failure)
    with pytest.raises(ChannelUnavailable):
        await adapter.send(DIRECT, Text("once"), "k")
    assert slack.calls["chat.postMessage"] == 1
    found = await adapter.find(DIRECT, Text("once"), "k", [])
    posted = slack.shown("D0ANN")
    assert (found is not None) == bool(posted) == (failure == {"reset": "after"})
    if found is not None:
        assert found.message_id == f"D0ANN:{posted[0].ts}"


async def test_find_in_a_thread(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """An interrupted send is found in its thread, among more messages than one page holds."""
    address = thread_of(slack)
    for number in range(120):
        slack.space.post(
            slack.space.channels["C0GEN"],
            {"user": "U0BOB", "text": str(number), "thread_ts": address.conversation.thread},
        )
    receipt = await adapter.send(address, Text("the answer"), "k")
    assert await adapter.find(address, Text("the answer"), "k", []) == receipt
    assert await adapter.find(address, Text("the answer"), "other", []) is None


async def test_find_trusts_only_itself(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """A message of somebody else with the same key is not taken for the bot's."""
    metadata = {"event_type": "botframework_reply", "event_payload": {"key": "k"}}
    slack.space.post(slack.space.channels["D0ANN"], {"user": "U0ANN", "text": "x", "metadata": metadata})
    assert await adapter.find(DIRECT, Text("x"), "k", []) is None


async def test_rate_limit_is_raised_and_not_waited_for(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """A 429 on a post is raised with its pause; on a read it is waited for."""
    slack.fail("chat.postMessage", retry_after=7)
    with pytest.raises(RateLimited) as raised:
        await adapter.send(DIRECT, Text("x"), "k")
    assert raised.value.retry_after == 7
    slack.fail("conversations.history", retry_after=0)
    assert await adapter.find(DIRECT, Text("x"), "k", []) is None


@pytest.mark.parametrize(
    ("break_it", "code"),
    [("archived", "is_archived"), ("left", "not_in_channel"), ("deleted", "channel_not_found")],
)
async def test_gone_conversation(slack: FakeSlack, adapter: SlackAdapter, break_it: str, code: str) -> None:
    """A channel that is archived, left or deleted cannot be written to."""
    slack.space.channels["D0ANN"].archived = break_it == "archived"
    slack.space.channels["D0ANN"].bot_is_member = break_it != "left"
    if break_it == "deleted":
        del slack.space.channels["D0ANN"]
    with pytest.raises(ConversationGone, match=code):
        await adapter.send(DIRECT, Text("x"), "k")


async def test_refused_block_is_laid_out_as_sections(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """Where Slack refuses a markdown block, the text goes out as mrkdwn sections."""
    slack.fail("chat.postMessage", error="invalid_blocks")
    slack.fail("chat.update", error="invalid_blocks")
    receipt = await adapter.send(DIRECT, Text("**hello**"), "k")
    assert [shown.text for shown in slack.shown("D0ANN")] == ["*hello*"]
    await adapter.edit(DIRECT, receipt, Text("**bye**"))
    assert [shown.text for shown in slack.shown("D0ANN")] == ["*bye*"]
    assert slack.calls["chat.postMessage"] == 2


async def test_longest_piece_is_taken(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """Every piece that ``split`` makes is taken by Slack, posted and edited; a longer text is refused."""
    text = "你好 **x** & <y> `z`\n" * 2000
    pieces = adapter.split(text)
    assert "".join(pieces) == text
    for number, piece in enumerate(pieces):
        receipt = await adapter.send(DIRECT, Text(piece), str(number))
        await adapter.edit(DIRECT, receipt, Text(piece))
    assert "".join(shown.text for shown in slack.shown("D0ANN")) == text
    with pytest.raises(ContentRefused):
        await adapter.send(DIRECT, Text("x" * 14_000), "k")
    with pytest.raises(ContentRefused, match="no empty message"):
        await adapter.send(DIRECT, Text(" "), "k")


async def test_files(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """Files and pictures are uploaded into the thread, found again, replaced and deleted."""
    address = thread_of(slack)
    thread = address.conversation.thread
    receipt = await adapter.send(address, File("a.txt", b"abc", "text/plain", "see this"), "k1")
    picture = await adapter.send(address, Image("b.png", b"\x89PNG", alt="a cat"), "k2")
    assert [shown.files for shown in slack.shown("C0GEN", thread)] == [("a.txt",), ("b.png",)]
    assert slack.shown("C0GEN", thread)[0].text == "see this"
    assert slack.bodies["files.getUploadURLExternal"][1]["alt_txt"] == "a cat"
    assert await adapter.find(address, File("a.txt", b"abc"), "k1", [picture]) == receipt
    assert await adapter.find(address, File("a.txt", b"abc"), "k1", [receipt, picture]) is None
    replaced = await adapter.edit(address, receipt, File("a.txt", b"abcd"))
    assert replaced.message_id != receipt.message_id
    await adapter.delete(address, replaced)
    assert [shown.files for shown in slack.shown("C0GEN", thread)] == [("b.png",)]


async def test_failed_upload_may_be_tried_again(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """An upload that Slack fails to take is worth another try."""
    slack.fail("files.completeUploadExternal", status=503)
    with pytest.raises(ChannelUnavailable):
        await adapter.send(DIRECT, File("a.txt", b"abc"), "k")


async def test_buttons_and_their_value(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """Choices stand as buttons under their text, and go when they are replaced by text."""
    receipt = await adapter.send(DIRECT, Buttons("Which?", (Button("Yes", "y"), Button("No", "n"))), "k")
    [shown] = slack.shown("D0ANN")
    assert shown.text == "Which?"
    assert [(label, value) for _, label, value in shown.buttons] == [("Yes", "y"), ("No", "n")]
    await adapter.edit(DIRECT, receipt, Text("Yes it is"))
    assert slack.shown("D0ANN")[0].buttons == ()


async def test_status_only_where_slack_has_one(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """A status is shown in a direct thread; where it cannot be shown nothing happens and it is not asked again."""
    await adapter.working(DIRECT, "thinking")
    await adapter.working(thread_of(slack), "thinking")
    root = slack.space.post(slack.space.channels["D0ANN"], {"user": "U0ANN", "text": "hi"})["ts"]
    address = Address(Conversation("slack", "D0ANN", root))
    await adapter.working(address, "reading")
    assert slack.space.statuses == [("D0ANN", root, "reading")]
    await adapter.working(Address(Conversation("slack", "D0ANN", "1.1")), "reading")
    await adapter.working(Address(Conversation("slack", "D0ANN", "1.1")), "reading")
    assert slack.calls["assistant.threads.setStatus"] == 2
    await adapter.send(DIRECT, Status("reading"), "k")
    assert slack.shown("D0ANN")[0].text == "_reading_"


async def test_check_is_content(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """With right tokens and scopes every check passes."""
    checks = await adapter.check()
    assert [check.name for check in checks] == ["slack: bot token", "slack: scopes", "slack: socket"]
    assert all(check.ok for check in checks)


async def test_check_says_how_to_mend(slack: FakeSlack) -> None:
    """Wrong tokens and missing scopes are named with what to do."""
    slack.space.scopes = "chat:write"
    adapter = SlackAdapter(settings_for(slack, app_token="xapp-wrong"))
    token, scopes, socket = await adapter.check()
    await adapter.aclose()
    assert (token.ok, scopes.ok, socket.ok) == (True, False, False)
    assert "im:history" in scopes.detail
    assert "install the app again" in scopes.mend
    assert "connections:write" in socket.mend
    adapter = SlackAdapter(settings_for(slack, bot_token="xoxb-wrong"))
    token, _ = await adapter.check()
    await adapter.aclose()
    assert not token.ok
    assert "xoxb" in token.mend


def test_pace() -> None:
    """A channel's posts go out at most once a second after a burst, whatever the other channels do."""
    now = [100.0]
    pace = Pace(1.0, 3, clock=lambda: now[0])
    assert [pace.reserve("C1") for _ in range(5)] == [0, 0, 0, 1, 2]
    assert pace.reserve("C2") == 0
    now[0] += 10
    assert [pace.reserve("C1") for _ in range(4)] == [0, 0, 0, 1]


async def test_command_where_the_bot_is_no_member(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """The answer to a command in a channel without the bot goes to the person directly, and is found there."""
    slack.space.channels["C0GEN"].bot_is_member = False
    place = Conversation("slack", "C0GEN", None, "group")
    asked = Address(place, "", "slack:U0ANN", {"command": "/translate"})
    receipt = await adapter.send(asked, Text("bonjour"), "k")
    assert [shown.text for shown in slack.shown("D0ANN")] == ["bonjour"]
    assert await adapter.find(asked, Text("bonjour"), "k", []) == receipt
    await adapter.edit(asked, receipt, Text("bonsoir"))
    assert [shown.text for shown in slack.shown("D0ANN")] == ["bonsoir"]
    with pytest.raises(ConversationGone):
        await adapter.send(Address(place, "", "slack:U0ANN"), Text("bonjour"), "k")
    with pytest.raises(ConversationGone):
        await adapter.send(Address(place, "", "slack:U0NOBODY", {"command": "/x"}), Text("bonjour"), "k")
