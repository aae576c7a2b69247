"""Bars in rows, each with its words above it, so that no axis has to be read; and a legend of the parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sessionlab.core.base.html import INK
from sessionlab.study.pictures import svg

#: In drawing units: the height of a bar and of the room below it, and the shortest room for bars beside their words.
BAR, BELOW, SHORTEST = 14, 12, 220
#: What is not nothing stays visible.
LEAST = 2.0


@dataclass(frozen=True)
class Bar:
    """One row. ``parts`` are lengths of the bar, ``mark`` is a place on it."""

    head: str
    words: str
    parts: tuple[int, ...]
    mark: int | None = None
    failed: bool = False
    title: str = ""


@dataclass(frozen=True)
class Legend:
    """What the parts and the mark of every bar are called; without names, there is nothing to explain."""

    parts: tuple[str, ...] = ()
    mark: str = ""


def draw(rows: Sequence[Bar | str], legend: Legend, width: float) -> svg.Drawing:
    """Draw bars for a width; a row of words stands for bars that are left out."""
    bars = [row for row in rows if isinstance(row, Bar)]
    whole = max((sum(bar.parts) for bar in bars), default=0) or 1
    left = max((svg.text_width(bar.head, bold=True) for bar in bars), default=0) + 14
    right = max((svg.text_width(bar.words) for bar in bars), default=0) + 14
    # Words beside the bars, or above them.
    beside = (left, width - right) if width - left - right >= SHORTEST else None
    used = [part for part in range(len(legend.parts)) if any(bar.parts[part] for bar in bars)]
    y, parts = _legend(legend, used, width)
    for row in rows:
        if isinstance(row, str):
            for words in svg.fitted(row, width):
                parts.append(svg.write(0, y + 15, words, colour=svg.SOFT))
                y += svg.LEAD
            y += BELOW
            continue
        start, end = beside or (1.0, width - 8)
        y, drawn = _words(row, y, width, beside=beside is not None)
        drawn += _bar(row, start, y, (end - start) / whole)
        y += BAR + BELOW
        parts.append(svg.titled(row.title or f"{row.head}: {row.words}", *drawn))
    return svg.Drawing(y, parts)


def _words(bar: Bar, y: float, width: float, *, beside: bool) -> tuple[float, list[str]]:
    """Write the words of a row, and return where its bar begins."""
    colour = svg.WARNING if bar.failed else INK
    if beside:
        words = svg.write(width, y + 13, bar.words, anchor="end")
        return y, [svg.write(0, y + 13, bar.head, bold=True, colour=colour), words]
    head = svg.cut(bar.head, width, bold=True)
    room = width - svg.text_width(head, bold=True) - 12
    drawn = [svg.write(0, y + 15, head, bold=True, colour=colour)]
    if svg.text_width(bar.words) <= room:
        drawn.append(svg.write(width, y + 15, bar.words, anchor="end"))
    else:
        for words in svg.fitted(bar.words, width):
            y += svg.LEAD
            drawn.append(svg.write(0, y + 15, words))
    return y + svg.LEAD + 3, drawn


def _bar(bar: Bar, x: float, y: float, scale: float) -> list[str]:
    """Draw the bar itself."""
    drawn, start = list[str](), x
    for kind, part in enumerate(bar.parts):
        if part:
            length = max(part * scale, LEAST)
            drawn.append(svg.striped(x, y, length, BAR, kind))
            x += length
    if not any(bar.parts):
        drawn.append(svg.line(x, y, x, y + BAR, colour=svg.SOFT, width=2))
    if bar.mark is not None:
        drawn.append(_mark(start + bar.mark * scale, y))
    return drawn


def _mark(x: float, y: float) -> str:
    """A diamond, and a line across the bar."""
    edge = f"stroke:{svg.PAPER};stroke-width:1.5"
    way = f"M{x:.1f} {y - 3:.1f}l7 {BAR / 2 + 3}l-7 {BAR / 2 + 3}l-7 -{BAR / 2 + 3}z"
    return f'<path d="{way}" style="fill:{INK};{edge}"/>'


def _legend(legend: Legend, used: Sequence[int], width: float) -> tuple[float, list[str]]:
    """Explain parts and mark in a line or two, and return where the first bar begins."""
    x, y, parts = 0.0, 2.0, list[str]()
    names = [*((part, legend.parts[part]) for part in used), *([(None, legend.mark)] if legend.mark else [])]
    for part, name in names:
        wide = 26 + svg.text_width(name)
        if x and x + wide > width:
            x, y = 0.0, y + svg.LEAD + 4
        parts.append(svg.striped(x + 1, y, 18, BAR, part) if part is not None else _mark(x + 10, y))
        parts.append(svg.write(x + 26, y + 12, name, colour=svg.SOFT))
        x += wide + 18
    return (y + svg.LEAD + 10 if names else 0.0), parts
