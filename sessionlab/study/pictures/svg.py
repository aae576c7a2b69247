"""SVG parts in the notebook's colours: text that is measured, lines, bars, boxes and arrows.

A picture is drawn for a width. Its text is at least 10 points there, wraps or is cut to what it has room for, and keeps
its whole form in a title.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from sessionlab.core.base.html import BLUE, INK, ORANGE, RED, legible

#: Text and lines. Pages use the theme's colours; a page without a theme a grey that is readable on white and on black.
SOFT = "var(--jp-ui-font-color2, #767676)"
LINE = "var(--jp-border-color1, #8888)"
PAPER = "var(--jp-layout-color0, transparent)"
#: Losses and refusals in words: red, mixed with the theme's ink until it is as legible as ink.
WARNING = legible(RED)
FONT = "font-family:var(--jp-ui-font-family, system-ui, sans-serif)"
#: What a file has instead of a theme: the colours of a light page, and of a dark one where the reader prefers it.
FILE_STYLE = (
    "svg{--jp-ui-font-color1:#212121;--jp-ui-font-color2:#616161;--jp-border-color1:#bdbdbd;--jp-layout-color0:#fff}"
    "@media(prefers-color-scheme:dark){svg{--jp-ui-font-color1:#e0e0e0;--jp-ui-font-color2:#b0b0b0;"
    "--jp-border-color1:#616161;--jp-layout-color0:#111}}"
)
#: Drawing units, which are pixels: the widths for which every picture is drawn, text size, line height.
WIDE, NARROW = 840, 350
SIZE, LEAD = 14, 19
#: Widths of letters in em, as in the widest of the usual fonts (DejaVu Sans, Verdana); those of others: ``OTHER``.
LETTERS = {
    letter: width
    for width, letters in {
        0.35: "'IJijl ,./:;\\|·",
        0.4: "()-[]ft",
        0.45: "!r",
        0.52: '"*_`',
        0.55: "?csz",
        0.6: "FLkvxy",
        0.65: "$0123456789EPSTYabdeghnopqu{}",
        0.7: "ABCKRVXZ",
        0.8: "&DGHOQNU",
        0.85: "#+<=>^w~−→←✓✗≠≈×",
        0.95: "M◐●○■",
        1.0: "%@Wm…—",
    }.items()
    for letter in letters
}
OTHER, BOLD = 1.1, 1.13
#: So many places have room for a mark beside each other.
MOST_MARKS = 40


class Label(NamedTuple):
    """Words for a place on a line: where they begin, and in which row, counted away from the line."""

    x: float
    left: float
    row: int
    text: str


class Drawing(NamedTuple):
    """What is drawn for a width: its height, and its parts."""

    height: float
    parts: Sequence[str]


def picture(words: str, width: float, drawing: Drawing) -> str:
    """Return an SVG file with alternative text, which fits light and dark pages."""
    size = f'width="{width:.0f}" height="{drawing.height:.0f}" viewBox="0 0 {width:.0f} {drawing.height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(words)}" {size}'
    body = f"<title>{escape(words)}</title><style>{FILE_STYLE}</style>{''.join(drawing.parts)}"
    return f'{head} style="{FONT};font-size:{SIZE}px">{body}</svg>'


def inline(width: float, drawing: Drawing) -> str:
    """Return SVG for a page, which has the alternative text in its frame."""
    box = f"0 0 {width:.0f} {drawing.height:.0f}"
    style = f"display:block;width:100%;max-width:{1.2 * width:.0f}px;height:auto;{FONT};font-size:{SIZE}px"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" aria-hidden="true" viewBox="{box}" style="{style}">'
    return f"{head}{''.join(drawing.parts)}</svg>"


def text_width(text: str, size: float = SIZE, *, bold: bool = False) -> float:
    """Return at least as many units as a line of text takes."""
    return size * sum(LETTERS.get(letter, OTHER) for letter in text) * (BOLD if bold else 1)


def cut(text: str, width: float, *, bold: bool = False) -> str:
    """Return a text that fits, with ``…`` for what is left out."""
    if text_width(text, bold=bold) <= width:
        return text
    for length in range(len(text) - 1, 0, -1):
        if text_width(text[:length] + "…", bold=bold) <= width:
            return text[:length].rstrip() + "…"
    return "…"


def fitted(text: str, width: float, *, bold: bool = False) -> list[str]:
    """Wrap a text between its words; a word that is too long is cut."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", bold=bold) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(cut(word, width, bold=bold))
    return lines or [""]


def write(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    colour: str = INK,
    bold: bool = False,
    paper: bool = False,
) -> str:
    """Draw one line of text. ``paper``: hide the lines behind it."""
    # A browser that cannot mix colours keeps the first one.
    style = f"fill:{RED};fill:{colour}" if colour == WARNING else f"fill:{colour}"
    under = ""
    if paper:
        wide = text_width(text, bold=bold)
        left = x - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
        under = f'<rect x="{left:.0f}" y="{y - 14:.0f}" width="{wide:.0f}" height="{LEAD}" style="fill:{PAPER}"/>'
    weight = ";font-weight:600" if bold else ""
    side = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'{under}<text x="{x:.1f}" y="{y:.1f}"{side} style="{style}{weight}">{escape(text)}</text>'


def titled(title: str, *parts: str) -> str:
    """Group parts, with words that a browser shows where the mouse rests."""
    return f"<g><title>{escape(title)}</title>{''.join(parts)}</g>"


def line(x1: float, y1: float, x2: float, y2: float, *, colour: str = LINE, dash: str = "", width: float = 1) -> str:
    """Draw a straight line."""
    return path(f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}", colour=colour, dash=dash, width=width)


def path(way: str, *, colour: str = LINE, dash: str = "", width: float = 1, opacity: float = 1) -> str:
    """Draw a line along a way, in SVG's letters."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    faint = f";stroke-opacity:{opacity}" if opacity < 1 else ""
    return f'<path d="{way}" style="fill:none;stroke:{colour};stroke-width:{width}{faint}"{dashed}/>'


def area(way: str, colour: str = BLUE, opacity: float = 0.16) -> str:
    """Fill what a way encloses."""
    return f'<path d="{way}" style="fill:{colour};fill-opacity:{opacity}"/>'


def rect(x: float, y: float, width: float, height: float, colour: str, *, opacity: float = 1, stroke: str = "") -> str:
    """Fill a rectangle."""
    faint = f";fill-opacity:{opacity}" if opacity < 1 else ""
    edge = f";stroke:{stroke};stroke-width:1" if stroke else ""
    box = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
    return f'<rect {box} style="fill:{colour}{faint}{edge}"/>'


def striped(x: float, y: float, width: float, height: float, kind: int) -> str:
    """Draw a part of a bar. Each kind has a colour and a pattern: plain, upright stripes, level stripes, empty."""
    colour = (BLUE, BLUE, ORANGE, "none")[kind]
    parts = [rect(x, y, width, height, colour, opacity=0.35 if kind == 1 else 1, stroke=INK)]
    if kind == 1:
        way = "".join(f"M{x + at:.1f} {y:.1f}v{height:.1f}" for at in range(5, int(width), 5))
        parts.append(path(way, colour=BLUE, width=2))
    elif kind == 2:
        way = "".join(f"M{x:.1f} {y + at:.1f}h{width:.1f}" for at in range(4, int(height), 4))
        parts.append(path(way, colour=INK, width=1))
    return "".join(parts)


def cross(x: float, y: float, colour: str = RED) -> str:
    """Draw a small cross."""
    return path(f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10", colour=colour, width=3)


def arrow(x1: float, y1: float, x2: float, y2: float, *, colour: str = INK, dash: str = "") -> str:
    """Draw a line with an arrowhead at its end."""
    from math import atan2, cos, sin

    angle = atan2(y2 - y1, x2 - x1)
    sides = [(x2 - 10 * cos(angle + turn), y2 - 10 * sin(angle + turn)) for turn in (0.42, -0.42)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in ((x2, y2), *sides))
    head = f'<polygon points="{points}" style="fill:{colour}"/>'
    return line(x1, y1, x2 - 5 * cos(angle), y2 - 5 * sin(angle), colour=colour, dash=dash, width=1.8) + head


def box(
    x: float, y: float, width: float, height: float, lines: Sequence[str], *, colour: str = SOFT, bold: int = 0
) -> str:
    """Draw a frame with centred lines of text, the first ``bold`` of them in bold."""
    top = y + (height - LEAD * len(lines)) / 2 + LEAD - 5
    text = "".join(
        write(x + width / 2, top + LEAD * index, said, anchor="middle", bold=index < bold)
        for index, said in enumerate(lines)
    )
    frame = f'rx="6" style="fill:{PAPER};stroke:{colour};stroke-width:1.8"'
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" {frame}/>{text}'


def thinned(points: Sequence[tuple[float, ...]], most: int = 400) -> Sequence[tuple[float, ...]]:
    """Return at most about ``most`` points of a line, evenly chosen, always with the first and the last."""
    if len(points) <= most:
        return points
    every = -(-len(points) // most)
    return [*points[:-1:every], points[-1]]


def fan(labels: Sequence[tuple[float, str]], width: float) -> list[Label]:
    """Place words for places on a line in rows, so that neither words nor the way from a place to its words cross."""
    result: list[Label] = []
    ends: list[float] = []
    for x, text in sorted(labels, reverse=True):
        text = cut(text, width)
        left = max(0, min(x, width - text_width(text)))
        right = left + text_width(text) + 8
        row = 0
        for other, end in zip(result, ends, strict=True):
            over = left < end and other.left < right
            behind = left < other.x < right  # its way leads through these words
            row = max(row, other.row + 1 if over or behind else 0)
        result.append(Label(x, left, row, text))
        ends.append(right)
    return result
