"""A matrix of words: attacks × mutants, permissions × functions, or any other rows and columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from sessionlab.core.base.doors import MAPPING, TEXT, each, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.html import BLUE, SOFT, frame
from sessionlab.study.doors import pair
from sessionlab.study.pictures.base import Picture
from sessionlab.study.tables import SILENT, Cell, breakable, cell_html, table_html
from sessionlab.study.text import aligned, folded_rows, in_words

#: Neutral signs: an attack that passes must not get a ✓.
FULL, EMPTY = "●", "○"


_WORDS = pair(TEXT, TEXT)


@dataclass(frozen=True, repr=False)
class Matrix(Picture):
    """Rows × columns of cells."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell] = field(hash=False)

    @property
    def alternative_text(self) -> str:
        """List for each row which columns have which word, leaving out the most common word."""
        words = [self.cells[row, column].word for row in self.rows for column in self.columns]
        usual = next((word for word, _ in Counter(words).most_common(1)), "")
        rests = [(row, [c for c in self.columns if self.cells[row, c].word != usual]) for row in self.rows]
        said = in_words([(row, rest) for row, rest in rests if rest], self._words, "picture.cells")
        return f"{self.title}. Everywhere {usual}" + (f", except {said}." if said else ".")

    def _words(self, item: tuple[str, list[str]]) -> str:
        row, columns = item
        return f"{row}: {in_words(columns, lambda c: f'{c} {self.cells[row, c].word}', 'picture.cells', ', ')}"

    def text(self) -> str:
        """Return the table as text."""
        rows = folded_rows(
            self.rows, lambda row: [row, *(str(self.cells[row, c]) for c in self.columns)], "picture.cells"
        )
        return "\n".join([self.title, *aligned([("", *self.columns), *rows])])

    def html(self) -> str:
        """Return the table as HTML."""
        lines = folded_rows(
            self.rows, lambda row: [escape(row), *(_field(self.cells[row, c]) for c in self.columns)], "picture.cells"
        )
        return frame(self.title, BLUE, table_html(["", *map(breakable, self.columns)], lines, tight=True))


@reads(title=TEXT, rows=each(TEXT), columns=each(TEXT), cells=MAPPING, words=_WORDS)
def matrix(
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Mapping[tuple[str, str], bool | str | Cell],
    *,
    words: tuple[str, str] = ("yes", "no"),
) -> Matrix:
    """Make a table. A cell is True or False, which ``words`` name, or has a word of its own.

    A missing cell is shown as ``·``. Raises InvalidInput for a cell whose row or column does not exist.

    >>> attacks = ["drain by transfer", "replay"]
    >>> matrix("Which attacks pass", attacks, ["rule 6 removed"], {("replay", "rule 6 removed"): False,
    ...        ("drain by transfer", "rule 6 removed"): True}, words=("passes", "stopped"))
    Which attacks pass
                       rule 6 removed
    drain by transfer  ● passes
    replay             ○ stopped
    """
    if stray := [index for index in cells if index[0] not in rows or index[1] not in columns]:
        message = f"{stray[0]!r} is in no row and column of the matrix."
        raise InvalidInput(message, field="cells", asked=stray[0], fix="use a pair of a row and a column.")
    result = {(row, column): _cell(cells.get((row, column)), words) for row in rows for column in columns}
    return Matrix(title, tuple(rows), tuple(columns), result)


def _cell(value: bool | str | Cell | None, words: tuple[str, str]) -> Cell:
    if value is None:
        return Cell(SILENT, "")
    if isinstance(value, bool):
        return Cell(FULL, words[0]) if value else Cell(EMPTY, words[1])
    return value if isinstance(value, Cell) else Cell("", value)


def _field(cell: Cell) -> str:
    fill = f"background:{BLUE}33;" if cell.sign == FULL else ""
    colour = f"color:{SOFT};" if cell.sign == SILENT else ""
    return f"<div style='{fill}{colour}border-radius:4px;padding:1px 6px;white-space:nowrap'>{cell_html(cell)}</div>"
