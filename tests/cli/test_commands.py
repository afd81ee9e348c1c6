"""The command line: help, errors, configuration, projects and skills."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.run import Run, separately
from tests.console.screen import ROOT

ECHO = """
from botframework import Context, skill

@skill("echo", "Says it again.")
async def echo(ctx: Context, text: str) -> str:
    return text
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a configuration that needs no bundled skill."""
    (tmp_path / "echo.py").write_text(ECHO)
    (tmp_path / "bot.yaml").write_text(
        "skills: {echo: {path: echo.py}}\ndefault_skill: echo\nmemory: {enabled: false}\n"
    )
    return tmp_path


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    """`--help` lists all commands without importing a library that only they need."""
    code = (
        "import sys; sys.argv = ['botframework', '--help']\n"
        "from botframework.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "heavy = {'torch', 'transformers', 'pydantic', 'rich', 'aiohttp', 'yaml', 'sqlalchemy', 'chromadb'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    for command in ("chat", "serve", "init", "skills", "doctor", "config", "queue", "memory", "model", "train"):
        assert f"  {command} " in shown.stdout


def test_help_answers_at_once() -> None:
    """`--help` takes less than 0.4 s of processor time."""
    before = os.times()
    separately("--help")
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    assert used < 0.4


@pytest.mark.parametrize("command", ["chat", "serve", "init", "skills", "doctor", "config", "model", "train"])
def test_every_command_has_help(run: Run, command: str) -> None:
    """Each command explains itself, and offers no option that belongs to the whole program."""
    shown = run(command, "--help")
    assert shown.returncode == 0, shown.stderr
    assert "Usage:" in shown.stdout
    assert "--install-completion" not in shown.stdout


def test_unknown_command_names_the_nearest(run: Run) -> None:
    """A mistyped command is answered with the one that was probably meant."""
    shown = run("caht")
    assert shown.returncode == 2
    assert "Did you mean 'chat'?" in shown.stderr


def test_version_is_printed(run: Run) -> None:
    """`--version` prints the program's version."""
    assert run("--version").stdout.startswith("botframework 0.")


def test_a_place_that_cannot_be_written_to_is_one_line_and_status_2(run: Run, tmp_path: Path) -> None:
    """What the system says of a file is told with its name and without a traceback."""
    (tmp_path / "f.jsonl").write_text('{"text": "The cat sleeps in the warm house."}\n')
    below = tmp_path / "f.jsonl" / "below"
    shown = run("data", "clean", tmp_path / "f.jsonl", "--against", tmp_path / "f.jsonl", "--out", below)
    assert shown.returncode == 2
    assert shown.stderr == f"botframework: {below}: Not a directory\n"


def test_known_error_is_one_line_and_status_2(run: Run, tmp_path: Path) -> None:
    """A mistake in a file is told in one line on standard error, without a traceback."""
    (tmp_path / "bot.yaml").write_text("limits: {attempts: 0}\nskills: {}\n")
    shown = run("config", "check", tmp_path / "bot.yaml")
    assert shown.returncode == 2
    assert shown.stdout == ""
    assert "bot.yaml:1: limits.attempts: must be" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_config_check_says_what_is_configured(run: Run, project: Path) -> None:
    """A file without mistakes is answered with its channels and skills."""
    shown = run("config", "check", project / "bot.yaml")
    assert shown.returncode == 0, shown.stderr
    assert "channels: console · skills: echo" in shown.stdout


def test_config_show_masks_secrets_and_can_be_read_again(run: Run, project: Path) -> None:
    """What is shown has every setting, no secret, and is a valid file itself."""
    path = project / "bot.yaml"
    path.write_text(path.read_text() + "model: {provider: openai, api_key: {env: MY_KEY}}\n")
    shown = run("config", "show", path, MY_KEY="sk-hidden")
    assert shown.returncode == 0, shown.stderr
    assert "sk-hidden" not in shown.stdout
    assert "attempts: 5" in shown.stdout
    assert "api_key: '**********'" in shown.stdout


def test_serve_without_a_channel_says_what_to_do(run: Run, project: Path) -> None:
    """A configuration with only the console cannot be served, and is told how to go on."""
    shown = run("serve", "--config", project / "bot.yaml")
    assert shown.returncode == 2
    assert "no channel to serve" in shown.stderr
    assert "botframework chat" in shown.stderr


@pytest.mark.timeout(300)
def test_new_project_passes_its_own_tests(run: Run, tmp_path: Path) -> None:
    """`init` makes a project whose configuration is valid and whose tests pass; so does a skill added to it."""
    made = run("init", "demo", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    demo = tmp_path / "demo"
    added = run("skills", "new", "shout", cwd=demo)
    assert added.returncode == 0, added.stderr
    tested = separately("skills", "test", cwd=demo)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "3 passed" in tested.stdout
    checked = run("config", "check", "config.yaml", cwd=demo)
    assert checked.returncode == 0, checked.stderr
    assert "haiku" in checked.stdout


def test_init_and_new_replace_nothing(run: Run, tmp_path: Path) -> None:
    """Neither a folder with files in it nor an existing skill is written over."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mine.txt").write_text("mine")
    refused = run("init", "demo", cwd=tmp_path)
    assert refused.returncode == 2
    assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == ["mine.txt"]
    (tmp_path / "skills").mkdir()
    (tmp_path / "skills" / "mine.py").write_text("mine")
    assert run("skills", "new", "mine", cwd=tmp_path).returncode == 2
    assert (tmp_path / "skills" / "mine.py").read_text() == "mine"
    assert not (tmp_path / "tests").exists()


@pytest.mark.parametrize("name", ["Shout", "with-dash", "1st", "class name"])
def test_new_skill_needs_a_usable_name(run: Run, tmp_path: Path, name: str) -> None:
    """A name that cannot be a command is refused with the rule."""
    refused = run("skills", "new", name, cwd=tmp_path)
    assert refused.returncode == 2
    assert "lower-case letters" in refused.stderr


def test_skills_list_shows_usage(run: Run, project: Path) -> None:
    """The skills of a configuration are listed with their usage line."""
    shown = run("skills", "list", "--config", project / "bot.yaml")
    assert shown.returncode == 0, shown.stderr
    assert "/echo <text>" in shown.stdout
    assert "Says it again." in shown.stdout


def test_doctor_tells_what_fails_and_how_to_mend_it(run: Run, project: Path) -> None:
    """A missing model is a failed line with its remedy, the others are still checked, and the status is 1."""
    path = project / "bot.yaml"
    path.write_text(path.read_text() + "model: {name: ./nowhere}\ndata: data\n")
    shown = run("doctor", "--config", path, cwd=project)
    assert shown.returncode == 1, shown.stderr
    assert "FAIL model" in shown.stdout
    assert "→" in shown.stdout
    assert "ok   database" in shown.stdout
    assert "ok   python" in shown.stdout


def test_doctor_goes_on_without_a_channel_whose_token_is_missing(run: Run, project: Path) -> None:
    """A token that is not set is a failed line that names the variable; everything else is still checked."""
    path = project / "bot.yaml"
    path.write_text(
        path.read_text() + "model: {name: ./nowhere}\ndata: data\nchannels: {telegram: {token: {env: NO_SUCH_TOKEN}}}\n"
    )
    shown = run("doctor", "--config", path, cwd=project)
    assert shown.returncode == 1, shown.stderr
    assert "FAIL configuration" in shown.stdout
    assert "export NO_SUCH_TOKEN=" in shown.stdout
    assert "ok   database" in shown.stdout
    assert not (project / "data").exists()
