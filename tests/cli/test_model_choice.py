"""`botframework model use` and `list`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from tests.cli.run import Run
from tests.console.screen import ROOT
from tests.tiny_model import build_tiny_model


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A copy of the default configuration, full of comments."""
    path = tmp_path / "config.yaml"
    path.write_text((ROOT / "config/default.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    return path


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server that lists one model, and asks for a key on /locked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.path == "/v1/models" or self.headers.get("Authorization") == "Bearer sesame"
            body = json.dumps({"data": [{"id": "big-model"}]} if allowed else {"error": "no key"}).encode()
            self.send_response(200 if allowed else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def test_a_model_that_is_not_here_is_named_so_with_what_it_will_want(run: Run, config: Path) -> None:
    """One line of the file changes, and the person hears of the download and the memory."""
    before = config.read_text(encoding="utf-8").splitlines()
    shown = run("model", "use", "Qwen/Qwen3-0.6B", "--config", config)
    assert shown.returncode == 0, shown.stderr
    after = config.read_text(encoding="utf-8").splitlines()
    assert [(a, b) for a, b in zip(before, after, strict=True) if a != b] == [
        (
            "  name: mini                # mini (bundled), a folder, or a Hugging Face id such as Qwen/Qwen3-0.6B",
            "  name: Qwen/Qwen3-0.6B     # mini (bundled), a folder, or a Hugging Face id such as Qwen/Qwen3-0.6B",
        )
    ]
    assert "(was mini)" in shown.stdout
    assert "will download" in shown.stdout
    assert "GB for the weights" in shown.stdout


def test_a_folder_is_counted_and_the_configuration_made(run: Run, tmp_path: Path) -> None:
    """A model folder's memory is counted from its files, and a missing configuration is made."""
    folder = build_tiny_model(tmp_path / "tiny")
    config = tmp_path / "new" / "config.yaml"
    shown = run("model", "use", folder, "--config", config)
    assert shown.returncode == 0, shown.stderr
    assert yaml.safe_load(config.read_text()) == {"model": {"name": str(folder)}}
    assert "(512 tokens)" in shown.stdout
    again = run("model", "use", folder, "--config", config)
    assert "says so already" in again.stdout


def test_a_server_is_asked_what_it_serves(run: Run, config: Path, server: str) -> None:
    """With a URL the provider, the name and the address change, and going back leaves no trace."""
    before = config.read_text(encoding="utf-8")
    shown = run("model", "use", f"{server}/v1", "--config", config)
    assert shown.returncode == 0, shown.stderr
    section = yaml.safe_load(config.read_text(encoding="utf-8"))["model"]
    assert (section["provider"], section["name"], section["base_url"]) == ("openai", "big-model", f"{server}/v1")
    assert run("model", "use", "mini", "--config", config).returncode == 0
    assert config.read_text(encoding="utf-8") == before


def test_a_key_stays_in_the_environment(run: Run, config: Path, server: str) -> None:
    """The file names the variable; its value is used to ask the server and never written."""
    address = f"{server}/locked"
    refused = run("model", "use", address, "--config", config)
    assert refused.returncode == 2
    assert "--name" in refused.stderr
    shown = run("model", "use", address, "--key-env", "SOME_KEY", "--config", config, SOME_KEY="sesame")
    assert shown.returncode == 0, shown.stderr
    assert "api_key: {env: SOME_KEY}" in config.read_text(encoding="utf-8")
    assert "sesame" not in config.read_text(encoding="utf-8") + shown.stdout


@pytest.mark.parametrize(
    ("name", "message"),
    [("nonsense", "there is no model 'nonsense'"), ("./nowhere/at-all", "there is no model")],
)
def test_a_model_that_cannot_be_is_refused(run: Run, config: Path, name: str, message: str) -> None:
    """The mistake is one line, and the file stays as it was."""
    before = config.read_text(encoding="utf-8")
    shown = run("model", "use", name, "--config", config)
    assert shown.returncode == 2
    assert message in shown.stderr
    assert config.read_text(encoding="utf-8") == before


def test_lora_weights_are_no_whole_model(run: Run, config: Path, tmp_path: Path) -> None:
    """A folder of LoRA weights is refused with the command that makes a model of them."""
    (tmp_path / "adapter_config.json").write_text("{}")
    shown = run("model", "use", tmp_path, "--config", config)
    assert shown.returncode == 2
    assert "lora merge" in shown.stderr


def test_a_configuration_that_would_not_work_is_left_alone(run: Run, tmp_path: Path) -> None:
    """A mistake elsewhere in the file is told with its line, and nothing is written."""
    config = tmp_path / "config.yaml"
    config.write_text("modle:\n  name: mini\n")
    shown = run("model", "use", "Qwen/Qwen3-0.6B", "--config", config)
    assert shown.returncode == 2
    assert f"{config}:1: modle: unknown setting" in shown.stderr
    assert config.read_text() == "modle:\n  name: mini\n"
    assert [file.name for file in tmp_path.iterdir()] == ["config.yaml"]


def test_an_environment_variable_that_wins_is_told(run: Run, config: Path) -> None:
    """Who changes the file learns that it is overruled."""
    shown = run("model", "use", "Qwen/Qwen3-0.6B", "--config", config, BOTFRAMEWORK__MODEL__NAME="mini")
    assert "BOTFRAMEWORK__MODEL__NAME is set and wins" in shown.stdout


def test_a_dry_run_changes_nothing(run: Run, config: Path) -> None:
    """What would change is told, and the file stays."""
    before = config.read_text(encoding="utf-8")
    shown = run("model", "use", "Qwen/Qwen3-0.6B", "--config", config, "--dry-run")
    assert "would be changed" in shown.stdout
    assert config.read_text(encoding="utf-8") == before


def test_the_list_shows_what_is_at_hand(run: Run, config: Path, tmp_path: Path) -> None:
    """Installed models and those that runs have trained, the one in use marked."""
    build_tiny_model(tmp_path / "runs" / "mine" / "checkpoint")
    shown = run("model", "list", "--config", config, "--runs", tmp_path / "runs", "--lora", tmp_path / "lora")
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert any(line.startswith("*  mini") and "installed" in line for line in lines)
    assert any("mine/checkpoint" in line and "trained here" in line for line in lines)
