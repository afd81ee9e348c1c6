from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import openai
from typer.testing import CliRunner

from botframework.cli.model import app

START = "import sys; from botframework.cli.model import app; app()"


def test_serve_answers_and_ends_on_sigterm(tiny_path: Path) -> None:
    """``model serve`` prints its address, answers the openai client there, and exits 0 on SIGTERM."""
    arguments = ["serve", "--model", str(tiny_path), "--name", "tiny", "--port", "0", "--threads", "1"]
    with subprocess.Popen(
        [sys.executable, "-u", "-c", START, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    ) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        try:
            url = line.split("answers at ")[1].split()[0]
            with openai.OpenAI(base_url=url, api_key="none") as client:
                answer = client.chat.completions.create(
                    model="tiny", messages=[{"role": "user", "content": "hello"}], max_tokens=4
                )
            assert answer.usage is not None
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0


def test_a_missing_model_is_one_clear_line() -> None:
    """An unknown model ends with status 1 and an error that says what there is."""
    result = CliRunner().invoke(app, ["serve", "--model", "no-such-model"])
    assert result.exit_code == 1
    assert "error: there is no model 'no-such-model'" in result.output
