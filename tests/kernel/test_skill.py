"""What a skill's signature becomes: usage lines and parsed arguments."""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest

from botframework import Context, Skill, Text, UsageError, skill
from botframework.errors import PluginError
from botframework.types import Part


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


@skill("make", "Makes things.")
async def make(  # noqa: PLR0917  # a command's parameters are positional by nature
    ctx: Context, kind: Literal["box", "bag"], count: int, size: Size = Size.SMALL, fast: bool = False, note: str = ""
) -> str:
    return ""


@skill("scale", "Scales.")
async def scale(ctx: Context, factor: float, unit: str | None = None) -> str:
    return ""


def test_the_usage_line_is_the_signature() -> None:
    """Required parameters in angle brackets, optional ones in square ones, choices spelled out."""
    assert make.usage == "/make <box|bag> <count> [size] [fast] [note]"
    assert scale.usage == "/scale <factor> [unit]"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("BOX 3", {"kind": "box", "count": 3, "size": Size.SMALL, "fast": False, "note": ""}),
        ("bag 2 large yes mind  the\ngap", {"size": Size.LARGE, "fast": True, "note": "mind  the\ngap"}),
        ("bag 2 L off", {"size": Size.LARGE, "fast": False, "note": ""}),
        ("bag 2 with a note", {"size": Size.SMALL, "fast": False, "note": "with a note"}),
        ("bag 2 是 note", {"fast": True, "note": "note"}),
    ],
)
def test_text_becomes_typed_values(text: str, values: dict[str, Any]) -> None:
    """Words are read in order; an optional one that does not fit is left to the next; the last takes the rest."""
    found = make.parse(text)
    assert {name: found[name] for name in values} == values


@pytest.mark.parametrize(
    ("used", "text", "message"),
    [
        (make, "", "kind is missing"),
        (make, "jar 3", "kind must be one of box, bag, not 'jar'"),
        (make, "box many", "count must be a whole number, not 'many'"),
        (scale, "big", "factor must be a number, not 'big'"),
    ],
)
def test_wrong_arguments_are_explained(used: Skill, text: str, message: str) -> None:
    """The message says what is wrong, the error carries the usage line."""
    with pytest.raises(UsageError, match=message) as caught:
        used.parse(text)
    assert caught.value.usage == used.usage


def test_superfluous_words_are_refused() -> None:
    """A command without a text parameter does not swallow a sentence."""

    @skill("ring", "Rings.")
    async def ring(ctx: Context, times: int = 1, loud: bool = False, how: Size = Size.SMALL) -> str:
        return ""

    with pytest.raises(UsageError, match="too many words: 'and again'"):
        ring.parse("3 yes large and again")
    assert ring.parse("3")["times"] == 3


@pytest.mark.parametrize("kind", [bool, Size])
def test_required_choices_name_what_is_allowed(kind: type) -> None:
    """A required yes/no or enumeration says its values."""

    async def handler(ctx: Context, what) -> str:  # type: ignore[no-untyped-def]  # the type is set below
        return ""

    handler.__annotations__["what"] = kind
    with pytest.raises(UsageError, match=r"must be (yes or no|one of small, large)"):
        skill("x", "X.")(handler).parse("purple")


def test_a_bad_name_and_a_bad_type_are_refused() -> None:
    """A skill that could never be called is refused when it is defined."""
    with pytest.raises(PluginError, match="lower-case letters"):
        skill("Bad Name", "x")(make.handler)

    async def takes_a_list(ctx: Context, words: list[str]) -> str:
        return ""

    with pytest.raises(PluginError, match="parameter 'words' has type"):
        skill("x", "X.")(takes_a_list)


async def collected(used: Skill, **arguments: Any) -> list[Any]:
    nothing: Any = None
    return [piece async for piece in used.run(nothing, **arguments)]


async def test_a_skill_may_yield_or_return() -> None:
    """Text, parts, model chunks and nothing are understood, from generators, coroutines and plain functions."""

    class Chunk:
        text = "chunk"

    class Content:
        text = None
        content = "content"

    @skill("yields", "Yields.")
    async def yields(ctx: Context) -> AsyncIterator[Any]:
        for piece in ("a", None, Chunk(), Content(), Text("part")):
            yield piece

    @skill("returns", "Returns.")
    async def returns(ctx: Context) -> Part:
        return Text("whole")

    @skill("plain", "Plain.")
    def plain(ctx: Context) -> str:
        return "plain"

    assert await collected(yields) == ["a", "chunk", "content", Text("part")]
    assert await collected(returns) == [Text("whole")]
    assert await collected(plain) == ["plain"]


async def test_what_is_no_piece_is_refused() -> None:
    """A skill that yields a number is told so by name."""

    @skill("wrong", "Wrong.")
    async def wrong(ctx: Context) -> int:
        return 3

    with pytest.raises(PluginError, match="skill 'wrong' yielded int"):
        await collected(wrong)


async def test_closing_a_skill_closes_its_generator() -> None:
    """Whoever stops listening stops the work."""
    closed: list[bool] = []

    @skill("long", "Long.")
    async def long(ctx: Context) -> AsyncIterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            closed.append(True)

    nothing: Any = None
    stream: Any = long.run(nothing)
    assert await anext(stream) == "a"
    await stream.aclose()
    assert closed == [True]
