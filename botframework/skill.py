"""What answers: a skill, and the decorator that makes one from a function.

A skill's function takes a ``Context`` and, after it, the parameters of its command; their types say how the text
after the command is read. It yields text, parts or model chunks, or returns one. It knows no channel.
"""

from __future__ import annotations

import enum
import inspect
import re
import types
import typing
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from botframework.adapter import NoSettings
from botframework.errors import PluginError, UsageError
from botframework.types import Part

if TYPE_CHECKING:
    from botframework.context import Context

__all__ = ["Parameter", "Skill", "skill"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a command, as the skill's signature declares it."""

    name: str
    type: Any
    required: bool
    default: Any = None
    rest: bool = False
    """The last text parameter takes everything that is left, spaces and line breaks included."""

    def parse(self, word: str) -> Any:
        """The value that ``word`` stands for.

        Raises:
            ValueError: it is none of this type; the message says what is expected.
        """
        kind = self.type
        if get_origin(kind) is Literal:
            choices = {str(choice).lower(): choice for choice in get_args(kind)}
            if word.lower() not in choices:
                raise ValueError(f"{self.name} must be one of {', '.join(map(str, get_args(kind)))}, not {word!r}")
            return choices[word.lower()]
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            members = {member.name.lower(): member for member in kind} | {str(m.value).lower(): m for m in kind}
            if word.lower() not in members:
                raise ValueError(f"{self.name} must be one of {', '.join(m.name.lower() for m in kind)}, not {word!r}")
            return members[word.lower()]
        if kind is bool:
            if word.lower() in {"yes", "true", "on", "1", "是", "开"}:
                return True
            if word.lower() in {"no", "false", "off", "0", "否", "关"}:
                return False
            raise ValueError(f"{self.name} must be yes or no, not {word!r}")
        if kind in (int, float):
            try:
                return kind(word)
            except ValueError:
                what = "a whole number" if kind is int else "a number"
                raise ValueError(f"{self.name} must be {what}, not {word!r}") from None
        return word

    @property
    def usage(self) -> str:
        """How the parameter stands in the usage line: ``<topic>``, ``[count]``, ``<fr|de>``."""
        label = "|".join(map(str, get_args(self.type))) if get_origin(self.type) is Literal else self.name
        return f"<{label}>" if self.required else f"[{label}]"


@dataclass(frozen=True, slots=True, eq=False)
class Skill:
    """A named answerer: its function and everything the router and ``/help`` need to know of it."""

    name: str
    description: str
    handler: Callable[..., Any]
    command: str
    aliases: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    """Sentences that should reach this skill without a command, in any language."""
    rules: tuple[re.Pattern[str], ...] = ()
    """A message that matches one of these reaches this skill; named groups become its parameters."""
    parameters: tuple[Parameter, ...] = ()
    Settings: type[BaseModel] = NoSettings
    descriptions: dict[str, str] = field(default_factory=dict)
    """``description`` in other languages, by language code."""

    @property
    def usage(self) -> str:
        """The usage line, made from the signature: ``/translate <language> <text>``."""
        return " ".join([f"/{self.command}", *(parameter.usage for parameter in self.parameters)])

    def parse(self, text: str) -> dict[str, Any]:
        """The arguments in the text after the command.

        Raises:
            UsageError: one is missing, superfluous or of the wrong type.
        """
        values: dict[str, Any] = {}
        remaining = text.strip()
        for parameter in self.parameters:
            if parameter.rest:
                word, remaining = remaining, ""
            else:
                word, _, remaining = remaining.partition(" ") if remaining else ("", "", "")
                remaining = remaining.lstrip()
            if not word:
                if parameter.required:
                    raise UsageError(f"{parameter.name} is missing", self.usage)
                values[parameter.name] = parameter.default
                continue
            try:
                values[parameter.name] = parameter.parse(word)
            except ValueError as error:
                if parameter.required:
                    raise UsageError(str(error), self.usage) from None
                values[parameter.name] = parameter.default
                remaining = f"{word} {remaining}".strip()
        if remaining:
            raise UsageError(f"too many words: {remaining!r}", self.usage)
        return values

    async def run(self, ctx: Context, **arguments: Any) -> AsyncIterator[str | Part]:
        """The skill's answer, piece by piece: text and parts.

        Model chunks (anything with ``text`` or ``content``) become their text; None is skipped.
        """
        result = self.handler(ctx, **arguments)
        if inspect.isasyncgen(result):
            try:
                async for item in result:
                    if (piece := _piece(item, self.name)) is not None:
                        yield piece
            finally:
                await result.aclose()
        else:
            if inspect.isawaitable(result):
                result = await result
            if (piece := _piece(result, self.name)) is not None:
                yield piece


def skill(
    name: str,
    description: str,
    *,
    examples: Sequence[str] = (),
    rules: Sequence[str] = (),
    command: str | None = None,
    aliases: Sequence[str] = (),
    settings: type[BaseModel] = NoSettings,
    descriptions: dict[str, str] | None = None,
) -> Callable[[Callable[..., Any]], Skill]:
    """Make a skill of a function ``async def f(ctx, ...)``.

    Args:
        name: unique name, lower case; also its command unless ``command`` is given.
        description: one sentence for ``/help``; ``descriptions`` holds it in other languages.
        examples: sentences for the semantic router.
        rules: regular expressions (case-insensitive, searched); named groups fill parameters of the same name.
        settings: a pydantic model that the configuration of this skill is checked against.

    Raises:
        PluginError: the name is no identifier, or a parameter has a type that no text can become.
    """

    def decorate(handler: Callable[..., Any]) -> Skill:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise PluginError(f"skill name {name!r}: lower-case letters, digits and _ only, beginning with a letter")
        return Skill(
            name=name,
            description=description,
            handler=handler,
            command=command or name,
            aliases=tuple(aliases),
            examples=tuple(examples),
            rules=tuple(re.compile(rule, re.IGNORECASE | re.DOTALL) for rule in rules),
            parameters=_parameters(name, handler),
            Settings=settings,
            descriptions=dict(descriptions or {}),
        )

    return decorate


def _parameters(name: str, handler: Callable[..., Any]) -> tuple[Parameter, ...]:
    hints = get_type_hints(handler, localns={"Context": object})
    found = list(inspect.signature(handler).parameters.values())[1:]
    parameters = []
    for position, parameter in enumerate(found):
        kind = _without_none(hints.get(parameter.name, str))
        allowed = kind in (str, int, float, bool) or get_origin(kind) is Literal
        if not allowed and not (isinstance(kind, type) and issubclass(kind, enum.Enum)):
            raise PluginError(
                f"skill {name!r}: parameter {parameter.name!r} has type {kind!r}; "
                "a command's parameter is str, int, float, bool, Literal or Enum"
            )
        required = parameter.default is inspect.Parameter.empty
        parameters.append(
            Parameter(
                name=parameter.name,
                type=kind,
                required=required,
                default=None if required else parameter.default,
                rest=kind is str and position == len(found) - 1,
            )
        )
    return tuple(parameters)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (types.UnionType, typing.Union):
        options = [option for option in get_args(hint) if option is not types.NoneType]
        return options[0] if len(options) == 1 else hint
    return hint


def _piece(item: Any, name: str) -> str | Part | None:
    if item is None:
        return None
    if isinstance(item, str) or type(item).__module__ == "botframework.types":
        return typing.cast("str | Part", item)
    for attribute in ("text", "content"):
        text = getattr(item, attribute, None)
        if isinstance(text, str):
            return str(text)
    raise PluginError(f"skill {name!r} yielded {type(item).__name__}; it may yield text, parts or model chunks")
