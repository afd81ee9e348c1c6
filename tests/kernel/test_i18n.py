"""The bot's own texts in every language."""

from __future__ import annotations

from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast

from botframework.i18n import LOCALES, Texts


@pytest.mark.parametrize("language", ["de", "es", "fr", "zh"])
def test_every_english_text_exists_in_the_other_languages(language: str) -> None:
    """A person is never answered half in English."""
    texts = Texts()
    assert texts.keys(language) == texts.keys("en")


@pytest.mark.parametrize("language", ["de", "es", "fr", "zh"])
def test_every_text_takes_the_values_that_the_english_one_takes(language: str) -> None:
    """No translation forgets a reference or a number."""
    texts = Texts()
    for key in texts.keys("en"):
        names = ("reference", "message", "usage", "name", "closest", "position", "seconds", "person", "skills", "text")
        marks = {name: f"<{name}>" for name in names}
        english, other = (texts.say(each, key, **marks, count=2) for each in ("en", language))
        assert [mark for mark in marks.values() if mark in english] == [
            mark for mark in marks.values() if mark in other
        ]


@pytest.mark.parametrize("path", sorted(LOCALES.glob("*/*.ftl")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_files_are_well_formed(path: Path) -> None:
    """There is no line that Fluent cannot read."""
    junk = [entry for entry in FluentParser().parse(path.read_text("utf-8")).body if isinstance(entry, ast.Junk)]
    assert junk == []


def test_texts_take_values_and_plurals() -> None:
    """Numbers choose their form."""
    texts = Texts()
    assert texts.say("en", "memory-head", count=1) == "I remember one thing:"
    assert texts.say("en", "memory-head", count=2) == "I remember 2 things:"
    assert texts.say("en", "in-line", position=1) == "You are next in line."
    assert texts.say("en", "in-line", position=4) == "You are number 4 in line."
    assert texts.say("zh", "in-line-seconds", position=3, seconds=20) == "你排在第 3 位，大约还要 20 秒。"


def test_what_a_language_lacks_is_said_in_english() -> None:
    """An unknown language, a regional one and an unknown key have an answer."""
    texts = Texts()
    assert texts.say("tlh", "stopped") == "Stopped."
    assert texts.say("zh-TW", "stopped") == "已停止。"
    assert texts.say("en", "no-such-key") == "no-such-key"


def test_a_plugin_adds_its_own_texts(tmp_path: Path) -> None:
    """A folder of a plugin is searched too, and may replace a text."""
    (tmp_path / "it").mkdir()
    (tmp_path / "it" / "mine.ftl").write_text("stopped = Fermato.\nmine = Mio.\n", encoding="utf-8")
    texts = Texts()
    assert "it" not in texts.languages
    texts.add(tmp_path)
    texts.add(tmp_path)
    assert texts.languages == ("de", "en", "es", "fr", "it", "zh")
    assert texts.say("it", "stopped") == "Fermato."
    assert texts.say("it", "mine") == "Mio."
    assert texts.say("it", "no") == "No"
