"""What Telegram's JSON means: every update is an event or is skipped with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update, User

from botframework import Conversation, Event, Person, Quote
from botframework.types import from_json, to_json
from botframework_telegram.parse import Skipped, parse
from tests.telegram.fake_chats import ANN, BOB, BOT, found_entities

ME = User.de_json(BOT, None)
assert ME is not None
PRIVATE = {"id": 42, "type": "private", "first_name": "Ann"}
GROUP = {"id": -100123, "type": "supergroup", "title": "Team"}
FORUM = {**GROUP, "is_forum": True}


def read(**content: Any) -> Event | Skipped:
    update = Update.de_json({"update_id": 5, **content}, None)
    return parse(update, ME, lambda data, label: data, lambda chat, message_id: {77: 7}.get(message_id))


def message(text: str | None = None, chat: dict[str, Any] = PRIVATE, **more: Any) -> Event | Skipped:
    entities = {"entities": found_entities(text)} if text else {}
    body = {"message_id": 9, "date": 1_700_000_000, "chat": chat, "from": ANN, **entities, **more}
    return read(message={**body, "text": text} if text is not None else body)


def event(*args: Any, **more: Any) -> Event:
    found = message(*args, **more)
    assert isinstance(found, Event), found
    return found


def test_a_private_message() -> None:
    """A private message is for the bot and carries who, where, when and in which language."""
    found = event("hello")
    assert found.key == "5"
    assert found.text == "hello"
    assert found.conversation == Conversation("telegram", "42")
    assert found.sender == Person("telegram:42", "Ann", "en")
    assert (found.message_id, found.kind, found.addressed) == ("9", "message", True)
    assert found.at.timestamp() == 1_700_000_000
    assert from_json(to_json(found)) == found


@pytest.mark.parametrize(
    ("text", "shown", "addressed"),
    [
        ("hello all", "hello all", False),
        ("@house_bot hello", "hello", True),
        ("@House_Bot, hello", "hello", True),
        ("😀 hi @house_bot what is up", "😀 hi what is up", True),
        ("tell me @house_bot!", "tell me!", True),
        ("@house_bot", "", True),
        ("ask @another_bot", "ask @another_bot", False),
        ("/translate fr Good morning", "/translate fr Good morning", True),
        ("/translate@house_bot fr @house_bot hi", "/translate fr hi", True),
        ("say /help", "say /help", False),
    ],
)
def test_who_is_spoken_to_in_a_group(text: str, shown: str, addressed: bool) -> None:
    """In a group the bot answers its name and its commands; its name is taken out of the text."""
    found = event(text, GROUP)
    assert (found.text, found.addressed) == (shown, addressed)
    assert found.conversation.kind == "group"


def test_a_command_for_another_bot_is_skipped() -> None:
    """``/help@another_bot`` is none of the bot's business."""
    assert isinstance(message("/help@another_bot", GROUP), Skipped)


def test_a_mention_by_name_without_username() -> None:
    """A text mention, which carries the user, addresses the bot too."""
    entities = [{"type": "text_mention", "offset": 3, "length": 3, "user": BOT}]
    found = event("😀 Bot hello", GROUP, entities=entities)
    assert (found.text, found.addressed) == ("😀 hello", True)


def test_a_reply_to_the_bot_is_for_the_bot() -> None:
    """A reply quotes what it answers; only a reply to the bot's own message addresses it."""
    mine = {"message_id": 3, "date": 1, "chat": GROUP, "from": BOT, "text": "my words"}
    found = event("why?", GROUP, reply_to_message=mine)
    assert found.addressed
    assert found.reply_to == Quote("3", "my words", from_bot=True)
    found = event("why?", GROUP, reply_to_message={**mine, "from": BOB})
    assert not found.addressed
    found = event("why?", GROUP, reply_to_message=mine, quote={"text": "words", "position": 3})
    assert found.reply_to == Quote("3", "words", from_bot=True)


def test_topics_are_conversations() -> None:
    """A topic is a conversation of its own, and its first message is not what everybody replies to."""
    start = {
        "message_id": 7,
        "date": 1,
        "chat": FORUM,
        "from": BOT,
        "forum_topic_created": {"name": "t", "icon_color": 1},
    }
    found = event("hi", FORUM, message_thread_id=7, is_topic_message=True, reply_to_message=start)
    assert found.conversation == Conversation("telegram", "-100123", "7", "group")
    assert found.reply_to is None
    assert not found.addressed
    assert found.address.extra == {"forum": "yes"}
    assert event("hi", GROUP, message_thread_id=7).conversation.thread is None


def test_an_edited_message() -> None:
    """An edit carries the id of the message that was edited and when that was."""
    body = {"message_id": 9, "date": 5, "edit_date": 60, "chat": PRIVATE, "from": ANN, "text": "better"}
    found = read(edited_message=body)
    assert isinstance(found, Event)
    assert (found.kind, found.message_id, found.text, found.at.timestamp()) == ("edited", "9", "better", 60)


def test_a_reaction() -> None:
    """A reaction's text is the emoji that was added, empty when one was taken back."""
    body = {"chat": GROUP, "message_id": 9, "user": ANN, "date": 5, "old_reaction": [], "new_reaction": []}
    up, down = {"type": "emoji", "emoji": "👍"}, {"type": "emoji", "emoji": "👎"}
    found = read(message_reaction={**body, "old_reaction": [up], "new_reaction": [up, down]})
    assert isinstance(found, Event)
    assert (found.kind, found.text, found.message_id) == ("reaction", "👎", "9")
    assert found.conversation.thread is None
    found = read(message_reaction={**body, "message_id": 77, "new_reaction": [up]})
    assert isinstance(found, Event)
    assert found.conversation.thread == "7"
    found = read(message_reaction={**body, "old_reaction": [up]})
    assert isinstance(found, Event)
    assert found.text == ""
    assert isinstance(read(message_reaction={**body, "user": None, "actor_chat": GROUP}), Skipped)


FILE = {"file_id": "f", "file_unique_id": "u"}


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        ({"photo": [{**FILE, "width": 1, "height": 1}, {**FILE, "width": 9, "height": 9}]}, "photo.jpg", "image/jpeg"),
        ({"document": {**FILE, "file_name": "a.pdf", "mime_type": "application/pdf"}}, "a.pdf", "application/pdf"),
        ({"document": FILE}, "document", "application/octet-stream"),
        ({"voice": {**FILE, "duration": 1}}, "voice.ogg", "audio/ogg"),
        ({"audio": {**FILE, "duration": 1, "file_name": "s.mp3"}}, "s.mp3", "audio/mpeg"),
        ({"video": {**FILE, "duration": 1, "width": 1, "height": 1}}, "video.mp4", "video/mp4"),
        ({"video_note": {**FILE, "duration": 1, "length": 1}}, "video.mp4", "video/mp4"),
        (
            {"animation": {**FILE, "duration": 1, "width": 1, "height": 1, "file_name": "g.mp4"}, "document": FILE},
            "g.mp4",
            "video/mp4",
        ),
    ],
)
def test_attachments(content: dict[str, Any], name: str, media_type: str) -> None:
    """Every kind of file is one attachment with a name and a type; a caption is the text."""
    found = event(None, caption="look @house_bot", **content)
    (attachment,) = found.attachments
    assert (attachment.id, attachment.name, attachment.media_type) == ("f", name, media_type)
    assert found.text == "look @house_bot"


@pytest.mark.parametrize(
    "content",
    [
        {"message": {"message_id": 1, "date": 0, "chat": GROUP, "new_chat_members": [ANN]}},
        {"message": {"message_id": 1, "date": 0, "chat": GROUP, "from": {**BOB, "is_bot": True}, "text": "x"}},
        {"message": {"message_id": 1, "date": 0, "chat": GROUP, "from": ANN, "migrate_to_chat_id": -1}},
        {
            "message": {
                "message_id": 1,
                "date": 0,
                "chat": GROUP,
                "from": BOB,
                "is_automatic_forward": True,
                "text": "x",
            }
        },
        {
            "message": {
                "message_id": 1,
                "date": 0,
                "chat": PRIVATE,
                "from": ANN,
                "location": {"longitude": 1, "latitude": 1},
            }
        },
        {"channel_post": {"message_id": 1, "date": 0, "chat": {**GROUP, "type": "channel"}, "text": "x"}},
        {"callback_query": {"id": "1", "from": ANN, "chat_instance": "1", "data": "x"}},
        {"callback_query": {"id": "1", "from": ANN, "chat_instance": "1", "game_short_name": "x"}},
        {"poll_answer": {"poll_id": "1", "user": ANN, "option_ids": [0], "option_persistent_ids": ["0"]}},
        {"kind_of_tomorrow": {"x": 1}},
        {},
    ],
)
def test_what_brings_no_event_is_skipped(content: dict[str, Any]) -> None:
    """Service messages, other bots, channel posts and unknown kinds are skipped with a reason."""
    found = read(**content)
    assert isinstance(found, Skipped)
    assert found.reason


def test_an_anonymous_admin_is_a_person() -> None:
    """Who writes in a group's or a channel's name is known by that chat."""
    found = event("hi", GROUP, **{"from": {**BOT, "id": 1087968824}, "sender_chat": GROUP})
    assert found.sender == Person("telegram:-100123", "Team")


def test_a_press_on_an_inaccessible_message() -> None:
    """A button of a message that is too old to be shown still means its value."""
    old = {"chat": GROUP, "message_id": 9, "date": 0}
    found = read(callback_query={"id": "1", "from": ANN, "chat_instance": "1", "data": "x", "message": old})
    assert isinstance(found, Event)
    assert (found.kind, found.text, found.conversation.chat) == ("button", "x", "-100123")


@given(st.text(st.characters(), max_size=40), st.integers(-3, 50), st.integers(-3, 50))
def test_any_text_and_any_offsets_give_a_storable_event(text: str, offset: int, length: int) -> None:
    """Broken surrogates, NULs and entities beyond the text never break parsing, and the event can be stored."""
    entity = {"type": "mention", "offset": offset, "length": length}
    found = message("x" + text, GROUP, entities=[entity, {**entity, "type": "bot_command", "offset": 0}])
    if isinstance(found, Event):
        to_json(found).encode("utf-8")
        assert "\0" not in found.text
