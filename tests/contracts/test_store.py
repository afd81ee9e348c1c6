"""What every store must do, whatever it stands on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from botframework import Person
from botframework.store import Decision, Expectation, Store, TurnRecord
from botframework.store.sql import SQLStore

ANN = Person("test:ann", "Ann", "en")
BOB = Person("test:bob", "Bob")

Opener = Callable[[Path], Awaitable[Store]]


async def open_sqlite(folder: Path) -> Store:
    return await SQLStore.open(f"sqlite:///{folder}/bot.db")


async def open_sqlite_asynchronously(folder: Path) -> Store:
    return await SQLStore.open(f"sqlite+aiosqlite:///{folder}/bot.db")


@pytest.fixture(params=[open_sqlite, open_sqlite_asynchronously])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opener: Opener = request.param
    store = await opener(tmp_path)
    yield store
    await store.aclose()


def turn(number: int, conversation: str = "test/a", person: Person = ANN, **more: object) -> TurnRecord:
    record = TurnRecord(
        id=f"test:{conversation}:{number}",
        conversation=conversation,
        person=person,
        user_text=f"question {number}",
        reply_text=f"answer {number}",
        decision=Decision("chat", "semantic", 0.7, "because", (("chat", 0.7), ("translation", 0.2))),
        at=datetime(2026, 1, 2, 3, 4, number, tzinfo=UTC),
    )
    return replace(record, **more)  # type: ignore[arg-type]  # the fields are the caller's, checked when compared


async def test_a_turn_comes_back_as_it_was_saved(store: Store) -> None:
    """Every field survives, text in any script included."""
    full = turn(
        1,
        user_text="你好 \u0001 😀\n```py\n'; DROP TABLE turns; --\n```",
        language="zh",
        model="mini",
        input_tokens=12,
        output_tokens=34,
        memories=("likes tea", "喜欢茶"),
        waited=0.5,
        first_text=0.25,
        took=1.5,
        outcome="stopped",
        reference="ref-1",
        message_id="77",
        at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    )
    await store.save_turn(full)
    assert await store.turns("test/a") == [full]


async def test_moments_are_kept_in_utc(store: Store) -> None:
    """A moment of another time zone comes back as the same moment."""
    moment = datetime.fromisoformat("2026-06-01T01:30:00+05:30")
    await store.save_turn(turn(1, at=moment))
    [found] = await store.turns("test/a")
    assert found.at == moment
    assert found.at.utcoffset() == timedelta(0)


async def test_saving_a_turn_again_replaces_it_in_its_place(store: Store) -> None:
    """A turn that is finished after a crash stands once, and where it stood."""
    await store.save_turn(turn(1, reply_text="ans"))
    await store.save_turn(turn(2))
    await store.save_turn(turn(1))
    assert await store.turns("test/a") == [turn(1), turn(2)]


async def test_history_is_the_latest_turns_oldest_first(store: Store) -> None:
    """Limited to the newest, with names, of this conversation alone; an unanswered line stands without an answer."""
    for number in range(5):
        await store.save_turn(turn(number))
    await store.save_turn(turn(5, reply_text="", outcome="ignored", person=BOB))
    await store.save_turn(turn(6, conversation="test/b"))
    history = await store.history("test/a", limit=2)
    assert [(line.role, line.name, line.text) for line in history] == [
        ("user", "Ann", "question 4"),
        ("assistant", "", "answer 4"),
        ("user", "Bob", "question 5"),
    ]


async def test_a_reset_begins_anew(store: Store) -> None:
    """Turns before the reset are no history; those after it are; the export still has all."""
    await store.reset("test/a")
    await store.save_turn(turn(1))
    await store.save_turn(turn(1, conversation="test/b"))
    await store.reset("test/a")
    assert await store.history("test/a") == []
    await store.save_turn(turn(2))
    assert await store.turns("test/a") == [turn(2)]
    assert len(await store.turns("test/b")) == 1
    assert len((await store.export(ANN.id))["turns"]) == 3


async def test_the_latest_name_is_kept(store: Store) -> None:
    """A new name shows in old turns; an unknown one erases nothing."""
    await store.save_turn(turn(1))
    await store.save_turn(turn(2, person=Person(ANN.id, "Anna")))
    await store.save_turn(turn(3, person=Person(ANN.id)))
    assert {found.person for found in await store.turns("test/a")} == {Person(ANN.id, "Anna", "en")}


async def test_settings_are_json_values(store: Store) -> None:
    """Set, replaced, removed, each owner's own."""
    assert await store.setting(ANN.id, "mode") is None
    await store.set_setting(ANN.id, "mode", {"to": ["fr", 1, None]})
    await store.set_setting(BOB.id, "mode", False)
    assert await store.setting(ANN.id, "mode") == {"to": ["fr", 1, None]}
    assert await store.setting(BOB.id, "mode") is False
    await store.set_setting(ANN.id, "mode", "off")
    assert await store.setting(ANN.id, "mode") == "off"
    await store.set_setting(ANN.id, "mode", None)
    assert await store.setting(ANN.id, "mode") is None


async def test_what_a_skill_waits_for_is_kept_per_person_and_conversation(store: Store) -> None:
    """Set, replaced, cleared; nobody else's message answers it."""
    await store.expect("test/a", ANN.id, Expectation("quiz", {"round": 1}))
    await store.expect("test/a", ANN.id, Expectation("quiz", {"round": 2}))
    assert await store.expected("test/a", ANN.id) == Expectation("quiz", {"round": 2})
    assert await store.expected("test/b", ANN.id) is None
    assert await store.expected("test/a", BOB.id) is None
    await store.expect("test/a", ANN.id, None)
    assert await store.expected("test/a", ANN.id) is None


async def test_tokens_are_counted_per_person_and_day(store: Store) -> None:
    """Since midnight UTC, over all conversations, a replaced turn once."""
    now = datetime.now(UTC)
    await store.save_turn(turn(1, input_tokens=5, at=now))
    await store.save_turn(turn(1, input_tokens=10, output_tokens=1, at=now))
    await store.save_turn(turn(2, conversation="test/b", output_tokens=100, at=now))
    await store.save_turn(turn(3, input_tokens=1000, at=now - timedelta(days=1)))
    await store.save_turn(turn(4, input_tokens=1000, at=now, person=BOB))
    assert await store.tokens_today(ANN.id) == 111
    assert await store.tokens_today("test:nobody") == 0


async def test_the_later_thumb_counts(store: Store) -> None:
    """One thumb per person and turn."""
    await store.save_turn(turn(1))
    await store.save_feedback(turn(1).id, ANN.id, 1)
    await store.save_feedback(turn(1).id, ANN.id, -1, "wrong")
    [thumb] = (await store.export(ANN.id))["feedback"]
    assert (thumb["turn"], thumb["score"], thumb["comment"]) == (turn(1).id, -1, "wrong")


async def test_an_export_is_all_of_one_person_and_no_one_else(store: Store) -> None:
    """JSON-ready, and empty for a stranger."""
    import json

    await store.save_turn(turn(1))
    await store.save_turn(turn(2, person=BOB))
    await store.set_setting(ANN.id, "language", "fr")
    await store.expect("test/a", ANN.id, Expectation("quiz", {}))
    export = json.loads(json.dumps(await store.export(ANN.id)))
    assert export["person"] == {"id": ANN.id, "name": "Ann", "language": "en"}
    assert export["settings"] == {"language": "fr"}
    assert [(found["user_text"], found["at"]) for found in export["turns"]] == [
        ("question 1", "2026-01-02T03:04:01+00:00")
    ]
    assert [found["skill"] for found in export["expected"]] == ["quiz"]
    assert "Bob" not in json.dumps(export)
    assert (await store.export("test:nobody"))["turns"] == []


async def test_erasing_leaves_nothing_of_a_person(store: Store) -> None:
    """All rows of that person and of chats of theirs alone go; others' and shared ones stay."""
    await store.save_turn(turn(1))
    await store.save_turn(turn(2, person=BOB))
    await store.save_turn(turn(3, conversation="test/own"))
    await store.set_setting(ANN.id, "language", "fr")
    await store.set_setting("test/own", "mode", "auto")
    await store.set_setting("test/a", "mode", "auto")
    await store.set_setting(BOB.id, "language", "de")
    await store.expect("test/a", ANN.id, Expectation("quiz", {}))
    await store.save_feedback(turn(1).id, BOB.id, 1)
    await store.save_feedback(turn(2).id, ANN.id, 1)
    await store.reset("test/own")
    empty = await store.export("test:nobody")
    assert await store.erase(ANN.id) == 9
    assert await store.export(ANN.id) == {**empty, "person": {**empty["person"], "id": ANN.id}}
    assert await store.setting("test/own", "mode") is None
    assert await store.setting("test/a", "mode") == "auto"
    assert await store.turns("test/a") == [turn(2, person=BOB)]
    assert (await store.export(BOB.id))["feedback"] == []
    assert await store.erase(ANN.id) == 0


async def test_many_at_once_are_all_kept(store: Store) -> None:
    """Concurrent turns and reads neither fail nor get lost."""
    await asyncio.gather(
        *(store.save_turn(turn(n, conversation=f"test/{n % 5}")) for n in range(50)),
        *(store.history(f"test/{n % 5}") for n in range(50)),
    )
    assert sum([len(await store.turns(f"test/{n}")) for n in range(5)]) == 50


async def test_a_healthy_store_is_writable(store: Store) -> None:
    """The readiness check succeeds."""
    assert await store.writable()
