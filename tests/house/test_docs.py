"""The documents point at what exists and agree with each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt

from botframework_slack.checks import SCOPES

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "models").rglob("*.md")])


def _blocks(path: Path) -> list[tuple[str, str]]:
    tokens = MarkdownIt().parse(path.read_text(encoding="utf-8"))
    return [(token.info, token.content) for token in tokens if token.type == "fence"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """Every relative link and picture of a document exists."""
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_readmes_hold_the_same_blocks() -> None:
    """The Chinese README shows the same commands, code and settings as the English one, in the same order."""
    assert _blocks(ROOT / "README.zh.md") == _blocks(ROOT / "README.md")


def test_slack_manifest_asks_for_what_the_adapter_needs() -> None:
    """The manifest in the README grants every scope that ``doctor`` will look for."""
    block = next(text for info, text in _blocks(ROOT / "README.md") if info == "yaml" and "oauth_config" in text)
    granted = set(yaml.safe_load(block)["oauth_config"]["scopes"]["bot"])
    assert granted == set(SCOPES)


def test_docker_commands_match_the_image() -> None:
    """Ports, volumes and targets that the documents name exist in the Dockerfile."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    commands = "\n".join(text for info, text in _blocks(ROOT / "README.md") if "docker" in text)
    assert commands
    for port in re.findall(r"-p \d+:(\d+)", commands):
        assert f"EXPOSE {port}" in dockerfile
    for volume in re.findall(r"-v \w+:(\S+)", commands):
        assert f"VOLUME {volume}" in dockerfile
    for target in re.findall(r"--target (\S+)", commands):
        assert re.search(rf"^FROM .* AS {target}$", dockerfile, re.MULTILINE)


def test_figures_name_their_command() -> None:
    """Every section of the benchmarks page names the command that prints it."""
    text = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert sections
    for section in sections:
        assert re.search(r"`[^`]*(python|botframework|make) [^`]+`", section), section.splitlines()[0]
