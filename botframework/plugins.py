"""Finds adapters, skills and models by name among what is installed, or in a local file; configures nothing.

Built-in plugins are found in the same way as anybody's: by the entry points ``botframework.adapters``,
``botframework.skills`` and ``botframework.models``. Only what is asked for is imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, TypeAlias

from botframework.adapter import Adapter
from botframework.errors import PluginError
from botframework.skill import Skill

__all__ = ["Kind", "adapter_class", "adapter_from_file", "installed", "skill_from_file", "skill_named", "skills_in"]

Kind: TypeAlias = Literal["adapters", "skills", "models"]
_WORDS: dict[Kind, str] = {"adapters": "channel", "skills": "skill", "models": "model"}
_EXTRAS = {
    "aiogram": "telegram",
    "prompt_toolkit": "console",
    "telegram": "telegram",
    "slack_bolt": "slack",
    "slack_sdk": "slack",
    "chromadb": "memory",
    "torch": "local",
    "transformers": "local",
    "langchain_openai": "openai",
    "pypdf": "documents",
    "docx": "documents",
}


def installed(kind: Kind) -> dict[str, EntryPoint]:
    """What is installed of one kind, by name."""
    return {point.name: point for point in sorted(entry_points(group=f"botframework.{kind}"))}


def adapter_class(name: str) -> type[Adapter]:
    """The adapter class of an installed channel.

    Raises:
        PluginError: there is none of this name (the message lists those that are), or it cannot be imported.
    """
    return _adapter(_load("adapters", name), f"channel {name!r}")


def adapter_from_file(name: str, path: Path) -> type[Adapter]:
    """The one adapter class that a Python file defines.

    Raises:
        PluginError: the file cannot be run or defines none, or several.
    """
    module = _module(path, "channel")
    found = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
    adapters = [value for value in found if issubclass(value, Adapter)]
    if len(adapters) != 1:
        raise PluginError(f"channel {name!r}: {path} must define exactly one Adapter, not {len(adapters)}")
    return adapters[0]


def skill_named(name: str) -> Skill:
    """An installed skill.

    Raises:
        PluginError: there is none of this name (the message lists those that are), or it cannot be imported.
    """
    found = _load("skills", name)
    if not isinstance(found, Skill):
        raise PluginError(f"skill {name!r}: its entry point is {type(found).__name__}; it must be made with @skill(…)")
    return found


def skill_from_file(name: str, path: Path) -> Skill:
    """The skill ``name`` that a Python file defines; its only one where it defines one.

    Raises:
        PluginError: the file cannot be run, or defines no such skill.
    """
    found = skills_in(path)
    if len(found) == 1:
        return found[0]
    for skill in found:
        if skill.name == name:
            return skill
    names = ", ".join(skill.name for skill in found)
    raise PluginError(f"skill {name!r}: {path} defines {names or 'no skill; make one with @skill(…)'}")


def skills_in(path: Path) -> list[Skill]:
    """Every skill that a Python file defines.

    Raises:
        PluginError: the file cannot be run.
    """
    return [value for value in vars(_module(path, "skill")).values() if isinstance(value, Skill)]


def _load(kind: Kind, name: str) -> Any:
    points = installed(kind)
    word = _WORDS[kind]
    if name not in points:
        import difflib

        near = difflib.get_close_matches(name, points, n=1)
        hint = f", did you mean {near[0]}?" if near else ""
        raise PluginError(f"there is no {word} {name!r}{hint} installed: {', '.join(points) or 'none'}")
    try:
        return points[name].load()
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        extra = _EXTRAS.get(missing)
        mend = f"; install it: pip install 'botframework[{extra}]'" if extra else ""
        raise PluginError(f"{word} {name!r} needs the package {missing!r}, which is not installed{mend}") from error
    except (ImportError, AttributeError) as error:
        raise PluginError(f"{word} {name!r} ({points[name].value}) cannot be imported: {error}") from error


def _adapter(found: Any, what: str) -> type[Adapter]:
    if not (isinstance(found, type) and issubclass(found, Adapter)):
        raise PluginError(f"{what}: its entry point is {found!r}; it must be a subclass of botframework.Adapter")
    return found


def _module(path: Path, word: str) -> ModuleType:
    full = path.resolve()
    name = f"botframework_local_{path.stem}_{hashlib.sha256(str(full).encode()).hexdigest()[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    if not full.is_file():
        raise PluginError(f"{word} file {path} does not exist")
    spec = importlib.util.spec_from_file_location(name, full)
    if spec is None or spec.loader is None:
        raise PluginError(f"{word} file {path} is no Python file; its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and type hints look their module up while it is being run
    try:
        spec.loader.exec_module(module)
    except PluginError:
        del sys.modules[name]
        raise
    except Exception as error:
        del sys.modules[name]
        line = _line_in(error, full)
        raise PluginError(f"{word} file {path}{line}: {type(error).__name__}: {error}") from error
    return module


def _line_in(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return f":{error.lineno}"
    trace, line = error.__traceback__, ""
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename) == path:
            line = f":{trace.tb_lineno}"
        trace = trace.tb_next
    return line
