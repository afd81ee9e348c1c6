"""The socket: it comes back after whatever happens to it, and says when it cannot."""

from __future__ import annotations

import asyncio
import time

import pytest

from botframework import ChannelError
from botframework_slack import SlackAdapter
from tests.slack.conftest import Inbox, running, settings_for
from tests.slack.fake_server import FakeSlack


async def test_disconnect_frame(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """When Slack asks for a new connection one is made, and nothing is lost in between."""
    await slack.socket.disconnect()
    slack.say("D0ANN", "in between")
    await slack.socket.connected(ever=2)
    slack.say("D0ANN", "after")
    assert [event.text for event in await inbox.first(2)] == ["in between", "after"]
    await slack.socket.acknowledged()


async def test_broken_connection(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """A connection that breaks without a word is made again."""
    await slack.socket.cut()
    slack.say("D0ANN", "hello")
    await slack.socket.connected(ever=2)
    await inbox.first()
    await slack.socket.acknowledged()


async def test_dead_connection_is_noticed(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """A connection on which nothing comes any more, though it stands, is given up for a new one."""
    slack.socket.muted = True
    before = slack.socket.connections
    async with asyncio.timeout(15):
        await slack.socket.connected(ever=before + 1, timeout=15)
    slack.socket.muted = False
    slack.say("D0ANN", "hello")
    await inbox.first()


async def test_used_up_address(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """While Slack turns sockets away the adapter keeps trying, with a fresh address in the end."""
    slack.socket.refuse = True
    await slack.socket.cut()
    asked = slack.calls["apps.connections.open"]
    await slack.until(lambda: slack.calls["apps.connections.open"] > asked + 1, timeout=20)
    slack.socket.refuse = False
    slack.say("D0ANN", "hello")
    async with asyncio.timeout(20):
        await slack.socket.connected(ever=2, timeout=20)
    await inbox.first()


async def test_last_contact(slack: FakeSlack, adapter: SlackAdapter) -> None:
    """The last contact moves on with every ping, although nobody says anything."""
    began = time.time()
    async with asyncio.timeout(5):
        while (adapter.last_contact or 0) <= began:
            await slack.socket.round_trip()
    assert adapter.last_contact is not None


async def test_slack_away_at_start(slack: FakeSlack, inbox: Inbox) -> None:
    """The adapter starts as soon as Slack is there."""
    slack.fail("auth.test", times=4, status=503)
    slack.fail("apps.connections.open", times=1, status=503)
    adapter = SlackAdapter(settings_for(slack))
    async with running(adapter, inbox):
        await slack.socket.connected(timeout=20)


async def test_wrong_token_ends_with_a_clear_error(slack: FakeSlack, inbox: Inbox) -> None:
    """A token that Slack refuses ends the run with what to do about it."""
    adapter = SlackAdapter(settings_for(slack, bot_token="xoxb-wrong"))
    with pytest.raises(ChannelError, match=r"invalid_auth.*copy it again"):
        await adapter.run(inbox.accept)
    await adapter.aclose()
    adapter = SlackAdapter(settings_for(slack, app_token="xapp-wrong"))
    with pytest.raises(ChannelError, match=r"apps.connections.open.*invalid_auth"):
        await adapter.run(inbox.accept)
    await adapter.aclose()


async def test_cancelled_while_committing(slack: FakeSlack, inbox: Inbox) -> None:
    """Ending the run lets what is being committed be committed and acknowledged first."""
    slack.socket.ack_timeout = 60
    inbox.open.clear()
    adapter = SlackAdapter(settings_for(slack))
    async with running(adapter, inbox) as task:
        await slack.socket.connected()
        slack.say("D0ANN", "hello")
        await inbox.asked.wait()
        task.cancel()
        inbox.open.set()
        await asyncio.gather(task, return_exceptions=True)
    assert len(inbox.events) == 1
    await slack.socket.acknowledged()


async def test_acknowledgement_that_cannot_be_sent(slack: FakeSlack, adapter: SlackAdapter, inbox: Inbox) -> None:
    """When the socket breaks during the commit the event comes again, is known, and is acknowledged then."""
    slack.socket.ack_timeout = 60
    inbox.open.clear()
    slack.say("D0ANN", "hello")
    await inbox.asked.wait()
    await slack.socket.cut()
    inbox.open.set()
    await slack.socket.connected(ever=2)
    await slack.socket.acknowledged()
    assert len(inbox.events) == 1


async def test_too_many_sockets(slack: FakeSlack, inbox: Inbox) -> None:
    """Turned away because there are ten sockets already, the adapter tries until one is free."""
    slack.socket.limit = 0
    adapter = SlackAdapter(settings_for(slack))
    async with running(adapter, inbox):
        await slack.until(lambda: slack.calls["apps.connections.open"] > 2, timeout=20)
        slack.socket.limit = 10
        await slack.socket.connected(timeout=20)
        slack.say("D0ANN", "hello")
        await inbox.first()
