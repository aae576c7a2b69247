"""The style of figures: transparent, one text size, Okabe-Ito colours with hatches, and ink that follows the theme."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar

from sessionlab.study.extras import needs_extra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

T = TypeVar("T")

#: Okabe-Ito palette: colour-blind readers can tell the colours apart.
BLUE, SKY, GREEN, ORANGE, RED, PURPLE = "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7"
#: Text and lines. Files use a grey that is readable on white and on black; pages use the theme's own colour.
INK, SOFT, PAPER = "#767676", "#868686", "#fefefe"
THEMED = {
    INK: f"var(--jp-ui-font-color1, {INK})",
    SOFT: f"var(--jp-ui-font-color2, {SOFT})",
    PAPER: f"var(--jp-layout-color0, {PAPER})",
}
#: Inches: the widest figure that a notebook shows without shrinking its text.
WIDEST = 8.6
POINTS = 11  # text size
#: Letters of that size that a panel of the usual width has room for.
LETTERS = 72
#: More would fall between the pixels of a panel.
POINTS_OF_A_LINE = 400
#: Each colour has a hatch, so that colour is never the only cue.
HATCHES = ("", "//", "xx", "\\\\", "--")


def panels(count: int = 1, *, width: float = 7.4, height: float = 3.5) -> tuple[Figure, Sequence[Axes]]:
    """Make a figure with panels, two in a row, without pyplot, which would keep the figure alive."""
    with needs_extra("notebooks", "A drawing"):
        import matplotlib
        from matplotlib.figure import Figure

    matplotlib.rcParams["svg.hashsalt"] = "sessionlab"  # makes the output reproducible
    matplotlib.rcParams["text.parse_math"] = False  # the symbol of a token may have dollar signs
    columns, rows = min(count, 2), -(-count // 2)
    size = (width if columns == 1 else WIDEST, height * rows)
    figure = Figure(figsize=size, facecolor="none", layout="constrained")
    result: list[Any] = [figure.add_subplot(rows, columns, index + 1, facecolor="none") for index in range(count)]
    for axes in result:
        for side, spine in axes.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color(SOFT)
        axes.tick_params(colors=INK, labelsize=POINTS)
    return figure, result


def name_axes(axes: Axes, x: str, y: str) -> None:
    """Label what the axes count, with units."""
    axes.set_xlabel(x, color=INK, fontsize=POINTS)
    axes.set_ylabel(y, color=INK, fontsize=POINTS)


def say(axes: Axes, x: float, y: float, words: str, *, failed: bool = False, upright: bool = False) -> None:
    """Write words above a bar; failures are bold and in the failure colour."""
    style: dict[str, Any] = {"color": RED, "fontweight": "bold"} if failed else {"color": INK}
    index: dict[str, Any] = {"xytext": (0, 4), "textcoords": "offset points", "ha": "center", "va": "bottom"}
    axes.annotate(words, (x, y), fontsize=POINTS, rotation=90 if upright else 0, **index, **style)


def gap(axes: Axes, x: float, words: str) -> None:
    """Mark where something is left out, and say how much below the axis. Call it when the axis has its label."""
    axes.axvline(x, color=SOFT, linestyle=":", linewidth=1.2)
    axes.set_xlabel(f"{axes.get_xlabel()}\n{words}", color=INK, fontsize=POINTS)


def number_places(axes: Axes, places: Mapping[int, str]) -> None:
    """Label places of the x axis: as many of them as have room next to each other."""
    room = max(LETTERS // (2 + max(len(line) for label in places.values() for line in label.split("\n"))), 1)
    every = list(places)[:: -(-len(places) // room)]
    axes.set_xticks(every, [places[x] for x in every])


def thinned(points: Sequence[T], most: int = POINTS_OF_A_LINE) -> Sequence[T]:
    """Return at most about ``most`` points of a line, evenly chosen, always with the first and the last."""
    if len(points) <= most:
        return points
    every = -(-len(points) // most)
    return [*points[:-1:every], points[-1]]


def legend(axes: Axes, *, columns: int = 3, title: str = "") -> None:
    """Explain the marks above the plot, where the legend covers nothing."""
    made = axes.legend(
        frameon=False,
        fontsize=POINTS,
        labelcolor=INK,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=columns,
        borderaxespad=0.3,
        columnspacing=1.4,
        handlelength=1.6,
        title=title or None,
        title_fontproperties={"size": POINTS, "weight": "bold"},
        alignment="left",
    )
    made.get_title().set_color(INK)
    for patch in made.get_patches():
        patch.set_edgecolor(INK)


def inline_svg(svg: str, words: str) -> str:
    """Make matplotlib's SVG part of a page: labelled, in the theme's colours, and without page-wide style rules."""
    result = re.search(r"<svg\b[^>]*?viewBox=\"([\d. ]+)\"[^>]*>(.*)</svg>", svg, re.DOTALL)
    assert result is not None  # matplotlib always writes an svg element
    box, body = result.groups()
    body = re.sub(r"<metadata>.*?</metadata>|<style[^>]*>.*?</style>", "", body, flags=re.DOTALL)
    for colour, themed in THEMED.items():
        body = re.sub(re.escape(colour), themed, body, flags=re.IGNORECASE)
    width = float(box.split()[2])
    label = escape(words, quote=True)
    return (
        f'<svg role="img" aria-label="{label}" viewBox="{box}" xmlns="http://www.w3.org/2000/svg" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" style="width:{width:.0f}pt;max-width:100%;height:auto;'
        f'stroke-linejoin:round;stroke-linecap:butt">{body.strip()}</svg>'
    )
