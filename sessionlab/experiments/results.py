"""A sweep's rows as plain data, a pandas frame or a CSV file. Every row records what produced it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from sessionlab.core.base.doors import TEXT, maybe, reads
from sessionlab.core.permissions.rulesets import RULESETS, Ruleset, ruleset
from sessionlab.experiments.grid import Plain
from sessionlab.experiments.means import Means, means_of
from sessionlab.experiments.parallel_map import versions
from sessionlab.study.doors import PATH
from sessionlab.study.frames import frame_of
from sessionlab.study.listing import csv_text

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped]

COLUMNS = ("engine", "rules", "sessionlab", "python")


@dataclass(frozen=True)
class Results:
    """A sweep's results. ``rows``: each run's parameters, seed and measurements, in the order of points and seeds."""

    rows: tuple[Mapping[str, Plain], ...] = field(hash=False)
    #: Names of the parameters.
    parameters: tuple[str, ...]
    engine: str
    rules: Ruleset

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Mapping[str, Plain]]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"<Results of {len(self)} runs over {', '.join(self.parameters)}: {self.engine}, {self.rules.title}>"

    def _repr_html_(self) -> str:
        from sessionlab.core.base.html import BLUE, frame
        from sessionlab.study.tables import table_html
        from sessionlab.study.text import folded_rows

        heads = [name for name in self.rows[0] if any(_text(row[name]) for row in self.rows)]
        lines = folded_rows(self.rows, lambda row: [escape(_text(row[name])) for name in heads], "to_frame()")
        return frame(
            repr(self).strip("<>"),
            BLUE,
            table_html([escape(name) for name in heads], lines, first_is_head=False),
        )

    @property
    def table(self) -> list[dict[str, Plain]]:
        """Return the rows, each with engine, ruleset and versions."""
        made_by = versions()
        return [{**row, **dict(zip(COLUMNS, (self.engine, self._rules(row), *made_by), strict=True))} for row in self]

    def _rules(self, row: Mapping[str, Plain]) -> str:
        return _identified(ruleset(str(row["rules"]), self.rules.extensions) if "rules" in row else self.rules)

    def to_frame(self) -> pandas.DataFrame:
        """Return the whole table as a pandas frame. Raises MissingExtra without pandas.

        Integers are exact: a column with one above 2**53, as amounts in wei are, has dtype object and holds Python's
        integers, which neither round nor overflow when they are added up.
        """
        table = self.table
        return frame_of(list(table[0]), (list(row.values()) for row in table))

    def frame(self) -> pandas.DataFrame:
        """Return what ``to_frame`` returns."""
        return self.to_frame()

    @reads(down=TEXT, across=TEXT, measurement=TEXT)
    def means(self, down: str, across: str, measurement: str) -> Means:
        """Return the mean of a measurement, true as 1, for each pair of two parameters; runs without it are left out.

        Raises InvalidInput for a column that there is not.
        """
        return means_of(self.table, down, across, measurement)

    @reads(path=maybe(PATH))
    def csv(self, path: str | Path | None = None) -> str:
        """Return the whole table as CSV text, and write it to ``path`` if given. The same rows give the same bytes.

        Integers are exact, and ``-`` stands where a run has no value.
        """
        table = self.table
        text = csv_text(list(table[0]), (list(row.values()) for row in table))
        if path is not None:
            Path(path).write_bytes(text.encode())
        return text


def _identified(rules: Ruleset) -> str:
    """Return the ruleset's title; for a custom ruleset, with its flags, because its name is arbitrary."""
    known = RULESETS.get(rules.name) == replace(rules, extensions=())
    return (rules if known else replace(rules, name=f"{rules.name} (bits {rules.bits})")).title


def _text(value: Plain) -> str:
    return "" if value is None else str(value)
