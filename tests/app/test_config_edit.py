"""Single settings are changed in a file's text, and nothing else is."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from botframework.config_edit import edit_settings, write_text
from botframework.errors import ConfigError

ROOT = Path(__file__).parents[2]
DEFAULT = (ROOT / "config/default.yaml").read_text(encoding="utf-8")


def changed_lines(before: str, after: str) -> list[str]:
    """The lines that differ, with + or - before each."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[0] in "+-" and line[:3] not in {"+++", "---"}]


def test_one_value_changes_one_line_and_its_comment_stays_in_its_column() -> None:
    """The file differs in one line, whose comment stands where it stood."""
    after = edit_settings(DEFAULT, "model", {"name": "Qwen/Qwen3-0.6B"})
    old, new = changed_lines(DEFAULT, after)
    assert new.startswith("+  name: Qwen/Qwen3-0.6B ")
    assert new.index("#") == old.index("#")
    assert new[new.index("#") :] == old[old.index("#") :]


def test_there_and_back_gives_the_same_file() -> None:
    """Settings that were added and removed again leave no trace."""
    there = edit_settings(
        DEFAULT, "model", {"provider": "openai", "base_url": "http://localhost:8000/v1", "api_key": {"env": "KEY"}}
    )
    assert yaml.safe_load(there)["model"]["api_key"] == {"env": "KEY"}
    back = edit_settings(there, "model", {"provider": "local", "base_url": None, "api_key": None})
    assert back == DEFAULT


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "model:\n  name: a/b\n"),
        ("# mine\n", "# mine\nmodel:\n  name: a/b\n"),
        ("log: {level: info}", "log: {level: info}\nmodel:\n  name: a/b\n"),
        ("model:\nlog:\n", "model:\n  name: a/b\nlog:\n"),
        ("model: {name: mini, dtype: auto} # c\n", "model: {name: a/b, dtype: auto} # c\n"),
        ("model: {}\n", "model: {name: a/b}\n"),
        ("model:\n    name: 'mini'\n    # tail\n", "model:\n    name: a/b\n    # tail\n"),
        ("model:\n  name:   # none yet\n", "model:\n  name: a/b # none yet\n"),
        ("model:\r\n  dtype: auto\r\n", "model:\r\n  dtype: auto\r\n  name: a/b\r\n"),
        ("{log: {level: info}}", "{model: {name: a/b}, log: {level: info}}"),
    ],
)
def test_every_way_to_write_a_section_is_understood(before: str, after: str) -> None:
    """Empty, block and flow sections, missing ones, and foreign line ends are kept as they are."""
    assert edit_settings(before, "model", {"name": "a/b"}) == after


def test_an_alias_is_left_to_its_owner() -> None:
    """A section that stands somewhere else is not changed there behind anybody's back."""
    with pytest.raises(ConfigError, match="by hand"):
        edit_settings("base: &b {name: mini}\nmodel: *b\n", "model", {"name": "x"})


def test_text_that_is_no_yaml_is_refused() -> None:
    """The mistake is told and nothing is returned."""
    with pytest.raises(ConfigError, match="not valid YAML"):
        edit_settings("model: [", "model", {"name": "x"})


@given(value=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20))
def test_any_name_is_read_back_as_it_was_given(value: str) -> None:
    """A value is quoted where YAML would take it for something else."""
    for text in ("model:\n  name: mini  # c\n", "model: {name: mini}\n"):
        assert yaml.safe_load(edit_settings(text, "model", {"name": value}))["model"]["name"] == value


def test_a_file_is_replaced_with_its_rights(tmp_path: Path) -> None:
    """Who may read the file does not change."""
    path = tmp_path / "config.yaml"
    path.write_text("a: 1\n")
    path.chmod(0o600)
    write_text(path, "a: 2\n")
    assert path.read_text() == "a: 2\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["config.yaml"]
