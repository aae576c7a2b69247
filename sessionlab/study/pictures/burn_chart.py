"""Draws a burn-down: panels one above the other over one axis of operations, each step labelled where it happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sessionlab.core.base.html import BLUE, INK, RED
from sessionlab.study.pictures import svg

#: Heights in drawing units: of the room above a panel's limit, of its steps, below them.
ROOM, PLOT, BELOW = 26, 116, 14
#: If more was asked than so many times the limit, the bar ends at the top with an arrowhead.
MOST = 1.35
#: Steps whose labels are tried.
LABELS = 40
Rect = tuple[float, float, float, float]
#: Where the last line of a label is, and whether it starts or ends there.
Spot = tuple[float, float, str]


@dataclass(frozen=True)
class Step:
    """What was left after an operation. ``asked`` is None if it was not refused. Words have one or two lines."""

    operation: int
    left: int
    asked: int | None
    words: tuple[str, ...]
    title: str


@dataclass(frozen=True)
class AllowanceChart:
    """One allowance."""

    title: str
    words: str
    shown_limit: str
    limit: int
    steps: Sequence[Step]


def draw(panels: Sequence[AllowanceChart], width: float) -> svg.Drawing:
    """Draw all panels for a width."""
    last = max((step.operation for panel in panels for step in panel.steps), default=0)
    column = width / (last + 1)
    parts, y = list[str](), 0.0
    for panel in panels:
        head = [*svg.fitted(panel.title, width, bold=True)[:1], *svg.fitted(panel.words, width)[:2]]
        for index, words in enumerate(head):
            colour = svg.SOFT if index else INK
            parts.append(svg.write(0, y + 15 + svg.LEAD * index, words, bold=not index, colour=colour))
        y += svg.LEAD * len(head) + 4
        parts += _panel(panel, width, column, y)
        y += ROOM + PLOT + BELOW
    return svg.Drawing(y + 2 * svg.LEAD, [*parts, *_axis(last, width, column, y)])


def _axis(last: int, width: float, column: float, y: float) -> Iterator[str]:
    """Number the operations, as many of them as have room."""
    every = 1
    while every * column < svg.text_width(f"{last:,}") + 8:
        every += every
    for number in range(every, last + 1, every):
        yield svg.write((number + 0.5) * column, y + 6, f"{number:,}", anchor="middle", colour=svg.SOFT)
    words = "operations, in order" if last else "no operation yet"
    yield svg.write(width / 2, y + 6 + svg.LEAD, svg.cut(words, width), anchor="middle", colour=svg.SOFT)


class _Field:
    """The places of a panel that are taken: by lines, bars and labels."""

    def __init__(self, width: float, top: float, bottom: float) -> None:
        self.width, self.top, self.bottom = width, top, bottom
        self.taken: list[Rect] = []

    def take(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Take a rectangle if it lies in the panel and covers nothing."""
        inside = left >= 0 and right <= self.width and top >= self.top and bottom <= self.bottom
        if not inside or any(x < right and left < end and y < bottom and top < low for x, y, end, low in self.taken):
            return False
        self.taken.append((left, top, right, bottom))
        return True

    def write(self, lines: Sequence[str], spots: Sequence[Spot], *, failed: bool = False) -> list[str]:
        """Write lines of text at the first of these spots that has room for them."""
        wide = max(svg.text_width(words, bold=failed) for words in lines)
        for x, y, side in spots:
            start = x - wide if side == "end" else x
            for left in dict.fromkeys((start, min(start, self.width - wide))):
                first = y - svg.LEAD * (len(lines) - 1)
                if self.take(left, first - 13, left + wide, y + 4):
                    colour = svg.WARNING if failed else INK
                    rows = enumerate(lines)
                    return [svg.write(left, first + svg.LEAD * n, w, bold=failed, colour=colour) for n, w in rows]
        return []


def _panel(panel: AllowanceChart, width: float, column: float, top: float) -> Iterator[str]:
    base, limit = top + ROOM + PLOT, panel.limit or 1
    field = _Field(width, top - 6, base)
    most = min(max((step.asked or 0 for step in panel.steps), default=0) / limit, MOST)
    height = PLOT / max(most, 1)

    def at(amount: int) -> float:
        return base - height * min(amount / limit, MOST)

    used = [step for step in panel.steps if step.asked is None]
    ends = svg.thinned([(0, panel.limit), *((step.operation * column, step.left) for step in used)])
    points = [(x, at(int(left))) for x, left in ends]
    way, level = "M0 ", points[0][1]
    for (x, y), (end, _) in zip(points, [*points[1:], (width, 0.0)], strict=True):
        way += f"{'V' if x else ''}{y:.1f}H{end:.1f}"
        field.taken += [(x, y - 2, end, y + 2), (x - 2, level, x + 2, y)]
        level = y
    yield svg.line(0, base, width, base)
    yield svg.area(f"{way}V{base:.1f}H0Z")
    yield svg.path(way, colour=BLUE, width=2.4)
    every = [step for step in panel.steps if step.asked is not None]
    refused = every[:: -(-len(every) // svg.MOST_MARKS) or 1]
    for step in refused:
        middle, low, high = (step.operation + 0.5) * column, at(step.left), at(max(step.asked or 0, step.left))
        yield _refusal(middle, low, high, beyond=(step.asked or 0) > MOST * limit, title=step.title)
        field.taken.append((middle - 6, high - 2, middle + 6, low))
    first = f"{panel.shown_limit} at first"
    if not used or used[0].operation * column >= svg.text_width(first):
        yield from field.write([svg.cut(first, width)], [(0, at(panel.limit) - 6, "start")])
    for step in [*refused, *used[-1:], *used[:-1][:LABELS]]:
        x, y = step.operation * column, at(step.left)
        if step.asked is None:
            rises = range(6, PLOT, 6) if step is used[-1] else ()
            spots = [(x + 3, y - 6, "start"), (x + 3, y + 17, "start"), *((x + 3, y - 6 - up, "start") for up in rises)]
        else:
            x, y = x + 0.5 * column, at(max(step.asked, step.left))
            spots = [(x + 9, y + 10, "start"), (x - 9, y + 10, "end"), (x - 4, y - 6, "start")]
        tried = dict.fromkeys(((" ".join(step.words),), step.words))
        words = (field.write(lines, spots, failed=step.asked is not None) for lines in tried)
        yield svg.titled(step.title, *next(filter(None, words), []))


def _refusal(x: float, low: float, high: float, *, beyond: bool, title: str) -> str:
    """Draw a thin bar from what was left to what was asked, with an arrowhead if it goes on beyond the picture."""
    bar = svg.rect(x - 2, high, 4, max(low - high, 1), RED)
    end = f"M{x - 6:.1f} {high + 7:.1f}l6 -7l6 7" if beyond else f"M{x - 6:.1f} {high:.1f}h12"
    return svg.titled(title, bar, svg.path(end, colour=RED, width=2))
