"""What comes in: acknowledged after the commit, once, in order, whatever Slack sends."""

from __future__ import annotations

from typing import Any

import pytest

from botframework import (
    Address,
    Attachment,
    Button,
    Buttons,
    ChannelError,
    ContentRefused,
    Conversation,
    Text,
)
from botframework_slack import SlackAdapter
from tests.slack.conftest import Inbox, running, settings_for
from tests.slack.fake_server import FakeSlack

MENTION = "<@U0BOT>"


async def test_direct_message_is_brought(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """A direct message becomes an event with its sender's name and language, at the top level."""
    ts = slack.say("D0ANN", "hello &amp; good day")
    [event] = await inbox.first()
    assert event.text == "hello & good day"
    assert (event.sender.id, event.sender.name, event.sender.language) == ("slack:U0ANN", "Ann", "en")
    assert event.conversation.key == "slack/D0ANN"
    assert event.conversation.kind == "private"
    assert event.addressed
    assert event.message_id == f"D0ANN:{ts}"
    await slack.socket.acknowledged()
    assert slack.socket.violations == []


async def test_ack_waits_for_the_commit(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """Slack hears of the receipt only after the event was committed."""
    slack.socket.ack_timeout = 60
    inbox.open.clear()
    slack.say("D0ANN", "hello")
    await inbox.asked.wait()
    await slack.socket.round_trip()
    assert len(slack.socket.unacknowledged) == 1
    inbox.open.set()
    await slack.socket.acknowledged()
    assert len(inbox.events) == 1


async def test_failed_commit_is_not_acknowledged(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """An event that could not be committed comes again, and is taken then."""
    inbox.failures = 2
    slack.say("D0ANN", "hello")
    [event] = await inbox.first()
    assert event.text == "hello"
    await slack.socket.acknowledged()
    assert max(envelope.attempt for envelope in slack.socket.envelopes.values()) == 2


async def test_broken_authorisation_acknowledges_nothing(slack: FakeSlack, inbox: Inbox) -> None:
    """While Slack's auth.test fails nothing is acknowledged that was not committed."""
    from botframework_slack import SlackAdapter

    slack.fail("auth.test", times=2, error="internal_error")
    adapter = SlackAdapter(settings_for(slack))
    slack.say("D0ANN", "hello")
    async with running(adapter, inbox):
        [event] = await inbox.first()
        await slack.socket.acknowledged()
    assert event.text == "hello"


async def test_mention_comes_once(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """A mention arrives as app_mention and as message; both have one key, and open a thread at the message."""
    ts = slack.say("C0GEN", f"{MENTION} hello")
    await slack.socket.acknowledged()
    [event] = inbox.events
    assert inbox.seen == [event.key, event.key]
    assert event.text == "hello"
    assert event.addressed
    assert event.conversation.key == f"slack/C0GEN/{ts}"
    assert event.conversation.kind == "group"


async def test_duplicates_over_two_sockets(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """Two sockets that each get a copy make one event, both copies acknowledged."""
    slack.socket.duplicate = True
    second = SlackAdapter(settings_for(slack))
    async with running(second, inbox):
        await slack.socket.connected(2)
        slack.say("D0ANN", "hello")
        await slack.socket.acknowledged()
        await inbox.first()
        await inbox.asked_times(2)
    assert len(inbox.events) == 1


async def test_order_within_a_channel(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """Events are committed in the order in which they came, although the first one's name takes long to find."""
    slack.fail("users.info", times=3, reset="before")
    for number in range(20):
        slack.say("D0ANN", str(number), user="U0ANN" if number else "U0BOB")
    events = await inbox.first(20)
    assert [event.text for event in events] == [str(number) for number in range(20)]


async def test_thread_with_the_bot(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """In a thread that the bot was drawn into everything is meant for it; in another one nothing is."""
    root = slack.say("C0GEN", f"{MENTION} hello")
    other = slack.say("C0GEN", "lunch?")
    slack.say("C0GEN", "and then?", thread=root, user="U0BOB")
    slack.say("C0GEN", "yes", thread=other, user="U0BOB")
    events = {event.text: event for event in await inbox.first(4)}
    assert events["and then?"].addressed
    assert events["and then?"].conversation == events["hello"].conversation
    assert not events["lunch?"].addressed
    assert not events["yes"].addressed


async def test_thread_known_from_before(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """After a restart the thread itself tells that the bot takes part; asked once, and not lost while Slack is away."""
    channel = slack.space.channels["C0GEN"]
    root = slack.space.post(channel, {"user": "U0ANN", "text": f"{MENTION} hi"})["ts"]
    slack.fail("conversations.replies", status=503)
    slack.say("C0GEN", "more", thread=root)
    slack.say("C0GEN", "and more", thread=root)
    events = await inbox.first(2)
    assert {event.text for event in events} == {"more", "and more"}
    assert all(event.addressed for event in events)
    await slack.socket.acknowledged()
    assert slack.calls["conversations.replies"] == 2


async def test_thread_that_may_not_be_read(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """Without the scope to read a thread only mentions are answered in it."""
    slack.space.scopes = "chat:write,users:read"
    root = slack.space.post(slack.space.channels["C0GEN"], {"user": "U0ANN", "text": f"{MENTION} hi"})["ts"]
    slack.say("C0GEN", "more", thread=root)
    [event] = await inbox.first()
    assert not event.addressed


async def test_command_button_reaction_edit(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """Slash commands, buttons, reactions to an answer and edits are events of the conversation they belong to."""
    ts = slack.say("C0GEN", f"{MENTION} hello")
    [asked] = await inbox.first()
    part = Buttons("Which?", (Button("French", "/translate fr"), Button("German", "/translate de")))
    receipt = await adapter.send(asked.address, part, "k")
    [shown] = slack.shown("C0GEN", ts)
    slack.press("C0GEN", shown, "German")
    slack.react("C0GEN", shown.ts, "+1::skin-tone-3")
    slack.edit("C0GEN", ts, f"{MENTION} good evening")
    slack.command("C0GEN", "/translate", "fr hello")
    await slack.socket.acknowledged()
    by_kind = {event.kind: event for event in inbox.events[1:4]}
    assert by_kind["button"].text == "/translate de"
    assert by_kind["reaction"].text == "+1"
    assert by_kind["edited"].text == "good evening"
    assert {event.conversation for event in by_kind.values()} == {asked.conversation}
    assert by_kind["button"].message_id == by_kind["reaction"].message_id == receipt.message_id
    assert by_kind["edited"].message_id == asked.message_id
    command = inbox.events[4]
    assert (command.text, command.conversation.key) == ("/translate fr hello", "slack/C0GEN")
    assert slack.socket.violations == []


async def test_attachment_is_fetched(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """The bytes of a file that came with a message are fetched with the token; a refusal names the scope."""
    slack.say("D0ANN", "", files=(slack.file("note.txt", b"the note"),))
    [event] = await inbox.first()
    [attachment] = event.attachments
    assert await adapter.fetch(attachment) == b"the note"
    slack.space.scopes = "chat:write"
    with pytest.raises(ChannelError, match="files:read"):
        await adapter.fetch(attachment)


async def test_large_attachment_is_refused(slack: FakeSlack, inbox: Inbox) -> None:
    """A file larger than allowed is not downloaded."""
    file = slack.file("big.txt", b"x" * 1000)
    adapter = SlackAdapter(settings_for(slack, max_download=999))
    with pytest.raises(ContentRefused, match="1000 bytes"):
        await adapter.fetch(Attachment(file["id"], "big.txt"))
    await adapter.aclose()


async def test_token_is_shown_to_slack_only(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """A file that stands on a foreign host is not asked for with the token."""
    file = slack.file("a.txt", b"a")
    file["url_private_download"] = file["url_private"] = "https://slack.com.evil.example/a.txt"
    with pytest.raises(ChannelError, match="outside of Slack"):
        await adapter.fetch(Attachment(file["id"], "a.txt"))


async def test_odd_payloads_are_ignored(
    slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    """What no adapter can read is acknowledged with one line in the log, and the next message is taken."""
    caplog.set_level("INFO", logger="botframework_slack")
    odd: list[Any] = [{"type": "team_join", "user": {}}, {"type": "message", "user": {}, "channel": 7}, [], None, {}]
    for event in odd:
        slack.event(event)
    slack.socket.push("interactive", {"type": "view_submission", "view": {}, "user": {"id": "U0ANN"}})
    slack.socket.push("events_api", {"type": "event_callback", "team": [], "authorizations": 5, "event": {"user": 3}})
    await slack.socket.acknowledged()
    assert sum("ignored" in record.message for record in caplog.records) == 7
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    slack.say("D0ANN", "hello")
    assert [event.text for event in await inbox.first()] == ["hello"]


async def test_names_are_asked_once(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """A person's name is asked once; somebody whom Slack does not know goes by their id, and their words are taken."""
    for text in ("one", "two"):
        slack.say("D0ANN", text)
    slack.say("D0ANN", "three <@U0BOB> <@U0GONE>", user="U0GHOST")
    events = await inbox.first(3)
    assert events[2].text == "three @Bob @U0GONE"
    assert (events[2].sender.id, events[2].sender.name) == ("slack:U0GHOST", "")
    assert slack.calls["users.info"] == 4


async def test_reaction_in_a_direct_message(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """A heart under an answer at the top level belongs to the top level's conversation; others' messages are left."""
    receipt = await adapter.send(Address(Conversation("slack", "D0ANN")), Text("hi"), "k")
    slack.react("D0ANN", receipt.message_id.partition(":")[2], "heart")
    [event] = await inbox.first()
    assert (event.kind, event.text, event.conversation.key) == ("reaction", "❤️", "slack/D0ANN")
