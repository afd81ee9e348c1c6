"""Memories are found again, stay within their scope, and are gone when forgotten; in a real Chroma."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botframework.engine.embeddings import StaticEmbeddings
from botframework.errors import MemoryStoreError
from botframework.memory import Scope
from botframework.memory.chroma import ChromaMemory
from tests.memory.hash_embeddings import HashEmbeddings

ANA = Scope("telegram:ana", "telegram/1")
BEN = Scope("telegram:ben", "telegram/2")
ANA_IN_CLUB = Scope("telegram:ana", "telegram/-100", private=False)
BEN_IN_CLUB = Scope("telegram:ben", "telegram/-100", private=False)
ANA_IN_OFFICE = Scope("telegram:ana", "telegram/-200", private=False)


@pytest.fixture
async def memory() -> AsyncIterator[ChromaMemory]:
    store = ChromaMemory(None, HashEmbeddings())
    yield store
    await store.aclose()


async def test_the_best_fitting_memory_comes_first(memory: ChromaMemory) -> None:
    """Of many facts the one the question is about is recalled first, with the highest score."""
    for fact in ("My cat is called Miro.", "I work in a bakery.", "My favourite colour is green.", "我喜欢喝绿茶。"):
        await memory.remember(ANA, fact)
    found = await memory.recall(ANA, "What is my cat called?", k=2)
    assert found[0].text == "My cat is called Miro."
    assert found == sorted(found, key=lambda one: -one.score)
    assert (await memory.recall(ANA, "我喜欢喝什么茶？", k=1))[0].text == "我喜欢喝绿茶。"


async def test_recall_works_across_languages() -> None:
    """With the bundled embedder a fact told in one language answers a question in another."""
    memory = ChromaMemory(None, StaticEmbeddings("mini"))
    for fact in ("My cat is called Miro.", "I live in Lyon.", "我妹妹在北京上大学。", "Mein Geburtstag ist am 3. Mai."):
        await memory.remember(ANA, fact)
    for question, answer in (
        ("我的猫叫什么名字？", "Miro"),
        ("Wo wohne ich?", "Lyon"),
        ("Where does my sister study?", "北京"),
        ("when is my birthday?", "Mai"),
    ):
        assert answer in (await memory.recall(ANA, question, k=1))[0].text
    assert await memory.recall(ANA, "Tell me a joke about programmers") == []
    await memory.aclose()


async def test_what_is_not_related_is_not_recalled(memory: ChromaMemory) -> None:
    """A question about something else recalls nothing, nor does an empty one."""
    await memory.remember(ANA, "My cat is called Miro.")
    assert await memory.recall(ANA, "violin concert tomorrow evening") == []
    assert await memory.recall(ANA, "  ") == []
    assert await memory.recall(ANA, "cat", kinds=()) == []
    assert await memory.recall(ANA, "cat", k=0) == []


async def test_kinds_are_kept_apart(memory: ChromaMemory) -> None:
    """A query for facts gets no turns."""
    await memory.remember(ANA, "the cat is ill today", kind="turn")
    assert await memory.recall(ANA, "cat", kinds=("fact",)) == []
    assert [one.kind for one in await memory.recall(ANA, "cat", kinds=("turn",))] == ["turn"]
    assert await memory.all(ANA) == []
    assert len(await memory.all(ANA, kinds=("turn",))) == 1


async def test_the_same_fact_stands_once(memory: ChromaMemory) -> None:
    """A fact told twice, or a key used again, replaces what stood there."""
    await memory.remember(ANA, "I live in Lyon.")
    await memory.remember(ANA, "i live in  Lyon")
    await memory.remember(ANA, "I am 30", key="age")
    await memory.remember(ANA, "I am 31", key="age")
    assert [one.text for one in await memory.all(ANA)] == ["i live in  Lyon", "I am 31"]
    assert all("30" not in one.text for one in await memory.recall(ANA, "30"))


async def test_private_facts_never_reach_a_group(memory: ChromaMemory) -> None:
    """What was said in private stays there, and what a group said stays in that group."""
    await memory.remember(ANA, "my secret code word is tulip")
    await memory.remember(ANA_IN_CLUB, "the club meets at the tulip fountain")
    assert [one.text for one in await memory.recall(ANA_IN_CLUB, "tulip")] == ["the club meets at the tulip fountain"]
    assert [one.text for one in await memory.recall(BEN_IN_CLUB, "tulip")] == ["the club meets at the tulip fountain"]
    assert [one.text for one in await memory.recall(ANA, "tulip")] == ["my secret code word is tulip"]
    for other in (BEN, ANA_IN_OFFICE):
        assert await memory.recall(other, "tulip") == []
        assert await memory.all(other) == []


async def test_a_private_fact_follows_its_person(memory: ChromaMemory) -> None:
    """Another private conversation of the same person recalls it too."""
    await memory.remember(ANA, "I live in Lyon")
    assert len(await memory.all(Scope(ANA.person, "telegram/1/topic-2"))) == 1


async def test_nobody_forgets_for_somebody_else(memory: ChromaMemory) -> None:
    """In a group a person deletes their own words only, even with another's id in hand."""
    mine = await memory.remember(ANA_IN_CLUB, "tulips are Ana's")
    other = await memory.remember(BEN_IN_CLUB, "roses are Ben's")
    assert await memory.forget(ANA_IN_CLUB, [other.id]) == 0
    assert await memory.forget(BEN, [mine.id]) == 0
    assert await memory.forget(ANA_IN_CLUB) == 1
    assert [one.text for one in await memory.all(ANA_IN_CLUB)] == ["roses are Ben's"]
    assert await memory.forget(ANA_IN_CLUB, []) == 0


async def test_forgetting_a_person_reaches_everywhere(memory: ChromaMemory) -> None:
    """Their private facts and their words in every group are gone, and nobody else's."""
    await memory.remember(ANA, "tulip one")
    await memory.remember(ANA_IN_CLUB, "tulip two", kind="turn")
    await memory.remember(BEN_IN_CLUB, "tulip three")
    assert [one.text for one in await memory.of_person(ANA.person)] == ["tulip one", "tulip two"]
    assert await memory.recall(ANA_IN_CLUB, "tulip")
    assert await memory.forget_person(ANA.person) == 2
    assert await memory.of_person(ANA.person) == []
    assert await memory.recall(ANA, "tulip") == []
    assert [one.text for one in await memory.recall(ANA_IN_CLUB, "tulip")] == ["tulip three"]


async def test_memories_survive_a_restart(tmp_path: Path) -> None:
    """What was remembered is recalled by the next process; what was forgotten is not, not even by reading the file."""
    store = ChromaMemory(tmp_path, HashEmbeddings())
    await store.remember(ANA, "My cat is called Miro.")
    await store.remember(ANA, "My password is xylophone.")
    await store.remember(BEN, "xylophones are fine instruments")
    assert await store.forget(ANA, [one.id for one in await store.recall(ANA, "password", k=1)]) == 1
    assert await store.recall(ANA, "xylophone") == []
    await store.aclose()
    assert b"password is xylophone" not in (tmp_path / "chroma.sqlite3").read_bytes()

    store = ChromaMemory(tmp_path, HashEmbeddings())
    assert [one.text for one in await store.all(ANA)] == ["My cat is called Miro."]
    assert [one.text for one in await store.recall(ANA, "cat")] == ["My cat is called Miro."]
    assert [one.text for one in await store.recall(BEN, "instruments")] == ["xylophones are fine instruments"]
    await store.aclose()


async def test_another_embedding_model_takes_over(tmp_path: Path) -> None:
    """Memories stored with one model are recalled by meaning with the next, of any size."""
    store = ChromaMemory(tmp_path, HashEmbeddings(64))
    kept = await store.remember(ANA, "My cat is called Miro.")
    await store.aclose()
    store = ChromaMemory(tmp_path, HashEmbeddings(16))
    found = await store.recall(ANA, "cat Miro")
    assert [(one.id, one.text, one.at) for one in found] == [(kept.id, kept.text, kept.at)]
    assert found[0].score == 1.0
    await store.aclose()


async def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    """A second owner is refused with the process that holds the folder; after closing the folder is free."""
    first = ChromaMemory(tmp_path, HashEmbeddings())
    with pytest.raises(MemoryStoreError, match=r"in use by process \d+"):
        ChromaMemory(tmp_path, HashEmbeddings())
    await first.aclose()
    await first.aclose()
    with pytest.raises(MemoryStoreError, match="closed"):
        await first.all(ANA)
    second = ChromaMemory(tmp_path, HashEmbeddings())
    assert await second.all(ANA) == []
    await second.aclose()


async def test_a_memory_can_be_opened_ahead(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Opening in the background makes the first question quick; a failure is logged and told at the first use."""
    store = ChromaMemory(tmp_path / "good", HashEmbeddings())
    store.warm()
    assert await store.all(ANA) == []
    await store.aclose()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "chroma.sqlite3").write_text("this is no database")
    store = ChromaMemory(tmp_path / "bad", HashEmbeddings())
    store.warm()
    with pytest.raises(MemoryStoreError):
        await store.all(ANA)
    await store.aclose()
    assert "cannot be opened" in caplog.text


async def test_a_failure_says_where_and_what(tmp_path: Path) -> None:
    """A database that cannot be read is reported with its folder."""
    (tmp_path / "chroma.sqlite3").write_text("this is no database")
    store = ChromaMemory(tmp_path, HashEmbeddings())
    with pytest.raises(MemoryStoreError, match="could not be read"):
        await store.all(ANA)
    await store.aclose()
    occupied = tmp_path / "file"
    occupied.write_text("")
    with pytest.raises(MemoryStoreError, match="cannot be written"):
        ChromaMemory(occupied, HashEmbeddings())


async def test_an_empty_text_is_refused(memory: ChromaMemory) -> None:
    """Nothing is not remembered."""
    with pytest.raises(MemoryStoreError, match="nothing to remember"):
        await memory.remember(ANA, "  \n")


SCOPES = [
    *(Scope(person, f"private/{person}") for person in ("ana", "ben", "eve")),
    *(Scope(person, group, private=False) for person in ("ana", "ben", "eve") for group in ("club", "office")),
]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["remember", "remember", "remember", "recall", "forget", "forget one", "forget person"]),
        st.sampled_from(SCOPES),
        st.sampled_from(["tulip", "rose", "violet tulip", "郁金香", "tulip 郁金香"]),
    ),
    min_size=4,
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_nothing_leaves_its_scope_and_forgetting_is_complete(steps: list[tuple[str, Scope, str]]) -> None:
    """Whatever several people do in private and in groups, a scope sees exactly what is its own and not forgotten."""
    asyncio.run(_check(steps))


def _seen(scope: Scope, row: tuple[Scope, str]) -> bool:
    owner = row[0]
    if scope.private != owner.private:
        return False
    return scope.person == owner.person if scope.private else scope.conversation == owner.conversation


async def _check(steps: list[tuple[str, Scope, str]]) -> None:
    memory = ChromaMemory(None, HashEmbeddings())
    expected: dict[str, tuple[Scope, str]] = {}
    try:
        for number, (action, scope, word) in enumerate(steps):
            mine = [
                found_id for found_id, row in expected.items() if _seen(scope, row) and row[0].person == scope.person
            ]
            match action:
                case "remember":
                    text = f"{word} {number}"
                    expected[(await memory.remember(scope, text)).id] = (scope, text)
                case "recall":
                    visible = {row[1] for row in expected.values() if _seen(scope, row)}
                    found = {one.text for one in await memory.recall(scope, word, k=50)}
                    assert found <= visible
                    assert {text for text in visible if text.startswith(f"{word} ")} <= found
                case "forget":
                    assert await memory.forget(scope) == len(mine)
                    expected = {found_id: row for found_id, row in expected.items() if found_id not in mine}
                case "forget one":
                    assert await memory.forget(scope, list(expected)[:1]) == len(set(mine) & set(list(expected)[:1]))
                    expected = {
                        found_id: row
                        for found_id, row in expected.items()
                        if found_id not in mine or found_id != next(iter(expected))
                    }
                case "forget person":
                    assert await memory.forget_person(scope.person) == sum(
                        row[0].person == scope.person for row in expected.values()
                    )
                    expected = {found_id: row for found_id, row in expected.items() if row[0].person != scope.person}
        for scope in SCOPES:
            left = {found_id: row[1] for found_id, row in expected.items() if _seen(scope, row)}
            assert {one.id: one.text for one in await memory.all(scope)} == left
            for word in ("tulip", "rose", "郁金香"):
                assert {one.id for one in await memory.recall(scope, word, k=50)} <= left.keys()
    finally:
        await memory.aclose()


def test_chroma_is_loaded_when_first_used() -> None:
    """Importing the memory and making one loads no Chroma."""
    code = (
        "import sys\n"
        "from botframework.memory.chroma import ChromaMemory\n"
        "ChromaMemory(None, None)\n"
        "assert 'chromadb' not in sys.modules and 'numpy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
