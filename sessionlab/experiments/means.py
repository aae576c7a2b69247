"""The mean of a measurement for each pair of two parameters: a small table that needs no package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from statistics import fmean

from sessionlab.core.base.errors import InvalidInput
from sessionlab.experiments.grid import Plain


@dataclass(frozen=True)
class Means:
    """Means of a ``measurement``: a row for each ``down``, a column for each ``across``.

    ``cells`` has the mean for each pair; a pair without runs has none.
    """

    measurement: str
    down: str
    across: str
    cells: Mapping[tuple[Plain, Plain], float] = field(hash=False)

    @property
    def rows(self) -> list[list[str]]:
        """The table as text: its heads, and then its rows."""
        downs, acrosses = (list(dict.fromkeys(pair[side] for pair in self.cells)) for side in (0, 1))
        heads = [f"{self.down} \\ {self.across}", *map(_shown, acrosses)]
        return [heads, *([_shown(a), *(_mean(self.cells.get((a, b))) for b in acrosses)] for a in downs)]

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        lines = ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in self.rows]
        return "\n".join([f"mean of {self.measurement}", *lines])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from sessionlab.core.base.html import BLUE, frame
        from sessionlab.study.tables import table_html

        top, *lines = ([escape(text) for text in row] for row in self.rows)
        heads = [escape(self.down), *(f"{escape(self.across)} {value}" for value in top[1:])]
        return frame(f"Mean of {escape(self.measurement)}", BLUE, table_html(heads, lines, named=True))


def means_of(rows: Iterable[Mapping[str, Plain]], down: str, across: str, measurement: str) -> Means:
    """Return the means over rows; see ``Results.means``."""
    measured: dict[tuple[Plain, Plain], list[float]] = {}
    for row in rows:
        for which, name in (("down", down), ("across", across), ("measurement", measurement)):
            if name not in row:
                fix = f"name one of {', '.join(row)}."
                raise InvalidInput(f"No column is called {name!r}.", field=which, asked=name, left=list(row), fix=fix)
        number = row[measurement]
        if number is not None and not isinstance(number, int | float):
            fix = "name a column of numbers, or of true and false."
            raise InvalidInput(f"{measurement} is not a number.", field="measurement", asked=number, fix=fix)
        if number is not None:
            measured.setdefault((row[down], row[across]), []).append(number)
    return Means(measurement, down, across, {pair: fmean(numbers) for pair, numbers in measured.items()})


def _shown(parameter: Plain) -> str:
    return f"{parameter:,}" if isinstance(parameter, int) and not isinstance(parameter, bool) else str(parameter)


def _mean(number: float | None) -> str:
    return "" if number is None else f"{number:.4g}"
