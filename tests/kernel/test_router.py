"""Which skill answers, and why."""

from __future__ import annotations

from typing import Literal

import pytest

from botframework import Context, Conversation, Event, Person, Skill, skill
from botframework.errors import PluginError
from botframework.router import Route, Router, UnknownCommand
from botframework.store import Expectation


@skill("chat", "Talks.", examples=["how are you"])
async def chat(ctx: Context, text: str = "") -> str:
    return text


@skill(
    "translate",
    "Translates.",
    aliases=["tr", "翻译"],
    rules=[r"^translate (?P<text>.+) into (?P<language>\w+)$"],
    examples=["say it in another language"],
)
async def translate(ctx: Context, language: Literal["fr", "de"], text: str) -> str:
    return text


@skill("haiku", "Writes a haiku.", examples=["write a poem about rain"])
async def haiku(ctx: Context, topic: str) -> str:
    return topic


SKILLS = [chat, translate, haiku]


class WordEmbeddings:
    """Sentences as the words they have, out of a small vocabulary."""

    words = ("how", "are", "you", "write", "poem", "about", "rain", "say", "language")

    def __init__(self) -> None:
        self.calls = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.calls += 1
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        said = text.lower().split()
        return [float(said.count(word)) for word in self.words]


class AsyncEmbeddings(WordEmbeddings):
    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        return self.embed_documents(texts)

    async def aembed_query(self, text: str) -> list[float]:
        return self.embed_query(text)


def event(text: str) -> Event:
    return Event("fake", "1", Conversation("fake", "a"), Person("fake:a"), text)


async def route(text: str, **options: object) -> Route:
    found = await Router(SKILLS, chat).route(event(text), **options)  # type: ignore[arg-type]  # test shorthand
    assert isinstance(found, Route)
    return found


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("/translate fr Good morning", "translate", "fr Good morning"),
        ("/TR fr hi", "translate", "fr hi"),
        ("/翻译 fr hi", "translate", "fr hi"),
        ("/haiku@my_bot frogs", "haiku", "frogs"),
        ("@my_bot haiku frogs", "haiku", "frogs"),
        ("<@U123> haiku frogs", "haiku", "frogs"),
        ("<@U123|bot>: /haiku frogs\nand rain", "haiku", "frogs\nand rain"),
        ("/chat", "chat", ""),
    ],
)
async def test_a_command_goes_first(text: str, name: str, rest: str) -> None:
    """A command is understood with a slash or after a mention, by name or alias, in any case."""
    found = await route(text, expected=Expectation("chat", {}), mode="chat")
    assert (found.skill.name, found.text, found.decision.by) == (name, rest, "command")


@pytest.mark.parametrize("text", ["/usr/bin/env is a path", "haiku frogs", "5 / 3", "@my_bot hello there"])
async def test_what_is_no_command_is_talk(text: str) -> None:
    """A path, a word without a slash and a plain mention are ordinary messages."""
    assert (await route(text)).decision.by == "default"


async def test_an_unknown_command_names_the_closest() -> None:
    """A typing error is answered with what was probably meant."""
    router = Router(SKILLS)
    near = await router.route(event("/transalte fr hi"))
    far = await router.route(event("/xyzzy"))
    assert isinstance(near, UnknownCommand)
    assert (near.name, near.closest) == ("transalte", "translate")
    assert isinstance(far, UnknownCommand)
    assert far.closest is None


async def test_an_expected_answer_goes_before_the_mode() -> None:
    """A skill that asked gets the answer, with what it kept."""
    found = await route("about rain", expected=Expectation("haiku", {"step": 2}), mode="translate")
    assert (found.decision.by, found.skill.name, found.expected) == ("expected", "haiku", {"step": 2})
    assert found.arguments == {"topic": "about rain"}


async def test_an_expectation_of_a_skill_that_is_gone_is_passed_over() -> None:
    """A skill that was removed since it asked does not swallow the message."""
    assert (await route("hello", expected=Expectation("gone", {}))).decision.by == "default"


async def test_a_mode_goes_before_rules() -> None:
    """A conversation in a mode stays in it, with the mode's arguments."""
    found = await route("translate it into de", mode={"skill": "translate", "arguments": {"language": "fr"}})
    assert (found.decision.by, found.arguments) == ("mode", {"language": "fr", "text": "translate it into de"})
    assert (await route("hello", mode="haiku")).skill is haiku
    assert (await route("hello", mode={"skill": "gone"})).decision.by == "default"


async def test_a_rules_named_groups_become_parameters() -> None:
    """What the rule caught is parsed as the parameter's type."""
    found = await route("Translate good morning into DE")
    assert (found.decision.by, found.arguments) == ("rule", {"language": "de", "text": "good morning"})
    assert "translate" in found.decision.detail


async def test_a_rule_whose_group_does_not_parse_asks_for_the_usage() -> None:
    """A language that the skill does not have leads to its usage line, not to another skill."""
    found = await route("translate hello into klingon")
    assert (found.skill, found.arguments) == (translate, None)


@pytest.mark.parametrize("embeddings", [WordEmbeddings(), AsyncEmbeddings()])
async def test_likeness_to_an_example_decides(embeddings: WordEmbeddings) -> None:
    """A message like an example reaches its skill, with every skill's score recorded; examples are embedded once."""
    router = Router(SKILLS, chat, embeddings, threshold=0.7)
    for _ in range(2):
        found = await router.route(event("please write a poem about snow and rain"))
        assert isinstance(found, Route)
        assert (found.skill, found.decision.by) == (haiku, "semantic")
        assert found.decision.score > 0.7
        assert found.decision.candidates[0][0] == "haiku"
        assert found.arguments == {"topic": "please write a poem about snow and rain"}
    assert embeddings.calls == 1


async def test_below_the_threshold_the_default_answers() -> None:
    """What is like nothing goes to the default skill, with the best score recorded."""
    found = await Router(SKILLS, chat, WordEmbeddings(), threshold=0.95).route(event("write about rain in may"))
    assert isinstance(found, Route)
    assert (found.skill, found.decision.by) == (chat, "default")
    assert 0 < found.decision.score < 0.95


async def test_a_skill_that_needs_more_than_a_text_is_not_chosen_by_likeness() -> None:
    """A command with a required choice is left to its command and rules."""
    found = await Router(SKILLS, chat, WordEmbeddings()).route(event("say it in another language"))
    assert isinstance(found, Route)
    assert found.skill is chat


async def test_without_examples_or_text_likeness_is_left_out() -> None:
    """A photo without a caption, and a bot without examples, go straight to the default."""
    found = await Router(SKILLS, chat, WordEmbeddings()).route(event(""))
    assert isinstance(found, Route)
    assert found.decision.candidates == ()
    bare = await Router([translate_without_examples()], None, WordEmbeddings()).route(event("hello"))
    assert isinstance(bare, Route)
    assert bare.decision.by == "default"


def translate_without_examples() -> Skill:
    @skill("plain", "Plain.")
    async def plain(ctx: Context, text: str = "") -> str:
        return text

    return plain


def test_two_skills_cannot_share_a_name_or_a_command() -> None:
    """A clash is refused at the start and says who clashes."""

    @skill("other", "Other.", aliases=["tr"])
    async def other(ctx: Context) -> str:
        return ""

    with pytest.raises(PluginError, match="two skills are named 'chat'"):
        Router([chat, chat])
    with pytest.raises(PluginError, match="'translate' and 'other' both want /tr"):
        Router([translate, other])
    with pytest.raises(PluginError, match="no skill"):
        Router([])
    with pytest.raises(PluginError, match="'gone' is none of: chat"):
        Router([chat], "gone")
