"""The configuration: what is read, what wins, and how a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from botframework.config import Config, load
from botframework.errors import ConfigError

ROOT = Path(__file__).parents[2]
LOOP = """
from botframework import Adapter
from pydantic import BaseModel, Field, SecretStr

class Inner(BaseModel, extra="forbid"):
    size: int = Field(3, ge=1)

class Settings(BaseModel, extra="forbid"):
    token: SecretStr
    rooms: list[int] = []
    inner: Inner = Inner()

class LoopAdapter(Adapter):
    name = "loop"
    Settings = Settings
    def __init__(self, settings): self.settings = settings
    async def run(self, accept): ...
    async def send(self, address, part, key): ...
    async def edit(self, address, receipt, part): ...
    async def delete(self, address, receipt): ...
    async def fetch(self, attachment): ...
"""
SKILL = """
from pydantic import BaseModel
from botframework import Context, skill

class Settings(BaseModel, extra="forbid"):
    tone: str = "kind"

@skill("echo", "Says it again.", settings=Settings)
async def echo(ctx: Context, text: str) -> str:
    return text
"""
HEAD = "skills:\n  echo: {path: echo.py}\ndefault_skill: echo\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "loop.py").write_text(LOOP)
    (tmp_path / "echo.py").write_text(SKILL)
    return tmp_path


def write(folder: Path, text: str, head: str = HEAD) -> Path:
    path = folder / "bot.yaml"
    path.write_text(head + text, encoding="utf-8")
    return path


def mistakes(path: Path) -> str:
    with pytest.raises(ConfigError) as error:
        load(path)
    return str(error.value).replace(f"{path.parent}/", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "limits:\n  attempts: 0\n",
            "bot.yaml:5: limits.attempts: must be a whole number, at least 1 and at most 100, not 0",
        ),
        ("limits:\n  attempts: many\n", "bot.yaml:5: limits.attempts: must be a whole number, at least 1"),
        ("limits:\n  atempts: 3\n", "bot.yaml:5: limits.atempts: unknown setting, did you mean attempts?"),
        ("limitz:\n  attempts: 3\n", "bot.yaml:4: limitz: unknown setting, did you mean limits?"),
        ("model:\n  provider: remote\n", "bot.yaml:5: model.provider: must be one of local, openai, not 'remote'"),
        (
            "model: {temperature: -1}\n",
            "bot.yaml:4: model.temperature: must be a number, at least 0 and at most 10, not -1",
        ),
        ("interrupt: perhaps\n", "bot.yaml:4: interrupt: must be true or false, not 'perhaps'"),
        ("http:\n  port: 99999\n", "bot.yaml:5: http.port: must be a whole number"),
        ("log: loud\n", "bot.yaml:4: log: must be settings of the form `name: value`, not 'loud'"),
        ("language:\n  default: xx\n", "bot.yaml:5: language.default: must be one of en, zh, fr, de, es, not 'xx'"),
        ("access:\n  console: {alow: [1]}\n", "bot.yaml:5: access.console.alow: unknown setting, did you mean allow?"),
        ("access:\n  console:\n    deny: 1.5\n", "bot.yaml:6: access.console.deny: must be a list"),
        ("channels:\n  consol:\n", "bot.yaml:5: channels.consol: there is no channel 'consol', did you mean console?"),
        (
            "channels:\n  console:\n    outptu: json\n",
            "bot.yaml:6: channels.console.outptu: unknown setting, did you mean output?",
        ),
        (
            "channels:\n  console: {output: xml}\n",
            "bot.yaml:5: channels.console.output: must be one of text, json, not 'xml'",
        ),
        ("channels: 5\n", "bot.yaml:4: channels: must be names with their settings under them"),
        (
            "channels:\n  loop: {path: loop.py}\n",
            "bot.yaml:5: channels.loop.token: is missing; allowed: {env: NAME} or {file: PATH}",
        ),
        (
            "channels:\n  loop:\n    path: loop.py\n    token: abc\n",
            "bot.yaml:7: channels.loop.token: a secret must not stand in this file",
        ),
        (
            "channels:\n  loop: {path: loop.py, token: {env: NOT_SET_AT_ALL}}\n",
            "bot.yaml:5: channels.loop.token: the environment variable NOT_SET_AT_ALL is not set; set it",
        ),
        (
            "channels:\n  loop: {path: loop.py, token: {file: nowhere/at/all}}\n",
            "channels.loop.token: the secret's file nowhere/at/all cannot be read: No such file or directory",
        ),
        (
            "channels:\n  loop:\n    path: loop.py\n    token: {env: HOME}\n    rooms:\n      - 1\n      - two\n",
            "bot.yaml:10: channels.loop.rooms.1: must be",
        ),
        (
            "channels:\n  loop:\n    path: loop.py\n    token: {env: HOME}\n    inner:\n      size: 0\n",
            "bot.yaml:9: channels.loop.inner.size: must be a whole number, at least 1, not 0",
        ),
        ("model:\n  api_key: sk-123\n", "bot.yaml:5: model.api_key: a secret must not stand in this file"),
        ("data: a\ninterrupt: true\ndata: b\n", "bot.yaml:6: data: stands here a second time; the first is in line 4"),
        ("limits: [\n", "is not valid YAML"),
        ("log: {level: info\nhttp: 1\n", "bot.yaml:5: is not valid YAML"),
    ],
)
def test_mistake_is_told_with_file_line_and_what_is_allowed(folder: Path, text: str, expected: str) -> None:
    """A mistake names the file, the line, the setting and what is allowed there."""
    assert expected in mistakes(write(folder, text))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("- a\n- b\n", "bot.yaml:1: must be settings of the form"),
        ("skills:\n  echo: {path: nowhere.py}\n", "bot.yaml:2: skills.echo: skill file"),
        (
            "skills:\n  echo: {path: echo.py, tune: 1}\n",
            "bot.yaml:2: skills.echo.tune: unknown setting, did you mean tone?",
        ),
        ("skills:\n  echo: {path: 7}\n", "bot.yaml:2: skills.echo.path: must be the path of a Python file"),
        (
            "skills:\n  echo: {path: echo.py}\ndefault_skill: ecko\n",
            "bot.yaml:3: default_skill: 'ecko' is none of the skills, did you mean echo?; allowed: echo",
        ),
    ],
)
def test_mistake_about_skills_is_told(folder: Path, head: str, expected: str) -> None:
    """A skill that cannot be loaded, or its wrong setting, is told with the line of its name."""
    assert expected in mistakes(write(folder, "", head))


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    """Every mistake of a file is in one message, in the order of the file."""
    told = mistakes(write(folder, "limits: {attempts: 0}\nmodel:\n  provider: x\nhttpp: {}\n")).splitlines()
    assert [line.split(":")[1] for line in told] == ["4", "6", "7"]


def test_mistake_does_not_show_a_secret(folder: Path) -> None:
    """The text of a secret that was written into the file is not repeated in the message."""
    assert "sk-very-secret" not in mistakes(write(folder, "model: {api_key: sk-very-secret}\n"))


def test_broken_skill_file_is_told_with_its_own_line(folder: Path) -> None:
    """An exception while a skill's file is read names that file and the line in it."""
    (folder / "bad.py").write_text("x = 1\ny = 1 / 0\n")
    assert "bad.py:2: ZeroDivisionError" in mistakes(write(folder, "", "skills:\n  bad: {path: bad.py}\n"))


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A file that does not exist is a configuration error, not a traceback."""
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load(tmp_path / "nowhere.yaml")


def test_environment_wins_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable BOTFRAMEWORK__… replaces what the file says, and leaves the rest of its section."""
    monkeypatch.setenv("BOTFRAMEWORK__LIMITS__ATTEMPTS", "7")
    monkeypatch.setenv("BOTFRAMEWORK__INTERRUPT", "true")
    monkeypatch.setenv("BOTFRAMEWORK__CHANNELS__CONSOLE__OUTPUT", "json")
    config = load(write(folder, "limits: {attempts: 3, concurrency: 2}\nchannels: {console: {user: ann}}\n"))
    assert (config.limits.attempts, config.limits.concurrency, config.interrupt) == (7, 2, True)
    assert config.channels["console"].settings.model_dump(include={"output", "user"}) == {
        "output": "json",
        "user": "ann",
    }


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (
            "BOTFRAMEWORK__LIMITS__ATTEMPTS",
            "x",
            "environment variable BOTFRAMEWORK__LIMITS__ATTEMPTS: must be a whole number",
        ),
        ("BOTFRAMEWORK__LIMITZ__ATTEMPTS", "3", "unknown setting, did you mean limits?"),
    ],
)
def test_mistake_in_the_environment_names_the_variable(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    """A wrong environment variable is named, rather than a line of the file."""
    monkeypatch.setenv(name, value)
    assert expected in mistakes(write(folder, ""))


def test_secret_is_read_from_the_environment_or_a_file_and_masked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret comes from where the file points, and never shows in what is printed of the configuration."""
    monkeypatch.setenv("LOOP_TOKEN", "t0p")
    (folder / "key").write_text("sk-1\n")
    config = load(
        write(
            folder,
            "channels:\n  loop: {path: loop.py, token: {env: LOOP_TOKEN}}\n"
            f"model: {{api_key: {{file: {folder}/key}}}}\n",
        )
    )
    assert config.model.api_key is not None
    assert config.model.api_key.get_secret_value() == "sk-1"
    assert config.channels["loop"].settings.model_dump()["token"].get_secret_value() == "t0p"
    assert "t0p" not in repr(config)
    assert "sk-1" not in config.model_dump_json()


def test_only_asked_for_channels_are_loaded(folder: Path) -> None:
    """`chat` reads a file whose other channels lack their secrets."""
    path = write(folder, "channels:\n  loop: {path: loop.py, token: {env: NOT_SET_AT_ALL}}\n")
    assert list(load(path, only_channels=("console",)).channels) == ["console"]


def test_access_ids_may_be_numbers(folder: Path) -> None:
    """Ids are compared as text, however they were written."""
    config = load(write(folder, "access:\n  console: {allow: [12, '@ann'], deny: 7}\n"))
    assert config.access["console"].allow == ["12", "@ann"]
    assert config.access["console"].deny == ["7"]


def test_empty_sections_take_their_defaults(folder: Path) -> None:
    """A section's name with nothing under it is no mistake."""
    assert load(write(folder, "limits:\nmodel:\naccess:\n")).limits == Config().limits


@pytest.mark.parametrize("name", ["default", "gpu", "telegram", "slack"])
def test_shipped_files_are_valid(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file in config/ loads."""
    monkeypatch.setenv("TELEGRAM_TOKEN", "123456:ABCdefGhIJKlmNoPQRsTUVwxyZ0123456789")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    assert load(ROOT / "config" / f"{name}.yaml").skills


def test_default_file_says_the_defaults() -> None:
    """config/default.yaml and the defaults of the program are the same."""
    assert load(ROOT / "config" / "default.yaml") == load(None)
