"""Every block of the README is run as a newcomer would run it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from tests.slack.fake_server import FakeSlack
from tests.slack.fake_workspace import APP_TOKEN, BOT_TOKEN
from tests.telegram.fake_server import FakeTelegram

ROOT = Path(__file__).parents[2]
BLOCKS = [
    token.content
    for token in MarkdownIt().parse((ROOT / "README.md").read_text(encoding="utf-8"))
    if token.type == "fence"
]
RUN_HERE = {
    "make chat\n": "test_chat_starts_and_leaves_at_the_end_of_its_input",
    "printf": "test_piped_lines_are_answered",
    "make test": "test_the_test_command_runs_pytest",
    "TELEGRAM_TOKEN=": "test_telegram_commands_bring_up_a_bot_that_answers",
    "oauth_config": "test_slack_manifest_is_complete",
    "SLACK_BOT_TOKEN=": "test_slack_commands_bring_up_a_bot_that_answers",
    '@skill("haiku"': "test_first_skill_passes_its_test",
    "test_haiku_answers": "test_first_skill_passes_its_test",
    "haiku.py": "test_first_skill_is_reached_through_the_configuration",
    "train tokenizer": "test_own_model_is_trained_and_chats",
    "docker build": "test_docker_block_is_what_the_image_offers",
}


def block(marker: str) -> str:
    """The one block that holds ``marker``."""
    found = [text for text in BLOCKS if (text == marker if marker.endswith("\n") else marker in text)]
    assert len(found) == 1, marker
    return found[0]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A newcomer's shell: this environment's programs on the path, data in a folder of its own."""
    venv = tmp_path / "venv"
    venv.mkdir()
    (venv / "bin").symlink_to(Path(sys.executable).parent)
    (venv / ".dev").touch()
    outer = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAKE", "MFLAGS", "COV_", "ARGS", "CONFIG"))
    }
    return {
        **outer,
        "VENV": str(venv),
        "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "XDG_DATA_HOME": str(tmp_path / "share"),
        "HOME": str(tmp_path),
        "BOTFRAMEWORK__HTTP__PORT": "0",
    }


def run(script: str, environment: dict[str, str], cwd: Path = ROOT, **options: Any) -> subprocess.CompletedProcess[str]:
    """A block in bash, stopping at the first command that fails."""
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
        **{"stdin": subprocess.DEVNULL, **options},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result


@asynccontextmanager
async def serving(script: str, environment: dict[str, str]) -> AsyncIterator[None]:
    """A block that runs until it is stopped; it must end in good order."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", script),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    output = asyncio.create_task(process.communicate())
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        text, _ = await output
    assert b"Traceback" not in text, text.decode()


def test_every_block_has_its_test() -> None:
    """No block stands in the README that nothing runs."""
    for text in BLOCKS:
        markers = [m for m in RUN_HERE if (text == m if m.endswith("\n") else m in text)]
        assert len(markers) == 1, (text, markers)
        assert RUN_HERE[markers[0]] in globals()
    assert len(BLOCKS) == len(RUN_HERE)


@pytest.mark.timeout(200)
def test_chat_starts_and_leaves_at_the_end_of_its_input(environment: dict[str, str]) -> None:
    """``make chat`` with nothing to read ends well and prints no answer."""
    assert run(block("make chat\n"), environment).stdout == ""


@pytest.mark.timeout(200)
def test_piped_lines_are_answered(environment: dict[str, str]) -> None:
    """Each piped line gets its answer, an empty line between them, nothing else on standard output."""
    answers = run(block("printf"), environment).stdout.strip().split("\n\n")
    assert len(answers) == 2
    assert all(answer.strip() for answer in answers)
    assert answers[1] != "Good morning, my friend."


def test_the_test_command_runs_pytest(environment: dict[str, str]) -> None:
    """``make test`` runs pytest over everything, and so does continuous integration."""
    assert "-m pytest" in run(f"{block('make test').strip()} --dry-run", environment).stdout
    assert "exec make test" in (ROOT / ".ci/run").read_text()


@pytest.mark.timeout(200)
async def test_telegram_commands_bring_up_a_bot_that_answers(environment: dict[str, str], tmp_path: Path) -> None:
    """With a token in the environment, the two commands answer a message on Telegram."""
    async with FakeTelegram(token="123456:the-token-you-were-given") as telegram:
        environment |= {
            "BOTFRAMEWORK__CHANNELS__TELEGRAM__BASE_URL": telegram.url,
            "BOTFRAMEWORK__DATA": str(tmp_path / "data"),
        }
        async with serving(block("TELEGRAM_TOKEN="), environment):
            await telegram.say("/help")
            await telegram.until(lambda: any("/translate" in text for text in telegram.texts()), timeout=150)


def test_slack_manifest_is_complete() -> None:
    """The manifest turns on Socket Mode and subscribes to messages and mentions, with a scope for each."""
    manifest = yaml.safe_load(block("oauth_config"))
    events = set(manifest["settings"]["event_subscriptions"]["bot_events"])
    scopes = set(manifest["oauth_config"]["scopes"]["bot"])
    assert manifest["settings"]["socket_mode_enabled"] is True
    needed = {
        "app_mention": "app_mentions:read",
        "message.channels": "channels:history",
        "message.groups": "groups:history",
        "message.im": "im:history",
        "message.mpim": "mpim:history",
        "reaction_added": "reactions:read",
    }
    assert events == set(needed)
    assert set(needed.values()) <= scopes


@pytest.mark.timeout(200)
async def test_slack_commands_bring_up_a_bot_that_answers(environment: dict[str, str], tmp_path: Path) -> None:
    """With both tokens in the environment, the commands answer a direct message on Slack."""
    async with FakeSlack() as slack:
        environment |= {
            "BOTFRAMEWORK__CHANNELS__SLACK__BASE_URL": slack.base_url,
            "BOTFRAMEWORK__DATA": str(tmp_path / "data"),
        }
        script = block("SLACK_BOT_TOKEN=").replace("xoxb-the-bot-token", BOT_TOKEN)
        async with serving(script.replace("xapp-the-app-token", APP_TOKEN), environment):
            slack.say("D0ANN", "help")
            await slack.until(lambda: any("/translate" in m.text for m in slack.shown("D0ANN")), timeout=150)


def test_first_skill_passes_its_test(tmp_path: Path) -> None:
    """The skill and its test, saved as one file, pass in a plain pytest."""
    code = block("test_haiku_answers") + "\n\n" + block('@skill("haiku"')
    (tmp_path / "test_haiku.py").write_text(code, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n", encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.timeout(200)
def test_first_skill_is_reached_through_the_configuration(environment: dict[str, str], tmp_path: Path) -> None:
    """A skill in a file that the configuration names is listed by the bot."""
    (tmp_path / "haiku.py").write_text(block('@skill("haiku"'), encoding="utf-8")
    (tmp_path / "bot.yaml").write_text(block("haiku.py"), encoding="utf-8")
    answer = run(f"echo /help | botframework chat --config {tmp_path / 'bot.yaml'}", environment, tmp_path)
    assert "/haiku <topic>" in answer.stdout


@pytest.mark.timeout(300)
def test_own_model_is_trained_and_chats(environment: dict[str, str], tmp_path: Path) -> None:
    """The training commands run through on toy data, and the bot answers from the model they made."""
    for folder in ("config", "examples"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    answer = run(block("train tokenizer"), environment, tmp_path, stdin=None, input="What does the cat do now?\n")
    assert answer.stdout.strip().splitlines()[-1] in {"It sleeps.", "It eats.", "It sings.", "It waits."}


def test_docker_block_is_what_the_image_offers() -> None:
    """The container's port, volume and variable are those of the image and of its default configuration."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "-p 8080:8080" in block("docker build")
    assert "EXPOSE 8080" in dockerfile
    assert "-v botdata:/data" in block("docker build")
    assert "-e TELEGRAM_TOKEN" in block("docker build")
    command = yaml.safe_load(dockerfile.rsplit("\nCMD ", 1)[1].splitlines()[0])
    configured = (ROOT / "config" / Path(command[-1]).name).read_text(encoding="utf-8")
    assert "env: TELEGRAM_TOKEN" in configured
