"""Loss over time: what thieves of several keys have taken, from runs that were actually executed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import format_ether
from sessionlab.core.base.doors import NUMBER, each, maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.study.doors import mapping_of, pair
from sessionlab.study.pictures.base import Plot
from sessionlab.study.pictures.figures import (
    BLUE,
    GREEN,
    INK,
    PURPLE,
    RED,
    SOFT,
    legend,
    name_axes,
    panels,
    say,
    thinned,
)
from sessionlab.study.text import aligned, folded_rows, in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colour, marker and line style of each run, in order, so that colour is never the only cue.
STYLES = ((RED, "X", "-"), (BLUE, "o", "--"), (GREEN, "s", ":"), (PURPLE, "D", "-."))
HOUR, DAY = 3_600, 86_400
SPARE = 1.1  # room above the highest point
#: How many events have room for their words, and how many points of a line for a marker.
MARKS, MARKED = 20, 100


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
        return (DAY, "days") if last >= 2 * DAY else (HOUR, "hours") if last >= 2 * HOUR else (1, "seconds")

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

    def draw(self) -> Figure:
        """Draw steps that only rise, since nothing is given back."""
        figure, (axes,) = panels()
        unit, name = self.scale
        for run, style in zip(self.runs, STYLES, strict=False):
            _draw(axes, run, style, unit)
        top = SPARE * max(*(run.lost / 1e18 for run in self.runs), 1e-9)
        for what, second in thinned(self.marks, MARKS):
            axes.axvline(second / unit, color=SOFT, linestyle="--", linewidth=1.2)
            say(axes, second / unit, top, what)
        axes.set_ylim(0, top)
        axes.grid(axis="y", color=SOFT, alpha=0.25)
        name_axes(axes, f"{name} since the theft", "lost (ETH)")
        legend(axes, columns=1)
        return figure

    def _time(self, second: int) -> str:
        unit, name = self.scale
        return f"{second / unit:.4g} {name}"


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


def _draw(axes: Axes, run: LossRun, style: tuple[str, str, str], unit: int) -> None:
    colour, marker, line = style
    points = thinned(run.points)
    x = [second / unit for second, _ in points]
    y = [lost / 1e18 for _, lost in points]
    # Markers of a long run would cover each other.
    marker = marker if len(points) <= MARKED else ""
    look: dict[str, Any] = {"color": colour, "marker": marker, "linestyle": line, "markersize": 9, "clip_on": False}
    label = f"{run.name}: {format_ether(run.lost)} in the end"
    axes.step(x, y, where="post", linewidth=2.4, markeredgecolor=INK, markeredgewidth=0.7, label=label, **look)
