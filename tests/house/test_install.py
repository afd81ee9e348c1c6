"""The image's own install step, run for real in a clean virtual environment."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.mark.timeout(900)
def test_install_script_gives_a_working_program(tmp_path: Path) -> None:
    """What the Dockerfile runs, run in an empty environment, installs a program that answers from its own weights."""
    extras = re.search(r"EXTRAS=(\S+)", DOCKERFILE)
    assert extras is not None
    assert 'deploy/install.sh /opt/botframework "${EXTRAS}"' in DOCKERFILE
    venv = tmp_path / "venv"
    subprocess.run([ROOT / "deploy/install.sh", venv, extras[1]], cwd=tmp_path, check=True, timeout=800)
    result = subprocess.run(
        [venv / "bin/botframework", "chat", "--data", tmp_path / "data"],
        input="/help\n",
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert result.returncode == 0, result.stderr
    assert "/translate" in result.stdout


def test_image_runs_as_a_numeric_user_with_a_health_check() -> None:
    """The image names a numeric user, an exec-form entrypoint, a health check, a data volume and both targets."""
    assert re.search(r"^USER \d+:\d+$", DOCKERFILE, re.MULTILINE)
    assert re.search(r'^ENTRYPOINT \["', DOCKERFILE, re.MULTILINE)
    assert "HEALTHCHECK" in DOCKERFILE
    assert re.search(r"^VOLUME /data$", DOCKERFILE, re.MULTILINE)
    assert {"cpu", "cuda"} <= set(re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE))


def test_image_context_holds_what_it_copies() -> None:
    """Everything that the Dockerfile copies from the context is let through by .dockerignore and exists."""
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for name in line.split():
            assert name in allowed
            assert (ROOT / name).exists(), name
