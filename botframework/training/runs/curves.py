"""Draws the curves of one run or several as PNG; knows series of numbers, not run folders.

matplotlib is asked for its Agg canvas alone, so that no window, no display and no global state are involved.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from typing import TYPE_CHECKING, Any

from botframework.training.recipe import RecipeError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from PIL.Image import Image

Points = Sequence[tuple[int, float]]

LIGHT = {"ground": "#ffffff", "ink": "#1b1f27", "soft": "#626b7a", "line": "#e1e4ea"}
DARK = {"ground": "#181c22", "ink": "#e5e8ed", "soft": "#98a2b1", "line": "#2b313b"}
# Okabe and Ito's colours, which colour-blind readers tell apart, the light yellow left out and in order of contrast.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#7f7f7f")
COLOURS_ON_DARK = ("#56b4e9", "#ff8c42", "#2cc596", "#e6a4cb", "#f0c04a", "#3f8fd2", "#b39ad6", "#a5a5a5")
WIDTH, HEIGHT, DPI = 5.5, 3.125, 144  # inches of one plot, and pixels per inch
LEFT, RIGHT, BOTTOM, TOP = 0.62, 0.15, 0.52, 0.42  # inches around its axes
FONTS = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Noto Sans Mono CJK SC",
    "Noto Serif CJK SC",
    "Noto Serif CJK JP",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)


@dataclass(frozen=True, slots=True)
class Curve:
    """One named line through (step, value) points; `faint` is a background to the others, `strong` sums them up."""

    name: str
    points: Points
    faint: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """One pair of axes: a title, its curves, and whether the values are better read on a logarithmic scale."""

    title: str
    curves: Sequence[Curve]
    logarithmic: bool = False

    @property
    def has_points(self) -> bool:
        """Whether there is anything to draw."""
        return any(curve.points for curve in self.curves)


@dataclass(frozen=True, slots=True)
class Drawing:
    """Plots in one image: the whole as PNG, or each plot by itself without its title."""

    plots: Sequence[Plot]
    image: Image

    def png(self) -> bytes:
        """All plots, two beside each other."""
        return _png(self.image)

    def each(self) -> list[tuple[Plot, bytes]]:
        """Each plot with a PNG of its own."""
        columns = _columns(len(self.plots))
        found = []
        for index, plot in enumerate(self.plots):
            row, column = divmod(index, columns)
            # between the title and the highest tick's label
            box = (column * WIDTH, row * HEIGHT + TOP - 0.07, (column + 1) * WIDTH, (row + 1) * HEIGHT)
            left, upper, right, lower = (round(inches * DPI) for inches in box)
            found.append((plot, _png(self.image.crop((left, upper, right, lower)))))
        return found


def draw(plots: Sequence[Plot], *, dark: bool = False, x: str = "step") -> Drawing:
    """Draw the plots; one without points is left out.

    Args:
        plots: what to draw.
        dark: for a dark page.
        x: what the steps are.

    Raises:
        RecipeError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from PIL.Image import frombuffer
    except ImportError as error:
        raise RecipeError("curves need matplotlib: pip install 'botframework[train]'") from error
    shown = [plot for plot in plots if plot.has_points]
    palette = DARK if dark else LIGHT
    columns = _columns(len(shown))
    rows = max(1, -(-len(shown) // columns))
    figure = Figure(figsize=(WIDTH * columns, HEIGHT * rows), dpi=DPI, facecolor=palette["ground"])
    canvas: Any = FigureCanvasAgg(figure)
    for index, plot in enumerate(shown):
        _plot(figure.add_axes(_place(index, rows, columns)), plot, palette, x)
    if not shown:
        figure.text(0.5, 0.5, "nothing measured yet", ha="center", va="center", color=palette["soft"])
    canvas.draw()
    size = canvas.get_width_height()
    return Drawing(shown, frombuffer("RGBA", size, bytes(canvas.buffer_rgba()), "raw", "RGBA", 0, 1).convert("RGB"))


def _columns(plots: int) -> int:
    return 1 if plots < 2 else 2


def _png(image: Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def smoothed(points: Points, window: int = 0) -> list[tuple[int, float]]:
    """Running means over `window` points (a thirtieth of them if 0), centred, shorter at the ends."""
    half = (window or len(points) // 30) // 2
    values = [value for _, value in points]
    return [
        (step, sum(values[max(0, i - half) : i + half + 1]) / len(values[max(0, i - half) : i + half + 1]))
        for i, (step, _) in enumerate(points)
    ]


def _place(index: int, rows: int, columns: int) -> tuple[float, float, float, float]:
    """Where a plot's axes are, as shares of the figure: matplotlib's own layouts take longer than all the rest."""
    row, column = divmod(index, columns)
    return (
        (column * WIDTH + LEFT) / (WIDTH * columns),
        ((rows - 1 - row) * HEIGHT + BOTTOM) / (HEIGHT * rows),
        (WIDTH - LEFT - RIGHT) / (WIDTH * columns),
        (HEIGHT - BOTTOM - TOP) / (HEIGHT * rows),
    )


def _plot(axes: Axes, plot: Plot, palette: dict[str, str], x: str) -> None:
    from matplotlib.ticker import EngFormatter, MaxNLocator

    font = _fonts()
    axes.set_facecolor(palette["ground"])
    axes.set_title(
        _plain(plot.title), loc="left", color=palette["ink"], fontsize=11, fontfamily=font, weight="bold", pad=9
    )
    colours = cycle(COLOURS_ON_DARK if palette is DARK else COLOURS)
    for curve in (c for c in plot.curves if c.points):
        steps, values = zip(*curve.points, strict=True)
        if curve.faint:
            axes.plot(steps, values, color=palette["soft"], alpha=0.35, linewidth=0.8)
            continue
        marker = "o" if len(steps) < 40 and not curve.strong else ""
        colour, width = (palette["ink"], 2.4) if curve.strong else (next(colours), 1.6)
        axes.plot(steps, values, color=colour, linewidth=width, marker=marker, markersize=3, label=_plain(curve.name))
    if plot.logarithmic:
        axes.set_yscale("log")
    else:
        axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    if any(abs(value) >= 10_000 for curve in plot.curves for _, value in curve.points):
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.set_xlabel(x, color=palette["soft"], fontsize=9)
    axes.tick_params(colors=palette["soft"], labelsize=9, which="both", length=0)
    axes.grid(True, color=palette["line"], linewidth=0.8)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)
    named = [curve for curve in plot.curves if curve.points and not curve.faint]
    if len(named) > 1:
        properties = {"family": font, "size": 8}
        axes.legend(
            prop=properties, frameon=False, labelcolor=palette["ink"], ncols=1 + len(named) // 7, loc="upper right"
        )


@cache
def _fonts() -> list[str]:
    """The installed ones of `FONTS`; matplotlib takes each character from the first that has it."""
    from matplotlib.font_manager import fontManager

    installed = set(fontManager.get_font_names())
    return [name for name in FONTS if name in installed]


def _plain(text: str) -> str:
    """`text` as matplotlib draws it: no formulas, no control characters, and no character that no font has."""
    shown = "".join(c if c.isprintable() and (_has_glyph(c)) else "?" for c in text)
    return (shown if len(shown) <= 60 else shown[:57] + "...").replace("$", r"\$").removeprefix("_")


@cache
def _charmaps() -> list[Any]:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return [get_font(findfont(FontProperties(family=name))).get_charmap() for name in _fonts()]


def _has_glyph(character: str) -> bool:
    return any(ord(character) in charmap for charmap in _charmaps())
