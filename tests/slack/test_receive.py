"""What comes in: acknowledged after the commit, once, in order, whatever Slack sends."""

from __future__ import annotations

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
