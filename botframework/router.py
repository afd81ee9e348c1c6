"""Chooses the skill that answers a message; knows no channel and runs nothing.

The order: an explicit command, a skill that waits for this person's answer, the conversation's mode, declared rules,
likeness to the skills' example sentences, the default skill.
"""

from __future__ import annotations

import asyncio
import difflib
import inspect
import math
import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from botframework.errors import PluginError
from botframework.skill import Skill
from botframework.store import Decision, Expectation
from botframework.types import Event

__all__ = ["Embeddings", "Route", "Router", "UnknownCommand"]

_COMMAND = re.compile(r"/(?P<name>\w+)(?:@\w+)?(?:\s+(?P<rest>.*))?", re.DOTALL)
_MENTION = re.compile(r"(?:<@\w+(?:\|[^>]*)?>|@\w+)[,:，：]?\s+", re.DOTALL)
_MOST_CHARACTERS = 400
"""A longer message is compared by its beginning: examples are sentences."""


class Embeddings(Protocol):
    """What langchain-core's ``Embeddings`` offer and the router needs."""

    def embed_documents(self, texts: list[str]) -> Any:
        """One vector per text."""
        ...

    def embed_query(self, text: str) -> Any:
        """The vector of one text."""
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """Which skill answers, with what, and why."""

    skill: Skill
    text: str
    """The message without the command."""
    decision: Decision
    arguments: dict[str, Any] | None = None
    """None where they are to be read from ``text`` as after a command."""
    expected: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class UnknownCommand:
    """A command that no skill has."""

    name: str
    closest: str | None
    decision: Decision = field(default_factory=lambda: Decision("", "command", 0.0))


class Router:
    """Decides by commands, rules and meaning.

    Args:
        skills: in the order in which their rules are tried.
        default: the skill for everything else; the first of ``skills`` when not given.
        embeddings: any langchain ``Embeddings``; without them the semantic step is left out.
        threshold: the least cosine similarity to an example sentence that decides.

    Raises:
        PluginError: two skills have one name or command, or the default is none of them.
    """

    def __init__(
        self,
        skills: Sequence[Skill],
        default: Skill | str | None = None,
        embeddings: Embeddings | None = None,
        threshold: float = 0.5,
    ) -> None:
        if not skills:
            raise PluginError("the bot has no skill; name at least one under skills: in the configuration")
        self.skills: list[Skill] = []
        self._by_name: dict[str, Skill] = {}
        self._commands: dict[str, Skill] = {}
        self._embeddings = embeddings
        self._threshold = threshold
        self._examples: list[tuple[Skill, list[float]]] | None = None
        self._lock = asyncio.Lock()
        self.add(skills)
        name = default.name if isinstance(default, Skill) else default or skills[0].name
        if name not in self._by_name:
            raise PluginError(f"the default skill {name!r} is none of: {', '.join(self._by_name)}")
        self.default = self._by_name[name]

    @property
    def threshold(self) -> float:
        """The least cosine similarity to an example sentence that decides."""
        return self._threshold

    def add(self, skills: Sequence[Skill], *, first: bool = False) -> None:
        """Add skills, ``first`` to have their rules tried before the others'.

        Raises:
            PluginError: a name or a command is taken already.
        """
        for skill in skills:
            if skill.name in self._by_name:
                raise PluginError(f"two skills are named {skill.name!r}; rename one")
            for command in (skill.command, *skill.aliases):
                if (other := self._commands.get(command.lower())) is not None:
                    raise PluginError(f"the skills {other.name!r} and {skill.name!r} both want /{command}; rename one")
            self._by_name[skill.name] = skill
            self._commands |= {command.lower(): skill for command in (skill.command, *skill.aliases)}
        self.skills = [*skills, *self.skills] if first else [*self.skills, *skills]
        self._examples = None

    def get(self, name: str) -> Skill | None:
        """The skill of that name."""
        return self._by_name.get(name)

    async def route(
        self, event: Event, *, expected: Expectation | None = None, mode: Any = None
    ) -> Route | UnknownCommand:
        """Decide.

        Args:
            expected: what this person's next message here was asked for.
            mode: the conversation's mode: a skill's name, or an object with ``skill`` and ``arguments``.
        """
        text = event.text.strip()
        in_mode = self.in_mode(event, mode)
        if in_mode is not None and not event.addressed:
            return in_mode  # talk among people: "@ana help me" is no command and answers no question of the bot
        if (found := self._command(text)) is not None:
            return found
        if expected is not None and (skill := self._by_name.get(expected.skill)) is not None:
            return self._natural(skill, text, Decision(skill.name, "expected"), expected=expected.state)
        if in_mode is not None:
            return in_mode
        if (found := self._rule(text)) is not None:
            return found
        candidates = await self._similar(text)
        for name, score in candidates:
            if score < self._threshold:
                break
            skill = self._by_name[name]
            if skill is self.default or _fits(skill):
                return self._natural(skill, text, Decision(name, "semantic", score, candidates=candidates))
        decision = Decision(self.default.name, "default", candidates[0][1] if candidates else 1.0, "", candidates)
        return self._natural(self.default, text, decision)

    def _command(self, text: str) -> Route | UnknownCommand | None:
        mention = _MENTION.match(text)
        bare = text[mention.end() :] if mention else text
        if match := _COMMAND.fullmatch(bare):
            name, rest = match["name"].lower(), match["rest"] or ""
            skill = self._commands.get(name)
            if skill is None:
                near = difflib.get_close_matches(name, self._commands, n=1, cutoff=0.6)
                return UnknownCommand(name, self._commands[near[0]].command if near else None)
            return Route(skill, rest, Decision(skill.name, "command", detail=f"/{name}"))
        if mention:
            name, *after = bare.split(maxsplit=1)
            if (skill := self._commands.get(name.lower())) is not None:
                return Route(skill, "".join(after), Decision(skill.name, "command", detail=f"@ {name.lower()}"))
        return None

    def in_mode(self, event: Event, mode: Any) -> Route | None:
        """Where the conversation's mode sends a message; None where there is none, or no skill or text for it."""
        text = event.text.strip()
        name = mode.get("skill") if isinstance(mode, dict) else mode
        skill = self._by_name.get(name) if isinstance(name, str) else None
        if skill is None or not text or event.kind == "button":
            return None
        given = mode.get("arguments") if isinstance(mode, dict) else None
        return self._natural(skill, text, Decision(skill.name, "mode"), given=given or {})

    def _rule(self, text: str) -> Route | None:
        for skill in self.skills:
            for number, rule in enumerate(skill.rules, 1):
                if match := rule.search(text):
                    # A long pattern explains nothing to the person who asks why.
                    detail = rule.pattern if len(rule.pattern) <= 60 else f"{skill.name} {number}"
                    decision = Decision(skill.name, "rule", detail=detail)
                    given = {name: value for name, value in match.groupdict().items() if value is not None}
                    return self._natural(skill, text, decision, given=given)
        return None

    async def _similar(self, text: str) -> tuple[tuple[str, float], ...]:
        """Every skill's best similarity to ``text``, best first."""
        if self._embeddings is None or not text:
            return ()
        examples = await self._embedded_examples()
        if not examples:
            return ()
        query = _unit(await _call(self._embeddings, "embed_query", text[:_MOST_CHARACTERS]))
        best: dict[str, float] = {}
        for skill, vector in examples:
            score = sum(map(operator.mul, query, vector))
            best[skill.name] = max(score, best.get(skill.name, -1.0))
        return tuple(sorted(((name, round(score, 4)) for name, score in best.items()), key=lambda item: -item[1]))

    async def _embedded_examples(self) -> list[tuple[Skill, list[float]]]:
        async with self._lock:
            if self._examples is None:
                owners = [skill for skill in self.skills for _ in skill.examples]
                texts = [example for skill in self.skills for example in skill.examples]
                vectors = await _call(self._embeddings, "embed_documents", texts) if texts else []
                self._examples = [(skill, _unit(vector)) for skill, vector in zip(owners, vectors, strict=True)]
            return self._examples

    @staticmethod
    def _natural(
        skill: Skill,
        text: str,
        decision: Decision,
        *,
        given: dict[str, Any] | None = None,
        expected: dict[str, Any] | None = None,
    ) -> Route:
        """A route without a command: what is ``given`` by name, the text for the last parameter, defaults."""
        arguments: dict[str, Any] = {}
        for parameter in skill.parameters:
            value = (given or {}).get(parameter.name)
            if value is None:
                arguments[parameter.name] = text if parameter.rest else parameter.default
                continue
            try:
                arguments[parameter.name] = parameter.parse(value.strip()) if isinstance(value, str) else value
            except ValueError:
                if parameter.required:
                    return Route(skill, text, decision, None, expected)
                arguments[parameter.name] = parameter.default
        return Route(skill, text, decision, arguments, expected)


def _fits(skill: Skill) -> bool:
    """Whether a skill can be run with nothing but a text."""
    return all(parameter.rest or not parameter.required for parameter in skill.parameters)


def _unit(vector: Any) -> list[float]:
    values = [float(value) for value in vector]
    length = math.sqrt(sum(value * value for value in values)) or 1.0
    return [value / length for value in values]


async def _call(embeddings: Any, method: str, argument: Any) -> Any:
    """The asynchronous form of an embeddings method where it has one, else the plain one in a thread."""
    asynchronous = getattr(embeddings, f"a{method}", None)
    if inspect.iscoroutinefunction(asynchronous):
        return await asynchronous(argument)
    return await asyncio.to_thread(getattr(embeddings, method), argument)
