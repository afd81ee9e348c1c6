"""The bot's own texts in several languages (Fluent files); knows no person and no skill."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fluent.runtime import FluentBundle

__all__ = ["LANGUAGES", "LOCALES", "Texts"]

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = {"en": "English", "zh": "中文", "fr": "Français", "de": "Deutsch", "es": "Español"}
"""The languages a person may choose, each by its own name."""


class Texts:
    """Finds a message by key and language; English where a language lacks it.

    Args:
        folders: each holds one folder per language with ``*.ftl`` files; a later one adds to the earlier.
    """

    def __init__(self, folders: Sequence[Path] = (LOCALES,)) -> None:
        self._folders = list(folders)
        self._bundles: dict[str, FluentBundle] = {}

    def add(self, folder: Path) -> None:
        """Add the texts of a plugin."""
        if folder not in self._folders:
            self._folders.append(folder)
            self._bundles.clear()
            self.__dict__.pop("languages", None)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that any text exists in."""
        return tuple(sorted({path.parent.name for folder in self._folders for path in folder.glob("*/*.ftl")}))

    def say(self, language: str, key: str, /, **values: Any) -> str:
        """The text of ``key`` in ``language``, else in English, else the key itself."""
        for candidate in dict.fromkeys((language, language.partition("-")[0], "en")):
            if candidate not in self.languages:
                continue
            bundle = self._bundle(candidate)
            if bundle.has_message(key):
                pattern = bundle.get_message(key).value
                if pattern is not None:
                    text, _ = bundle.format_pattern(pattern, values)
                    return str(text)
        return key

    def keys(self, language: str) -> set[str]:
        """Every key that ``language`` has."""
        from fluent.syntax import FluentParser, ast

        return {
            entry.id.name
            for folder in self._folders
            for path in sorted(folder.glob(f"{language}/*.ftl"))
            for entry in FluentParser().parse(path.read_text(encoding="utf-8")).body
            if isinstance(entry, ast.Message)
        }

    def _bundle(self, language: str) -> FluentBundle:
        if language not in self._bundles:
            from fluent.runtime import FluentBundle, FluentResource

            bundle = FluentBundle([language], use_isolating=False)
            for folder in self._folders:
                for path in sorted(folder.glob(f"{language}/*.ftl")):
                    bundle.add_resource(FluentResource(path.read_text(encoding="utf-8")), allow_overrides=True)
            self._bundles[language] = bundle
        return self._bundles[language]
