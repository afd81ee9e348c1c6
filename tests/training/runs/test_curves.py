"""Curves as PNG."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from botframework.training.runs.curves import DARK, LIGHT, Curve, Plot, draw, smoothed
from botframework.training.runs.metrics import read_metrics
from botframework.training.runs.run_report import plots_of


def test_plots_stand_two_beside_each_other_on_the_ground_of_their_mode(finished: Path) -> None:
    """The four plots of a run make one picture of two rows, white in light mode and dark in dark mode."""
    plots = plots_of(read_metrics(finished / "metrics.jsonl"))
    assert [plot.title for plot in plots] == ["Training loss", "Held-out loss", "Learning rate", "Tokens per second"]
    for dark, palette in ((False, LIGHT), (True, DARK)):
        image = Image.open(io.BytesIO(draw(plots, dark=dark).png())).convert("RGB")
        assert image.width > image.height > 600
        assert "#{:02x}{:02x}{:02x}".format(*image.getpixel((2, 2))) == palette["ground"]  # type: ignore[misc]  # RGB
        assert len(image.getcolors(1_000_000) or []) > 100


@pytest.mark.parametrize("name", ["中文对话", "$\\frac{1", "_hidden", "emoji 🦊 \x00 \u0b87", "x" * 300, "%s {} <b>"])
def test_any_name_can_be_drawn(name: str) -> None:
    """Chinese, formulas, hidden names, characters without a glyph: nothing warns, nothing fails."""
    draw([Plot(name, [Curve(name, [(1, 2.0), (2, 1.0)]), Curve("b", [(1, 3.0)])])]).png()


def test_odd_series_can_be_drawn() -> None:
    """No points, one point, equal points, and a logarithmic scale all make a picture."""
    plots = [
        Plot("none", [Curve("a", [])]),
        Plot("one", [Curve("a", [(5, 1.0)])]),
        Plot("equal", [Curve("a", [(1, 0.0), (2, 0.0)])]),
        Plot("logarithmic", [Curve("a", [(1, 1e-5), (2, 1e5)])], logarithmic=True),
    ]
    drawing = draw(plots)
    assert [plot.title for plot, png in drawing.each() if png.startswith(b"\x89PNG")] == ["one", "equal", "logarithmic"]
    assert draw([]).png().startswith(b"\x89PNG")


def test_smoothing_keeps_the_steps_and_a_constant() -> None:
    """A running mean has the same steps, and does nothing to a constant."""
    points = [(step, 2.0) for step in range(100)]
    assert smoothed(points, 9) == points
    assert smoothed([(0, 0.0), (1, 3.0), (2, 6.0)], 3) == [(0, 1.5), (1, 3.0), (2, 4.5)]
