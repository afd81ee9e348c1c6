"""The console for a person: a prompt with history, answers drawn as they are written."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.application import in_terminal
from prompt_toolkit.application.current import get_app_or_none
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import HTML
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.panel import Panel
from rich.spinner import Spinner
from rich.text import Text as Line

from botframework import Part, TurnRecord
from botframework_console.face import Face, Stop, as_markdown
from botframework_console.settings import ConsoleSettings

__all__ = ["Terminal", "banner", "unfinished"]

_FENCE = re.compile(r"^\s*(```|~~~)", re.MULTILINE)


class Terminal(Face):
    """A prompt in a terminal.

    Args:
        settings: the channel's settings.
        stdout: the terminal.
    """

    def __init__(self, settings: ConsoleSettings, stdout: TextIO) -> None:
        self._settings = settings
        self._console = Console(file=stdout, highlight=False)
        self._live: Live | None = None
        self._spinner = Spinner("dots")
        self._status = ""
        self._text = ""
        self._answered = False
        self._leaving = False
        self._session: PromptSession[str] = PromptSession(
            history=_history(settings.history),
            multiline=Condition(lambda: unfinished(self._session.default_buffer.text)),
            key_bindings=_keys(),
            prompt_continuation="… ",
        )

    async def open(self) -> None:
        """Greet."""
        if self._settings.banner:
            self._console.print(banner())

    async def read(self) -> str | None:
        """The next message; Ctrl-C clears the line, Ctrl-D leaves."""
        while not self._leaving:
            try:
                return await self._session.prompt_async(HTML("<ansigreen><b>› </b></ansigreen>"))
            except KeyboardInterrupt:
                self._console.print(Line("Ctrl-D leaves. · 按 Ctrl-D 退出。", style="dim"))
            except EOFError:
                break
        return None

    @contextlib.contextmanager
    def answering(self, stop: Stop) -> Iterator[None]:
        """Draw the answer as it grows; Ctrl-C stops it, a second one leaves."""
        loop = asyncio.get_running_loop()
        pending: list[asyncio.Task[None]] = []
        current = asyncio.current_task()
        assert current is not None  # this is entered from a coroutine
        leave = current.cancel

        def interrupt() -> None:
            if pending:
                self._leaving = True
                leave()
                return
            self._status = "stopping…"
            pending.append(asyncio.ensure_future(_awaited(stop)))

        self._text, self._status, self._answered = "", "", False
        previous = signal.getsignal(signal.SIGINT)
        loop.add_signal_handler(signal.SIGINT, interrupt)
        self._live = Live(get_renderable=self._draw, console=self._console, refresh_per_second=12, transient=True)
        self._live.start()
        try:
            yield
        finally:
            self._live.stop()
            self._live = None
            loop.remove_signal_handler(signal.SIGINT)
            signal.signal(signal.SIGINT, previous)

    async def show(self, message_id: str, part: Part) -> None:
        """Print a finished part where the unfinished one was drawn."""
        markdown = as_markdown(part, self._settings.files)
        if not markdown:
            return
        self._text = ""
        self._answered = True
        drawn: RenderableType = Markdown(markdown) if self._settings.markdown else Line(markdown)
        if self._live is None and get_app_or_none() is not None:
            async with in_terminal():  # an answer from an earlier run, while the prompt stands
                self._console.print(drawn)
        else:
            self._console.print(drawn)

    async def replace(self, message_id: str, part: Part) -> None:
        """Print the new version under the old."""
        await self.show(message_id, part)

    def preview(self, text: str) -> None:
        """Let the next frame show this much."""
        self._text = text

    def working(self, text: str) -> None:
        """Let the next frame say what is being done."""
        self._status = text

    async def answered(self, turn: TurnRecord) -> None:
        """Leave a line free before the next prompt."""
        if not self._answered:
            self._console.print(Line("(no answer)", style="dim"))
        self._console.print()

    async def close(self) -> None:
        """Say goodbye."""
        if self._settings.banner:
            self._console.print(Line("Bye. · 再见。", style="dim"))

    def _draw(self) -> RenderableType:
        self._spinner.update(text=Line(self._status or ("" if self._text else "thinking…"), style="dim"))
        if not self._text:
            return self._spinner
        width, height = self._console.size
        lines = Line(self._text).wrap(self._console, width)
        shown = lines[max(0, len(lines) - max(3, height - 4)) :]  # a long answer shows its end
        return Group(*shown, self._spinner)


def unfinished(text: str) -> bool:
    """Whether Enter begins a new line: a code fence is open."""
    return len(_FENCE.findall(text)) % 2 == 1


async def _awaited(stop: Stop) -> None:
    await stop()


def _history(path: Path | None) -> History:
    if path is None:
        return InMemoryHistory()
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileHistory(str(path))


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("escape", "enter")
    def new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys


def banner() -> RenderableType:
    """What can be tried, in English and Chinese."""
    lines = [
        Line.from_markup("[bold]Ask me anything.[/bold]  [bold]随便问我。[/bold]"),
        Line.from_markup(
            "[cyan]/translate fr Good morning, my friend.[/cyan]   [cyan]/translate en 明天下午三点见。[/cyan]"
        ),
        Line.from_markup("[cyan]/summarise @notes.txt[/cyan]   [cyan]/help[/cyan] lists the rest · 查看全部命令"),
        Line.from_markup("[dim]Alt-Enter: new line · Ctrl-C: stop the answer · Ctrl-D: leave[/dim]"),
        Line.from_markup("[dim]Alt-Enter 换行 · Ctrl-C 停止回答 · Ctrl-D 退出[/dim]"),
    ]
    return Panel(Group(*lines), title="botframework", title_align="left", border_style="green", expand=False)
