"""Reading payloads: what is an event, for whom, and that no JSON makes it fail."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botframework_slack.mrkdwn import mentioned_ids, to_plain
from botframework_slack.parse import Identity, Ignored, Incoming, read, to_event

ME = Identity("T0FAKE", "U0BOT", "B0BOT")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("user", "channel", "ts", "thread_ts", "text", "subtype", "bot_id", "edited", "message", "files", "item")


def message(**fields: Any) -> dict[str, Any]:
    """The payload of a message in a channel."""
    event = {"type": "message", "user": "U0ANN", "channel": "C0GEN", "ts": "17.000001", "text": "hi", **fields}
    return {"type": "event_callback", "team_id": "T0FAKE", "event_id": "Ev1", "event": event}


def taken(payload: object) -> Incoming:
    """What was read of a payload that brings an event."""
    incoming = read(payload, ME, {})
    assert isinstance(incoming, Incoming)
    return incoming


@pytest.mark.parametrize(
    "fields",
    [
        {"user": "U0BOT"},
        {"bot_id": "B9OTHER"},
        {"subtype": "bot_message", "bot_id": "B9OTHER"},
        {"subtype": "channel_join"},
        {"subtype": "message_deleted"},
        {"user": "USLACKBOT"},
        {"user": None},
        {"type": "reaction_added", "item": {"type": "message", "channel": "C0GEN", "ts": "1.1"}, "item_user": "U0ANN"},
        {"type": "assistant_thread_started"},
    ],
)
def test_what_is_not_for_us_is_ignored(fields: dict[str, Any]) -> None:
    """The bot's own words, other bots', joins and deletions bring no event."""
    assert isinstance(read(message(**fields), ME, {}), Ignored)


def test_group_talk_is_not_addressed() -> None:
    """Talk in a channel without a mention is kept at the channel's top level and not answered."""
    incoming = taken(message())
    assert not incoming.addressed
    event = to_event(incoming, ME, {}, addressed=False)
    assert event.conversation.key == "slack/C0GEN"
    assert not event.addressed


def test_mention_and_message_have_one_key() -> None:
    """The two events of one mention cannot be told apart by their key."""
    spoken = taken(message(text="<@U0BOT> hi"))
    mention = taken(message(text="<@U0BOT> hi", type="app_mention"))
    assert spoken.key == mention.key == "T0FAKE:C0GEN:17.000001"
    assert spoken.mentioned
    assert mention.mentioned


def test_reply_in_thread_stays_in_thread() -> None:
    """A mention within a thread is answered in that thread."""
    event = to_event(taken(message(text="<@U0BOT> hi", thread_ts="16.000001")), ME, {}, addressed=True)
    assert event.conversation.thread == "16.000001"


def test_direct_message_in_assistant_thread() -> None:
    """A direct message in a thread is answered in that thread, another one at the top level."""
    threaded = message(channel="D0ANN", channel_type="im", thread_ts="16.000001")
    assert to_event(taken(threaded), ME, {}, addressed=True).conversation.key == "slack/D0ANN/16.000001"
    plain = message(channel="D0ANN", channel_type="im")
    assert to_event(taken(plain), ME, {}, addressed=True).conversation.key == "slack/D0ANN"


def test_edited_message() -> None:
    """An edit is an event about the edited message, with a key of its own; Slack's own changes are none."""
    after = {"type": "message", "user": "U0ANN", "ts": "17.000001", "text": "new", "edited": {"ts": "18.000001"}}
    before = {"type": "message", "user": "U0ANN", "ts": "17.000001", "text": "old"}
    payload = message(subtype="message_changed", hidden=True, message=after, previous_message=before, ts="18.000002")
    incoming = taken(payload)
    assert (incoming.kind, incoming.ts, incoming.text) == ("edited", "17.000001", "new")
    assert incoming.key == "T0FAKE:C0GEN:17.000001:18.000001"
    unfurled = message(subtype="message_changed", message=before, previous_message=before)
    assert isinstance(read(unfurled, ME, {}), Ignored)


def test_edited_root_stays_where_it_was() -> None:
    """The first message of a thread belongs to the same conversation before and after somebody replied to it."""
    root = message(channel="D0ANN", channel_type="im", thread_ts="17.000001")
    assert to_event(taken(root), ME, {}, addressed=True).conversation.key == "slack/D0ANN"


def test_slash_command_and_its_alias() -> None:
    """A slash command is text with its name in front, unless the settings say what it stands for."""
    payload = {"command": "/ask", "text": "why?", "user_id": "U0ANN", "channel_id": "C0GEN", "trigger_id": "1.2"}
    assert taken(payload).text == "/ask why?"
    alias = read(payload, ME, {"/ask": ""})
    assert isinstance(alias, Incoming)
    assert alias.text == "why?"
    assert alias.addressed


def test_file_is_an_attachment() -> None:
    """Files become attachments; those that Slack withholds are left out."""
    files = [
        {"id": "F1", "name": "a.txt", "mimetype": "text/plain", "size": 3},
        {"id": "F2", "mode": "tombstone"},
        "nonsense",
    ]
    [attachment] = taken(message(subtype="file_share", files=files)).attachments
    assert (attachment.id, attachment.name, attachment.media_type, attachment.size) == ("F1", "a.txt", "text/plain", 3)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_message_is_read_or_ignored(fields: dict[str, Any]) -> None:
    """Whatever stands in a message's fields, it is read or ignored."""
    incoming = read(message(**fields), ME, {})
    if isinstance(incoming, Incoming):
        to_event(incoming, ME, {}, addressed=incoming.addressed)


@given(JSON | st.fixed_dictionaries({"type": st.sampled_from(["event_callback", "block_actions", ""]), "event": JSON}))
def test_any_payload_is_read_or_ignored(payload: object) -> None:
    """Whatever JSON an envelope carries, it is read or ignored."""
    assert isinstance(read(payload, ME, {}), Incoming | Ignored)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("<@U0BOT> hello", "hello"),
        ("<@U0BOT>, hello", "hello"),
        ("hey <@U0BOT> hello", "hey hello"),
        ("ask <@U0ANN>", "ask @Ann"),
        ("ask <@U0NEW|bob>", "ask @bob"),
        ("in <#C0GEN|general> and <#C1>", "in #general and #C1"),
        ("<!here> <!subteam^S1|@team> <!date^1^{date}|today>", "@here @team today"),
        ("see <https://x.org/a>", "see https://x.org/a"),
        ("see <http://x.org|x.org>", "see x.org"),
        ("see <https://x.org|the page>", "see the page (https://x.org)"),
        ("mail <mailto:a@x.org|a@x.org>", "mail a@x.org"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&amp;lt;", "&lt;"),
        ("/translate fr <@U0ANN>", "/translate fr @Ann"),
    ],
)
def test_escapes_become_plain_text(sent: str, shown: str) -> None:
    """Slack's escapes are read as a person sees them; the mention of the bot vanishes."""
    assert to_plain(sent, "U0BOT", {"U0ANN": "Ann"}) == shown


def test_mentioned_ids() -> None:
    """Each mentioned person is named once."""
    assert mentioned_ids("<@U1> <@U2|x> <@U1> <#C1>") == ["U1", "U2"]
