"""SVG drawing parts: boxes, arrows and text in the notebook's colours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

INK = "var(--jp-ui-font-color1, #555)"
SOFT = "var(--jp-ui-font-color2, #777)"
LINE = SOFT
PAPER = "var(--jp-layout-color0, transparent)"
FONT = "font-family:var(--jp-ui-font-family, system-ui, sans-serif)"
SIZE, LEAD = 14, 19  # text size and line height, in drawing units
#: Average width of a bold letter and of a plain one.
LETTER, PLAIN_LETTER = 8.2, 7.2


def drawing(words: str, width: float, height: float, parts: Iterable[str]) -> str:
    """Return a drawing with alternative text. One unit is one pixel if there is room."""
    label = escape(words, quote=True)
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'xmlns="http://www.w3.org/2000/svg" style="width:{width:.0f}px;max-width:100%;height:auto;{FONT};'
        f'font-size:{SIZE}px">{"".join(parts)}</svg>'
    )


def write(
    x: float, y: float, text: str, *, anchor: str = "start", colour: str = INK, bold: bool = False, paper: bool = False
) -> str:
    """Draw one line of text. ``paper``: hide the lines behind it."""
    style = f"fill:{colour}" + (";font-weight:600" if bold else "")
    under = ""
    if paper:
        wide = PLAIN_LETTER * len(text)
        left = x - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
        under = f'<rect x="{left:.0f}" y="{y - 13:.0f}" width="{wide:.0f}" height="17" style="fill:{PAPER}"/>'
    return f'{under}<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" style="{style}">{escape(text)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, *, colour: str = LINE, dash: str = "", width: float = 1) -> str:
    """Draw a straight line."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" '
        f'style="stroke:{colour};stroke-width:{width}"{dashed}/>'
    )


def arrow(x1: float, y1: float, x2: float, y2: float, *, colour: str = INK, dash: str = "") -> str:
    """Draw a line with an arrowhead at its end; horizontal, or from left to right."""
    from math import atan2, cos, sin

    angle = atan2(y2 - y1, x2 - x1)
    sides = [(x2 - 10 * cos(angle + turn), y2 - 10 * sin(angle + turn)) for turn in (0.42, -0.42)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in ((x2, y2), *sides))
    head = f'<polygon points="{points}" style="fill:{colour}"/>'
    return line(x1, y1, x2 - 5 * cos(angle), y2 - 5 * sin(angle), colour=colour, dash=dash, width=1.8) + head


def box(
    x: float, y: float, width: float, height: float, lines: Sequence[str], *, colour: str = LINE, bold: int = 0
) -> str:
    """Draw a frame with centred lines of text, the first ``bold`` of them in bold."""
    top = y + (height - LEAD * len(lines)) / 2 + LEAD - 5
    text = "".join(
        write(x + width / 2, top + LEAD * index, said, anchor="middle", bold=index < bold)
        for index, said in enumerate(lines)
    )
    frame = f'rx="6" style="fill:none;stroke:{colour};stroke-width:1.8"'
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" {frame}/>{text}'


def fitted(text: str, width: float) -> list[str]:
    """Wrap text to a width; long names break between their parts: ``updateFallback Signer``."""
    most = max(int(width / LETTER), 8)
    lines = [""]
    for word in re.findall(r"\S+", text):
        parts = re.split(r"(?<=[a-z])(?=[A-Z])", word) if len(word) > most else [word]
        for index, part in enumerate(parts):
            space = " " if lines[-1] and not index else ""
            if lines[-1] and len(lines[-1] + space + part) > most:
                lines.append(part)
            else:
                lines[-1] += space + part
    return lines
