"""Records a real chat with the bundled model as chat.svg and chat.txt beside this file.

python docs/images/record.py
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from botframework_console.terminal import banner

LINES = (
    "Hello!",
    "Who are you?",
    "/translate zh Where is the station?",
    "你好，你是谁？",
    "法国的首都是哪里？",
    "/remember I live in Lima",
    "/memory",
    "/why",
)


def main() -> None:
    """Ask the lines, draw them with their answers, save both pictures."""
    done = subprocess.run(
        [sys.executable, "-m", "botframework", "chat", "--json"],
        input="\n".join(LINES),
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    console = Console(record=True, width=88, force_terminal=True)
    console.print(banner())
    for line, answer in zip(LINES, map(json.loads, done.stdout.splitlines()), strict=True):
        console.print(Text.assemble(("› ", "bold green"), line))
        console.print(Markdown(answer["text"]))
        console.print()
    folder = Path(__file__).parent
    console.save_text(str(folder / "chat.txt"), clear=False)
    console.save_svg(str(folder / "chat.svg"), title="botframework chat")


if __name__ == "__main__":
    main()
