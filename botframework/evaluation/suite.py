"""A suite: a small YAML file that names a kind of measurement, its files and its options; knows no model.

Suites are looked up by name in ``config/eval`` of the folder one stands in and of the project, and among those that are
installed with the package; a path to a YAML file is taken as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, field_validator, model_validator

from botframework.errors import ConfigError, DataError

__all__ = ["Kind", "Suite", "evenly", "find_suite", "load_suite", "suite_names"]

Kind = Literal[
    "translation",
    "summary",
    "likelihood",
    "memory",
    "code",
    "retrieval",
    "diversity",
    "router",
    "bias",
    "questions",
    "speed",
]
T = TypeVar("T")
_PACKAGE = Path(__file__).parent
_FOLDERS = (Path("config/eval"), _PACKAGE.parents[1] / "config" / "eval", _PACKAGE / "suites")


class Suite(BaseModel):
    """One suite file. A key that its kind does not use is refused by no one, a key that no kind has is.

    Args:
        name: how it is called on the command line and in tables.
        kind: what is measured.
        about: one line for readers.
        files: patterns of file names, looked for in the data folder and in ``folders``.
        folders: where its own files are, relative to the suite's file.
        skip: patterns of files that are left out.
        prompt: the request, with ``{text}``, ``{language}`` … in it; None takes the contract of the bundled model.
        limit: most records of each file, evenly spaced; the command's ``--limit`` wins where it is smaller.
        max_new_tokens: longest answer.
        repetition_penalty: 1 asks for pure greedy answers; None takes what the model folder recommends.
        reverse: translation: ``true`` adds the way back, ``only`` leaves the way there out.
        samples: code: answers per task; more than one are drawn with ``temperature`` and ``top_p``.
        k: code: the k of pass@k.
        seconds: code: wall time of one test run.
        candidates: retrieval: how many sentences stand to choose from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9_-]+$")
    kind: Kind
    about: str = ""
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    prompt: str | None = None
    limit: int | None = Field(None, gt=0)
    max_new_tokens: int = Field(128, gt=0)
    repetition_penalty: float | None = Field(1.0, gt=0)
    reverse: bool | Literal["only"] = False
    samples: int = Field(1, gt=0)
    k: tuple[PositiveInt, ...] = Field((1,), min_length=1)
    temperature: float = Field(0.8, gt=0)
    top_p: float = Field(0.95, gt=0, le=1)
    seconds: float = Field(5.0, gt=0)
    candidates: int = Field(1000, gt=1)
    path: Path = Path()

    @field_validator("files", "skip")
    @classmethod
    def _check_patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            if not pattern or Path(pattern).is_absolute():
                raise ValueError(f"{pattern!r} is no name of files; name their folder in folders, or with --data")
        return patterns

    @field_validator("prompt")
    @classmethod
    def _check_prompt(cls, prompt: str | None) -> str | None:
        if prompt is not None:
            try:
                filled = prompt.format(text="\0", language="")
            except (LookupError, ValueError, AttributeError) as error:
                raise ValueError("{text} and {language} alone are filled in; other braces are written twice") from error
            if "\0" not in filled:
                raise ValueError("{text} has to stand in it, or the model is not told what to work on")
        return prompt

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        if self.kind == "code" and max(self.k) > self.samples:
            raise ValueError(f"k: pass@{max(self.k)} needs samples: {max(self.k)} at least")
        return self

    def find(self, data: Path | None) -> list[Path]:
        """Its files, sorted by name: those in the data folder, else those beside the suite.

        Raises:
            DataError: there are none.
        """
        own = [self.path.parent / folder for folder in self.folders or (".",)]
        for folder in [*([data] if data is not None else []), *own]:
            found = {file for pattern in self.files for file in folder.glob(pattern) if file.is_file()}
            found -= {file for pattern in self.skip for file in folder.glob(pattern)}
            if found:
                return sorted(found)
        places = ", ".join(map(str, [*([data] if data is not None else []), *own]))
        hint = "" if data is not None else "; name the folder of evaluation files with --data"
        raise DataError(f"suite {self.name}: no file like {', '.join(self.files)} in {places}{hint}")


def suite_names(folders: Iterable[Path] = _FOLDERS) -> list[str]:
    """Every suite that is found by name."""
    return sorted({file.stem for folder in folders if folder.is_dir() for file in folder.glob("*.yaml")})


def find_suite(name: str, folders: Iterable[Path] = _FOLDERS) -> Suite:
    """The suite of that name, or in that YAML file.

    Raises:
        ConfigError: there is none, or it is wrong.
    """
    if name.endswith((".yaml", ".yml")):
        return load_suite(Path(name))
    for folder in folders:
        if (file := folder / f"{name}.yaml").is_file():
            return load_suite(file)
    raise ConfigError(f"there is no suite {name!r}; there are: {', '.join(suite_names(folders))}, or a path to a .yaml")


def load_suite(file: Path) -> Suite:
    """Read a suite's file.

    Raises:
        ConfigError: it cannot be read, or a key is unknown or wrong.
    """
    try:
        data: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{file}: cannot be read as YAML: {error}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{file}: expected a mapping of settings, got {type(data).__name__}")
    try:
        suite = Suite.model_validate({**data, "path": file.resolve()})
    except ValidationError as error:
        lines = [f"{file}: {_at(e['loc'])}{e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
        raise ConfigError("\n".join(lines)) from error
    if not suite.files and suite.kind != "speed":
        raise ConfigError(f"{file}: files: missing; a suite of kind {suite.kind} needs some")
    return suite


def _at(place: tuple[int | str, ...]) -> str:
    return f"{'.'.join(map(str, place))}: " if place else ""


def evenly(items: Sequence[T], limit: int | None) -> list[T]:
    """At most ``limit`` of the items, evenly spaced, since files may be sorted."""
    if limit is None or limit >= len(items):
        return list(items)
    return [items[index * len(items) // limit] for index in range(limit)]
