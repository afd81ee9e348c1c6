"""What is shown of a run while it goes: a live panel on a terminal, JSON lines in a pipe."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from botframework.cli.train import _complain
from botframework.training.runs import RunFolder, display_for
from botframework.training.runs.display import JsonLines
from botframework.training.runs.panel import Panel, duration, sparkline


def render(panel: Panel, width: int) -> list[str]:
    """The panel's lines as a terminal of that width shows them."""
    console = Console(width=width, file=io.StringIO(), force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(panel.rendered(width))
    return captured.get().rstrip("\n").split("\n")


def test_a_pipe_gets_one_json_line_per_report(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Without a terminal every line of the metrics is printed as JSON, ticks are not."""
    with RunFolder.open(tmp_path, {}, display=display_for("train")) as run:
        run.tick(step=1)
        run.metrics.write(step=2, loss=1.5)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [{"step": 2, "loss": 1.5}]
    assert isinstance(display_for("train", as_json=True), JsonLines)


def test_the_panel_shows_all_figures_and_never_changes_its_height(tmp_path: Path) -> None:
    """From before the first step to the last, at any width, the panel is as high and as wide; names are not markup."""
    panel = Panel("pretrain → [bold]runs/base[/] 中文")
    heights = set()
    for width in (40, 80, 200):
        heights |= {len(render(panel, width))}
        assert all(Console().render_str(line, markup=False).cell_len <= width for line in render(panel, width))
    for step in range(1, 31):
        panel.tick({"step": step, "progress": step / 40})
        panel.line({"step": step, "loss": 10 / step, "learning_rate": 0.003, "tokens_per_second": 21034})
        panel.line({"step": step, "held_out": {f"source [{n}]": 9 / step + n for n in range(3)}})
        heights |= {len(render(panel, 100))}
    assert len(heights) == 1
    text = "\n".join(render(panel, 120))
    for part in (
        "[bold]runs/base[/] 中文",
        "75.0%",
        "step 30",
        "0.3333",
        "0.003",
        "21,034",
        "GB",
        "mean 1.300",
        "source [2]",
    ):
        assert part in text
    assert panel.seconds_left() is not None
    panel.tick({"doing": "writing the report"})
    assert "writing the report" in "\n".join(render(panel, 120))


def test_the_panel_leaves_one_line_behind(tmp_path: Path) -> None:
    """At the end the panel is wiped, the cursor is back, and one line says how the run went."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, color_system=None)
    panel = Panel("train", console)
    run = RunFolder.open(tmp_path / "run", {}, display=panel)
    run.metrics.write(step=1, progress=0.5, loss=3.25, held_out={"a": 4.0})
    run.close("failed", "broken")
    written = out.getvalue()
    assert written.count("\x1b[?25l") == written.count("\x1b[?25h") == 1
    last = written.rsplit("\x1b[2K", 1)[1]
    assert "failed after" in last
    assert "loss 3.25 → 3.25, best held-out 4 at step 1; report:" in last
    assert "│" not in last


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.6, "1 min 00 s"), (61, "1 min 01 s"), (7260, "2 h 01 min"), (90_000, "1 d 1 h")],
)
def test_durations_are_said_as_people_say_them(seconds: float, text: str) -> None:
    """Seconds become minutes, hours and days."""
    assert duration(seconds) == text


def test_a_sparkline_falls_with_the_values() -> None:
    """The first of falling values is the highest bar, the last the lowest, and it is never wider than asked."""
    line = sparkline([float(n) for n in range(100, 0, -1)], 20)
    assert len(line) == 20
    assert (line[0], line[-1]) == ("█", "▁")
    assert sparkline([1.0, 1.0], 20) == "▁▁"
    assert sparkline([], 20) == ""


def test_a_complaint_while_the_panel_is_up_goes_through_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a command complains of meanwhile is printed above the panel, not past it, which would leave pieces of it."""
    out = io.StringIO()
    panel = Panel("train", Console(file=out, force_terminal=True, width=100, color_system=None))
    run = RunFolder.open(tmp_path / "run", {}, display=panel)
    _complain("a.jsonl:3: src: missing")
    run.close()
    assert "a.jsonl:3: src: missing" in out.getvalue()
    assert capsys.readouterr().err == ""
