"""What is SQL's own in the store: migrations, versions, failures."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from botframework import Person
from botframework.errors import SchemaTooNew, StoreError
from botframework.store import Decision, TurnRecord, migrations
from botframework.store.models import HEAD, Base
from botframework.store.sql import SQLStore


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/bot.db"


async def test_the_migrations_make_what_the_models_say(tmp_path: Path) -> None:
    """An empty file brought to the newest revision has the models' tables, columns and indexes."""
    store = await SQLStore.open(url(tmp_path))
    await store.aclose()
    engine = create_engine(f"sqlite:///{tmp_path}/bot.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_the_models_stand_at_the_newest_revision() -> None:
    """The revision named beside the models is the migrations' only head."""
    assert ScriptDirectory(str(Path(migrations.__file__).parent)).get_heads() == [HEAD]


async def test_an_older_database_is_upgraded_with_its_data(tmp_path: Path) -> None:
    """A store of the first revision keeps its turns when a newer program opens it."""
    engine = create_engine(f"sqlite:///{tmp_path}/bot.db")
    with engine.begin() as connection:
        migrations.upgrade(connection, "0001")
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "bot.db")) as old:
        old.execute("INSERT INTO people VALUES ('test:ann', 'Ann', 'en')")
        old.execute(
            "INSERT INTO turns VALUES (1, 'test:1', 'test/a', 'test:ann', 'hi', 'hello', "
            """'{"skill": "chat", "by": "default", "score": 1.0, "detail": "", "candidates": []}', """
            "NULL, 'mini', 1, 2, '[]', 0, 0, 0, 'answered', '', '', '2026-01-02 03:04:05.000000')"
        )
        old.commit()
    store = await SQLStore.open(url(tmp_path))
    [turn] = await store.turns("test/a")
    assert (turn.user_text, turn.person, turn.decision) == (
        "hi",
        Person("test:ann", "Ann", "en"),
        Decision("chat", "default"),
    )
    await store.save_feedback(turn.id, "test:ann", 1)
    await store.aclose()


async def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    """The refusal names both revisions, and nothing is changed."""
    store = await SQLStore.open(url(tmp_path))
    await store.aclose()
    with closing(sqlite3.connect(tmp_path / "bot.db")) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    with pytest.raises(SchemaTooNew, match=f"9999.*{HEAD}"):
        await SQLStore.open(url(tmp_path))
    with closing(sqlite3.connect(tmp_path / "bot.db")) as other:
        assert other.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


@pytest.mark.parametrize("wrong", ["mysql+aiomysql://host/db", "sqlite://", "sqlite+aiosqlite:///:memory:"])
async def test_an_unusable_url_is_refused_with_what_to_write(wrong: str) -> None:
    """The message shows a URL that works."""
    with pytest.raises(StoreError, match="sqlite:///data"):
        await SQLStore.open(wrong)


async def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    """Another file under the store's name is left as it is."""
    (tmp_path / "bot.db").write_text("precious notes " * 100)
    with pytest.raises(StoreError):
        await SQLStore.open(url(tmp_path))
    assert (tmp_path / "bot.db").read_text().startswith("precious")


async def test_a_lost_table_is_a_store_error(tmp_path: Path) -> None:
    """The library's own errors never reach the kernel."""
    store = await SQLStore.open(url(tmp_path))
    with closing(sqlite3.connect(tmp_path / "bot.db")) as other:
        for table in ("settings", "turns"):
            other.execute(f"DROP TABLE {table}")
        other.commit()
    assert not await store.writable()
    with pytest.raises(StoreError, match="turns"):
        await store.turns("test/a")
    await store.aclose()


async def test_a_turn_is_there_after_a_crash(tmp_path: Path) -> None:
    """What ``save_turn`` returned from is read by another connection while the first is still open."""
    store = await SQLStore.open(url(tmp_path))
    turn = TurnRecord("test:1", "test/a", Person("test:ann"), "hi", "hello", Decision("chat", "default"))
    await store.save_turn(turn)
    other = await SQLStore.open(url(tmp_path))
    assert await other.turns("test/a") == [turn]
    await asyncio.gather(store.save_turn(turn), other.save_turn(turn))
    await store.aclose()
    await other.aclose()
