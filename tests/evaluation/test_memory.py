"""Whether an answer holds the remembered value that was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from botframework.errors import DataError
from botframework.evaluation.memory import counts, memories, refuses, wanted
from botframework.evaluation.subject import Chat
from botframework.evaluation.suite import Suite
from tests.evaluation.conftest import Scripted, write_lines


def chat(question: str, *facts: str, earlier: tuple[str, ...] = ()) -> Chat:
    """A question beside facts."""
    system = "You are a helpful assistant. What you remember about this person:\n" + "\n".join(f"- {f}" for f in facts)
    turns = [{"role": "user", "content": text} for text in earlier]
    return [{"role": "system", "content": system}, *turns, {"role": "user", "content": question}]


@pytest.mark.parametrize(
    ("question", "facts", "reference", "values"),
    [
        ("Where do I live?", ("Lives in Oslo", "Has a cat"), "You live in Oslo.", {"oslo"}),
        ("When is it?", ("Dentist on Monday at 2:45 pm",), "On Monday at 2:45 pm.", {"monday", "2", "45", "pm"}),
        ("What is my favourite colour?", ("Favourite colour: red",), "Your favourite colour is red.", {"red"}),
        ("What is my cat called?", ("Has a cat called Miro",), "Your cat is called Miro.", {"miro"}),
        ("我住在哪里？", ("住在长沙", "怕蛇"), "你住在长沙。", {"长沙"}),
        ("我今年想学什么？", ("今年想学会弹吉他",), "学会弹吉他。", {"弹吉他"}),
        ("我对什么过敏？", ("对桃子过敏",), "你对桃子过敏。", {"桃子"}),
        ("Why is the sky blue?", ("Lives in Oslo",), "Air scatters blue light.", set()),
    ],
)
def test_the_values_are_what_reference_and_facts_share(
    question: str, facts: tuple[str, ...], reference: str, values: set[str]
) -> None:
    """Content words and Han runs of the reference that a fact holds and the question does not."""
    need = wanted(chat(question, *facts), reference)
    assert not need.refusal
    assert set(need.values) == values


def test_what_was_said_earlier_is_a_fact_too() -> None:
    """A name told in the conversation is a value."""
    assert wanted(chat("它叫什么？", "怕蛇", earlier=("我领养了一只猫，叫黑豆。",)), "你的猫叫黑豆。").values == (
        "黑豆",
    )


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("You live in Oslo!", True),
        ("OSLO", True),
        ("You live in Osloe.", False),
        ("You live in a city.", False),
        ("I don't know, Oslo?", False),
        ("", False),
        ("You do not live in Oslo.", False),
        ("You live in Bergen, not in Oslo.", False),
        ("Not in Bergen, but in Oslo.", True),
        ("Don't worry, in Oslo.", True),
    ],
)
def test_a_value_counts_as_a_whole_word_and_without_doubt(answer: str, right: bool) -> None:
    """A part of a word, no value, a denial, or an admission not to know do not count."""
    assert counts(answer, wanted(chat("Where do I live?", "Lives in Oslo"), "In Oslo.")) is right


@pytest.mark.parametrize(
    "text",
    [
        "I don't know your name yet.",
        "Sorry, you have not told me about a cat.",
        "You haven’t told me.",
        "抱歉，我不知道。",
        "你没有告诉过我。",
        "这个你没说过。",
        "I don't have information about that.",
        "I haven't been told that.",
        "Sorry, I can't recall it.",
        "Nobody told me.",
        "You never gave it to me.",
        "我没有关于这个的信息。",
        "我不太确定。",
    ],
)
def test_an_admission_not_to_know_is_recognised(text: str) -> None:
    """In English and Chinese."""
    assert refuses(text)
    need = wanted(chat("What is my name?", "Has a cat"), text)
    assert need.refusal
    assert counts("I do not know that.", need)
    assert not counts("Your name is Tom.", need)


def test_quoted_words_are_no_admission() -> None:
    """A phrase that is taught is not said."""
    assert not refuses('Try: "I don\'t know."')


@pytest.mark.parametrize(
    ("answer", "right"),
    [("你住在长沙。", True), ("你不住在长沙。", False), ("你住在长沙，不是北京。", True), ("你住在北京。", False)],
)
def test_a_denial_in_chinese_does_not_count(answer: str, right: bool) -> None:
    """What is said not to be so is not recalled; what is denied beside it does no harm."""
    assert counts(answer, wanted(chat("我住在哪里？", "住在长沙"), "你住在长沙。")) is right


@pytest.mark.parametrize(
    ("answer", "right"),
    [("It is 12 May.", True), ("On the 12th of May!", True), ("May 12", True), ("12 June", False), ("13 May", False)],
)
def test_a_date_counts_with_its_month(answer: str, right: bool) -> None:
    """Also in May, which is a word of its own otherwise."""
    assert counts(answer, wanted(chat("When is my birthday?", "Birthday: 12 May"), "It is on 12 May.")) is right


@pytest.mark.parametrize(
    ("answer", "right"), [("5月12日", True), ("5月12号。", True), ("12月5日", False), ("5月13日", False)]
)
def test_a_chinese_date_counts_in_its_order(answer: str, right: bool) -> None:
    """Its numbers alone are not enough."""
    assert counts(answer, wanted(chat("我的生日是几号？", "生日：5月12日"), "你的生日是5月12日。")) is right


def test_where_the_reference_denies_an_answer_may() -> None:
    """A fact may be that something is not so."""
    need = wanted(chat("What do I not eat?", "Does not eat meat"), "You do not eat meat.")
    assert counts("You don't eat meat.", need)
    assert counts("你不吃辣椒。", wanted(chat("我不吃什么？", "不吃辣椒"), "你不吃辣椒。"))


@pytest.mark.parametrize(
    "turns",
    [
        [{"role": "assistant", "content": "Hello!"}],
        [{"role": "system", "content": "- Likes tea"}, {"role": "assistant", "content": "Tea."}],
    ],
)
def test_a_chat_without_a_question_is_refused(tmp_path: Path, turns: list[dict[str, str]]) -> None:
    """With its number in the file; a prompt with its completion is a chat as well."""
    good = {"prompt": "Where do I live?", "completion": "You have not told me."}
    file = write_lines(tmp_path / "chat.jsonl", [good, {"messages": turns}])
    with pytest.raises(DataError, match="record 2: messages"):
        list(memories(Suite(name="memory", kind="memory"), [file], Scripted(str), None))
    file = write_lines(tmp_path / "chat.jsonl", [good])
    [part] = memories(Suite(name="memory", kind="memory"), [file], Scripted(lambda _: "I do not know."), None)
    assert part.measures[0].value == 100


def test_a_file_gives_rates_for_questions_alone(tmp_path: Path) -> None:
    """A greeting beside facts has its own rate, a question about the world has none."""
    facts = {"role": "system", "content": "You remember:\n- Name: Ana\n- Lives in Oslo"}

    def record(question: str, answer: str) -> dict[str, object]:
        turns = [facts, {"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        return {"messages": turns, "lang": "en"}

    file = write_lines(
        tmp_path / "chat.jsonl",
        [
            record("Where do I live?", "In Oslo."),
            record("What is my job?", "You have not told me."),
            record("Hi!", "Hello Ana!"),
            record("Why is snow white?", "It scatters light."),
        ],
    )
    subject = Scripted(lambda question: {"Where do I live?": "Oslo.", "Hi!": "Hello!"}.get(question, "Because."))
    [part] = memories(Suite(name="memory", kind="memory"), [file], subject, None)
    found = {measure.name: (measure.value, measure.count) for measure in part.measures}
    assert found["answered"] == (50.0, 2)
    assert found["recalled"] == (100.0, 1)
    assert found["not known"] == (0.0, 1)
    assert found["used unasked"] == (0.0, 1)
    assert found["ROUGE-L"][1] == 4
    assert subject.chats[0] == [facts, {"role": "user", "content": "Where do I live?"}]
