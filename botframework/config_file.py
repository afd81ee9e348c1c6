"""A YAML file as pydantic models, every mistake with its file and line; knows neither plugins nor what is configured.

A field of type ``SecretStr`` never stands in the file itself: it is ``{env: NAME}`` or ``{file: PATH}``, or an
environment variable overrides it.
"""

from __future__ import annotations

import difflib
import os
import types
import typing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from botframework.errors import ConfigError

__all__ = ["PREFIX", "ConfigFile", "Location", "closest"]

PREFIX = "BOTFRAMEWORK__"
Location: TypeAlias = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


@dataclass
class ConfigFile:
    """The values of one file and of the environment over it, and where each was written.

    Args:
        path: how the file is called in messages; None when there is none.
        values: the merged tree.
        lines: the line of each key, counted from 1.
        overridden: the locations that the environment set.
    """

    path: Path | None
    values: dict[str, Any]
    lines: dict[Location, int] = field(default_factory=dict)
    overridden: set[Location] = field(default_factory=set)
    mistakes: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path | None) -> ConfigFile:
        """Read a file; None gives an empty one.

        Raises:
            ConfigError: it cannot be read, is no YAML mapping, or has a key twice.
        """
        if path is None:
            return cls(None, {})
        try:
            node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"{path}: is not UTF-8 text: {error}") from error
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            problem = error.problem or error.context or "cannot be understood"
            raise ConfigError(
                f"{path}:{line}: is not valid YAML: {problem} (is the indentation right, and is text that contains "
                "': ' or '#' quoted?)"
            ) from error
        except yaml.YAMLError as error:
            raise ConfigError(f"{path}: is not valid YAML: {error}") from error
        file = cls(path, {})
        if node is not None:
            values = file._construct(node, ())
            if not isinstance(values, dict):
                raise ConfigError(f"{path}:1: must be settings of the form `name: value`, not {_called(values)}")
            file.values = values
        file.complain()
        return file

    def override(self, values: dict[str, Any]) -> None:
        """Lay the environment's values over the file's."""
        self._merge(self.values, values, ())

    def mistake(self, location: Location, problem: str) -> None:
        """Note one mistake; ``complain`` raises them all together."""
        if self._is_overridden(location):
            name = PREFIX + "__".join(str(key).upper() for key in location)
            self.mistakes.append((0, f"environment variable {name}: {problem}"))
            return
        line = next((self.lines[location[:n]] for n in range(len(location), 0, -1) if location[:n] in self.lines), 0)
        where = f"{self.path}:{line}: " if line else f"{self.path}: " if self.path else ""
        name = ".".join(str(key) for key in location)
        self.mistakes.append((line, f"{where}{name}: {problem}" if name else f"{where}{problem}"))

    def complain(self) -> None:
        """Raise ``ConfigError`` with every mistake noted so far, one per line, in the order of the file."""
        if self.mistakes:
            raise ConfigError("\n".join(dict.fromkeys(text for _, text in sorted(self.mistakes))))

    def model(self, kind: type[Model], values: Any, location: Location = ()) -> Model | None:
        """``values``, which stand at ``location``, as ``kind``; None when a mistake was noted."""
        before = len(self.mistakes)
        resolved = self._secrets(kind, {} if values is None else values, location)
        if len(self.mistakes) > before:
            return None
        try:
            return kind.model_validate(resolved)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                self._explain(kind, location, detail)
            return None

    def _construct(self, node: yaml.Node, location: Location) -> Any:
        if isinstance(node, yaml.MappingNode):
            found: dict[str, Any] = {}
            for key_node, value_node in node.value:
                key = str(key_node.value)
                here = (*location, key)
                line = key_node.start_mark.line + 1
                if key in found:
                    self.mistake(here, f"stands here a second time; the first is in line {self.lines[here]}")
                    self.mistakes[-1] = (line, self.mistakes[-1][1].replace(f":{self.lines[here]}:", f":{line}:", 1))
                    continue
                self.lines[here] = line
                found[key] = self._construct(value_node, here)
            return found
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                self.lines[(*location, index)] = item.start_mark.line + 1
                items.append(self._construct(item, (*location, index)))
            return items
        loader = yaml.SafeLoader("")
        try:
            return loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self.mistake(location, f"{node.value!r} cannot be read as a value: {error}")
            return None

    def _merge(self, base: dict[str, Any], over: dict[str, Any], location: Location) -> None:
        for key, value in over.items():
            here = (*location, key)
            if isinstance(value, dict) and set(value) not in ({"env"}, {"file"}):
                if not isinstance(base.get(key), dict):
                    base[key] = {}
                self._merge(base[key], value, here)
            else:
                base[key] = value
                self.overridden.add(here)

    def _is_overridden(self, location: Location) -> bool:
        return any(location[:n] in self.overridden for n in range(1, len(location) + 1))

    def _secrets(self, kind: type[BaseModel], values: Any, location: Location) -> Any:
        if not isinstance(values, dict):
            return values
        resolved = dict(values)
        for name, info in kind.model_fields.items():
            key = name if name in values else info.alias or name
            if key not in values or values[key] is None:
                continue
            here = (*location, key)
            inner = _inner_model(info.annotation)
            if _is_secret(info.annotation):
                resolved[key] = self._secret(values[key], here)
            elif inner is not None:
                resolved[key] = self._secrets(inner, values[key], here)
        return resolved

    def _secret(self, value: Any, location: Location) -> Any:
        if isinstance(value, SecretStr) or self._is_overridden(location):
            return value
        suggestion = f"{{env: {'_'.join(str(key) for key in location[-2:]).upper()}}}"
        if not isinstance(value, dict) or set(value) not in ({"env"}, {"file"}):
            self.mistake(
                location,
                "a secret must not stand in this file (it would end up in backups and version control); "
                f"allowed: {suggestion} or {{file: /run/secrets/name}}",
            )
            return None
        (how, where), *_ = value.items()
        if how == "env":
            found = os.environ.get(str(where), "")
            if not found:
                self.mistake(location, f"the environment variable {where} is not set; set it: export {where}=…")
            return found
        try:
            found = Path(str(where)).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            self.mistake(location, f"the secret's file {where} cannot be read: {reason}")
            return None
        if not found:
            self.mistake(location, f"the secret's file {where} is empty")
        return found

    def _explain(self, kind: type[BaseModel], location: Location, detail: Any) -> None:
        here = (*location, *detail["loc"])
        owner, info = _field(kind, detail["loc"])
        while here and detail["type"] != "missing" and here not in self.lines and not self._is_overridden(here):
            if len(here) <= len(location) + 1:
                break
            here = here[:-1]  # pydantic adds the branch of a union, which stands nowhere in the file
        if detail["type"] == "extra_forbidden":
            names = list(owner.model_fields) if owner is not None else []
            self.mistake(here, f"unknown setting{closest(str(here[-1]), names)}; allowed: {', '.join(names) or 'none'}")
            return
        allowed = _allowed(info)
        problem = f"must be {allowed}" if allowed and detail["type"] != "missing" else detail["msg"]
        if detail["type"] == "missing":
            problem = f"is missing; allowed: {allowed}" if allowed else "is missing"
        elif detail["type"] in {"value_error", "assertion_error"}:
            problem = str(detail["ctx"]["error"]) if "ctx" in detail else detail["msg"]
            problem += f"; allowed: {allowed}" if allowed else ""
        elif info is None or not _is_secret(info.annotation):
            problem += f", not {_called(detail['input'])}"
        self.mistake(here, problem)


def closest(name: str, known: Iterable[str]) -> str:
    """``", did you mean X?"`` for the nearest known name, or nothing."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f", did you mean {found[0]}?" if found else ""


def _called(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "empty" if value is None else repr(value)


def _options(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return tuple(option for option in typing.get_args(annotation) if option is not types.NoneType)
    return (annotation,)


def _is_secret(annotation: Any) -> bool:
    return SecretStr in _options(annotation)


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    return next((o for o in _options(annotation) if isinstance(o, type) and issubclass(o, BaseModel)), None)


def _field(kind: type[BaseModel], location: Location) -> tuple[type[BaseModel] | None, FieldInfo | None]:
    """The model and the field that a pydantic error's location means."""
    owner: type[BaseModel] | None = kind
    info: FieldInfo | None = None
    for position, key in enumerate(location):
        found = owner.model_fields.get(str(key)) if owner is not None else None
        if found is None:
            return owner, info if position else None
        info = found
        inner = _inner_model(found.annotation)
        if inner is None:
            mapped = [arg for option in _options(found.annotation) for arg in typing.get_args(option)]
            inner = next((m for arg in mapped if (m := _inner_model(arg)) is not None), None)
            if inner is not None and position + 2 < len(location):
                return _field(inner, location[position + 2 :])
            return owner, info
        if position + 1 == len(location):
            return owner, info
        owner = inner
    return owner, info


def _allowed(info: FieldInfo | None) -> str:
    """What a field takes, in words: ``a whole number, at least 1``."""
    if info is None:
        return ""
    kinds = " or ".join(word for option in _options(info.annotation) if (word := _kind(option)))
    words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    limits = [
        f"{word} {limit:g}"
        for rule in info.metadata
        for name, word in words.items()
        if (limit := getattr(rule, name, None)) is not None
    ]
    return ", ".join(filter(None, [kinds, " and ".join(limits)]))


def _kind(annotation: Any) -> str:
    if typing.get_origin(annotation) is Literal:
        return "one of " + ", ".join(str(choice) for choice in typing.get_args(annotation))
    origin = typing.get_origin(annotation) or annotation
    if isinstance(origin, type) and issubclass(origin, BaseModel):
        return "settings of the form `name: value`"
    names: dict[Any, str] = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "text",
        Path: "a path",
        dict: "settings of the form `name: value`",
        list: "a list",
        Sequence: "a list",
        tuple: "a list",
        set: "a list",
        frozenset: "a list",
        SecretStr: "{env: NAME} or {file: PATH}",
    }
    return names.get(origin, "")
