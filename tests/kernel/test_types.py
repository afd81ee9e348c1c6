"""The values that cross a boundary survive it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botframework.types import (
    Address,
    Attachment,
    Button,
    Buttons,
    Conversation,
    Event,
    File,
    Image,
    Message,
    Person,
    Quote,
    Receipt,
    Status,
    Text,
    from_json,
    to_json,
)

text = st.text(max_size=20)
optional = st.none() | text
extra = st.dictionaries(text, text, max_size=3)
zones = st.sampled_from([UTC, timezone(timedelta(hours=8))])
moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=zones)
conversations = st.builds(Conversation, text, text, optional, st.sampled_from(["private", "group"]))
people = st.builds(Person, text, text, optional)
attachments = st.builds(Attachment, text, text, text, st.none() | st.integers(0, 10**12))
quotes = st.builds(Quote, text, text, st.booleans())
events = st.builds(
    Event,
    channel=text,
    key=text,
    conversation=conversations,
    sender=people,
    text=text,
    kind=st.sampled_from(["message", "edited", "button", "reaction"]),
    message_id=text,
    reply_to=st.none() | quotes,
    attachments=st.lists(attachments, max_size=3).map(tuple),
    addressed=st.booleans(),
    at=moments,
    extra=extra,
)
buttons = st.builds(Buttons, text, st.lists(st.builds(Button, text, text), max_size=3).map(tuple))
values: st.SearchStrategy[Any] = st.one_of(
    events,
    conversations,
    people,
    attachments,
    quotes,
    buttons,
    st.builds(Address, conversations, text, text, extra),
    st.builds(Text, text),
    st.builds(File, text, st.binary(max_size=50), text, text),
    st.builds(Image, text, st.binary(max_size=50), text, text),
    st.builds(Status, text),
    st.builds(Receipt, text, extra),
    st.builds(Message, st.sampled_from(["user", "assistant", "system"]), text, text, moments),
)


@given(values)
@settings(max_examples=150, deadline=None)
def test_json_gives_the_value_back(value: Any) -> None:
    """Every value is equal to what is read from what was written of it."""
    assert from_json(to_json(value)) == value


@pytest.mark.parametrize("written", ['{"v":99,"type":"Text","markdown":"x"}', '{"v":1,"type":"Nonsense"}', "{}"])
def test_what_this_program_cannot_read_is_refused(written: str) -> None:
    """A newer format and an unknown type are errors that say so."""
    with pytest.raises(ValueError, match="cannot read a value of type"):
        from_json(written)


def test_a_field_that_is_not_known_is_passed_over() -> None:
    """What a later version of the same format adds does not break this one."""
    assert from_json('{"v":1,"type":"Text","markdown":"x","colour":"red"}') == Text("x")


def test_a_conversation_key_tells_threads_apart() -> None:
    """A thread is a conversation of its own."""
    assert Conversation("slack", "C1", "17.3").key == "slack/C1/17.3"
    assert Conversation("slack", "C1").key == "slack/C1"


def test_an_events_address_says_where_the_answer_goes() -> None:
    """Conversation, message, person and the adapter's own data."""
    event = Event("c", "k", Conversation("c", "1"), Person("c:9"), message_id="m", extra={"team": "T"})
    assert event.address == Address(event.conversation, "m", "c:9", {"team": "T"})


def test_values_cannot_be_changed() -> None:
    """What was handed over stays as it was."""
    with pytest.raises(AttributeError):
        Text("x").markdown = "y"  # type: ignore[misc]  # that it is refused is the point
