"""Logs: their shape, and what never stands in them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from botframework.telemetry import configure_logging

TELEGRAM = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """The root logger gets its handlers back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_json_lines_have_fields_and_no_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    """A record is one JSON object with its extra fields; tokens and configured secrets are masked, in traces too."""
    configure_logging("info", "json", ["correct horse"])
    log = logging.getLogger("botframework.test")
    try:
        raise ValueError(f"cannot use {TELEGRAM}, nor correct horse")
    except ValueError:
        log.exception("failed with %s", "correct horse", extra={"reference": "ab12"})
    printed = capsys.readouterr()
    line = json.loads(printed.err)
    assert printed.out == ""
    assert (line["level"], line["logger"], line["reference"]) == ("error", "botframework.test", "ab12")
    assert "Traceback" in line["exception"]
    assert TELEGRAM not in printed.err
    assert "correct horse" not in printed.err


def test_level_holds_for_this_project_and_others_only_warn(capsys: pytest.CaptureFixture[str]) -> None:
    """`info` shows what this project does, without the talk of its libraries."""
    configure_logging("info", "json")
    logging.getLogger("botframework.test").info("ours")
    logging.getLogger("botframework_telegram").info("ours too")
    logging.getLogger("httpx").info("theirs")
    logging.getLogger("botframework.test").debug("too much")
    assert [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()] == ["ours", "ours too"]


def test_text_goes_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a file nothing is printed, and the secrets are masked there as well."""
    configure_logging("warning", "text", file=tmp_path / "chat.log")
    logging.getLogger("botframework.test").warning("the token is %s", TELEGRAM)
    assert capsys.readouterr() == ("", "")
    text = (tmp_path / "chat.log").read_text()
    assert "WARNING botframework.test: the token is" in text
    assert TELEGRAM not in text
