"""Loss over time: what thieves of several keys have taken, from runs that were actually executed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sessionlab.core.base.amounts import format_ether
from sessionlab.core.base.doors import NUMBER, each, maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.html import RED
from sessionlab.study.doors import mapping_of, pair
from sessionlab.study.pictures import svg
from sessionlab.study.pictures.base import Plot
from sessionlab.study.text import aligned, folded_rows, in_words, rounded

#: Dashes, width and colour of the lines, from the largest loss down, so that one shows on top of another.
STYLES = (("", 7, RED), ("10 5", 3, svg.WARNING), ("3 5", 3, svg.WARNING), ("", 1.6, svg.WARNING))
MINUTE, HOUR, DAY = 60, 3_600, 86_400
#: Heights and widths in drawing units: of the plot, a row of words, and the words beside the ends of the lines.
PLOT, ROW, ENDS = 190, 19, 210
#: How many events have room for their words.
MARKS = 20


_POINT = pair(NUMBER, NUMBER)


@dataclass(frozen=True, slots=True)
class LossRun:
    """The loss with one key. ``points``: seconds since the theft and the wei lost until then, in order."""

    name: str
    points: tuple[tuple[int, int], ...]

    @property
    def lost(self) -> int:
        """Wei lost in total."""
        return self.points[-1][1]

    def at(self, second: int) -> int:
        """Wei lost up to a given second."""
        return max((lost for when, lost in self.points if when <= second), default=0)


@dataclass(frozen=True, repr=False)
class LossOverTime(Plot):
    """Losses of several runs on the same time axis. ``marks``: event → seconds since the theft."""

    runs: tuple[LossRun, ...]
    marks: tuple[tuple[str, int], ...]

    @property
    def scale(self) -> tuple[int, str]:
        """The time unit that suits the runs: its seconds and its name."""
        last = max(run.points[-1][0] for run in self.runs)
        units = ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes"))
        return next((unit for unit in units if last >= 2 * unit[0]), (1, "seconds"))

    @property
    def alternative_text(self) -> str:
        """Describe each run's end, and the marks."""
        ends = (f"{run.name}, {format_ether(run.lost)} after {self._time(run.points[-1][0])}" for run in self.runs)
        marks = in_words(self.marks, lambda mark: f"{mark[0]} after {self._time(mark[1])}", "picture.marks")
        return f"Loss over time: {'; '.join(ends)}." + (f" Marked: {marks}." if marks else "")

    def text(self) -> str:
        """Return one line per moment, with a column for each run."""
        seconds = {second for run in self.runs for second, _ in run.points} | {second for _, second in self.marks}
        heads = ("since the theft", *(run.name for run in self.runs), "")
        rows = folded_rows(sorted(seconds), self._line, "picture.runs")
        return "\n".join([self.alternative_text, *(f"  {line}" for line in aligned([heads, *rows]))])

    def _line(self, second: int) -> list[str]:
        happened = ", ".join(what for what, when in self.marks if when == second)
        return [self._time(second), *(format_ether(run.at(second)) for run in self.runs), happened]

    @property
    def title(self) -> str:
        """The heading of its card."""
        return "What the thief of each key has taken, over time"

    @property
    def colour(self) -> str:
        """The colour of a loss."""
        return RED

    def draw(self, width: float) -> svg.Drawing:
        """Draw steps that only rise, since nothing is given back, named beside their ends, or above if it is narrow."""
        last = max([1, *(run.points[-1][0] for run in self.runs), *(second for _, second in self.marks)])
        beside = width >= svg.WIDE
        edge = width - ENDS if beside else width - 8
        most = max(*(run.lost for run in self.runs), 1)
        levels = {lost: rounded(format_ether(lost)) for lost in _ticks(most)[1:]}
        first = max(map(svg.text_width, levels.values()), default=0) + 8
        marks = self.marks[:: -(-len(self.marks) // MARKS) or 1]

        def x(second: float) -> float:
            return first + (edge - first) * second / last

        said = [(x(second), f"{what}, {self._time(second)}") for what, second in marks]
        labels = svg.fan(said, width)
        top = ROW * (1 + max((label.row for label in labels), default=-1)) + 6
        runs = sorted(self.runs, key=lambda run: -run.lost)
        parts, names = list[str](), [f"{run.name}: {rounded(format_ether(run.lost))} lost" for run in runs]
        if not beside:
            for index, name in enumerate(names):
                sample = _line(f"M0 {10 + ROW * index}h30", index)
                parts += [sample, svg.write(38, 15 + ROW * index, svg.cut(name, width - 38))]
            top += ROW * len(names) + 8
        base = top + PLOT

        def y(lost: int) -> float:
            return base - (PLOT - 16) * lost / most

        parts.append(svg.line(first, base, edge, base))
        for lost, words in levels.items():
            parts.append(svg.line(first, y(lost), edge, y(lost)))
            parts.append(svg.write(first - 8, y(lost) + 5, words, anchor="end", colour=svg.SOFT))
        for label in labels:
            parts.append(svg.line(label.x, top - ROW * label.row - 4, label.x, base, colour=svg.SOFT, dash="5 4"))
        parts += [svg.write(label.left, top - ROW * label.row - 8, label.text, paper=True) for label in labels]
        for index, run in enumerate(runs):
            points = svg.thinned(run.points)
            way = f"M{x(int(points[0][0])):.1f} {y(int(points[0][1])):.1f}"
            way += "".join(f"H{x(int(second)):.1f}V{y(int(lost)):.1f}" for second, lost in points[1:])
            way += f"H{edge:.1f}"
            parts.append(svg.titled(names[index], _line(way, index)))
        if beside:
            parts += _ends([(y(run.lost), name) for run, name in zip(runs, names, strict=True)], edge, base)
        return svg.Drawing(base + 2 * ROW + 4, [*parts, *self._axis(last, first, edge, base)])

    def _axis(self, last: int, first: float, edge: float, base: float) -> Iterator[str]:
        unit, room = self.scale[0], edge - first
        every = next(step for step in _steps() if last <= step * unit * room / 110)
        for number in range(last // (every * unit) + 1):
            second = every * unit * number
            x = first + room * second / last
            anchor = "start" if not number else "middle" if x < edge - 40 else "end"
            yield svg.line(x, base, x, base + 5, colour=svg.SOFT)
            yield svg.write(x, base + ROW, self._time(second), anchor=anchor, colour=svg.SOFT)
        yield svg.write(first + room / 2, base + 2 * ROW, "since the theft", anchor="middle", colour=svg.SOFT)

    def _time(self, second: int) -> str:
        unit, name = self.scale
        number = f"{round(second / unit, 3):,}".removesuffix(".0")
        return f"{number} {name.removesuffix('s') if number == '1' else name}"


@reads(runs=mapping_of(each(_POINT)), marks=maybe(mapping_of(NUMBER)))
def loss_over_time(
    runs: Mapping[str, Sequence[tuple[int, int]]], marks: Mapping[str, int] | None = None
) -> LossOverTime:
    """Show what was lost with each key. ``runs``: name → seconds since the theft and total wei lost, in order.

    ``marks``: event → seconds since the theft. Raises InvalidInput without runs, for more than four runs, and for a
    run without points.

    >>> picture = loss_over_time({"root": [(0, 10**18), (7_200, 3 * 10**18)], "scoped": [(0, 10**18), (7_200, 10**18)]})
    >>> picture.alternative_text
    'Loss over time: root, 3 ETH after 2 hours; scoped, 1 ETH after 2 hours.'
    """
    if not 0 < len(runs) <= len(STYLES):
        fix = f"give 1 to {len(STYLES)} runs."
        raise InvalidInput(f"{len(runs)} runs cannot be drawn.", field="runs", asked=len(runs), fix=fix)
    for name, points in runs.items():
        if not points:
            fix = "give seconds and wei: [(0, 0), …]."
            raise InvalidInput(f"The run {name!r} has no points.", field="runs", asked=name, fix=fix)
    return LossOverTime(
        tuple(LossRun(name, tuple(points)) for name, points in runs.items()), tuple((marks or {}).items())
    )


def _line(way: str, index: int) -> str:
    """Draw a run's line, by its rank among the losses."""
    dash, width, colour = STYLES[index]
    return svg.path(way, colour=colour, dash=dash, width=width)


def _ends(ends: Sequence[tuple[float, str]], x: float, base: float) -> Iterator[str]:
    """Name the lines beside their ends, the highest first; names that would cover each other move down."""
    free = 0.0
    named = [(y, svg.fitted(name, ENDS - 10, bold=True)[:2]) for y, name in sorted(ends)]
    for index, (y, lines) in enumerate(named):
        below = sum(len(others) for _, others in named[index:]) - 1
        free = max(free, min(y + 5, base - ROW * below))
        for words in lines:
            yield svg.write(x + 10, free, words, bold=True, colour=svg.WARNING)
            free += ROW


def _ticks(most: int) -> list[int]:
    """Return round amounts from 0 to at most ``most``, at most five."""
    step = next(step for step in _steps() if most <= 4 * step)
    return list(range(0, most + 1, step))


def _steps() -> Iterator[int]:
    """Yield round numbers."""
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10
