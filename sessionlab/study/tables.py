"""Tables in cards and pictures, as HTML in the notebook's colours and as aligned text. A cell is a sign and a word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from sessionlab.core.base.html import CELL, GREEN, LINE, RED, SOFT, TABLE, fitting, legible

ROW = "background:none"


@dataclass(frozen=True, slots=True)
class Cell:
    """The contents of a table cell: ``✓ allowed``. ``more`` is shown dimmed, and is not part of ``word``."""

    sign: str
    word: str
    more: str = ""

    def __str__(self) -> str:
        return f"{self.sign} {self.words}".strip()

    @property
    def words(self) -> str:
        """Everything but the sign."""
        return f"{self.word} {self.more}".strip()


YES, NO, SILENT, LOSS = "✓", "✗", "·", "▼"
COLOURS = {YES: legible(GREEN), NO: legible(RED), LOSS: legible(RED)}


def cell_html(cell: Cell) -> str:
    """Render the sign in its colour, and the word next to it in ink; a line never ends between them."""
    colour = COLOURS.get(cell.sign, "inherit")
    sign = f"<b style='color:{colour}'>{escape(cell.sign)}</b> " if cell.sign else ""
    more = f"<div style='color:{SOFT}'>{breakable(cell.more)}</div>" if cell.more else ""
    first, space, rest = breakable(cell.word).partition(" ")
    return f"<span style='white-space:nowrap'>{sign}{first}</span>{space}{rest}{more}"


def table_html(
    heads: Sequence[str],
    lines: Iterable[Sequence[str]],
    *,
    first_is_head: bool = True,
    named: bool = False,
    tight: bool = False,
) -> str:
    """Render a table, whose rows are lists where it has no room; all parts are HTML. One part spans the table.

    ``named``: the first part of a row says nothing without its head, as a number does. ``tight``: the parts are short.
    """
    rows = list(lines)
    listed = (_listed(heads, row, titled=first_is_head, named=named, tight=tight) for row in rows)
    return fitting(_table(heads, rows, tight=tight), "".join(listed))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, tight: bool) -> str:
    style = f"{CELL};border-top:1px solid {LINE};padding:4px 12px 4px 0;white-space:normal"
    quiet = f"{style};color:{SOFT};font-weight:400;vertical-align:bottom;border-top:none"
    top = "".join(f"<th scope='col' style='{quiet}'>{head}</th>" for head in heads)
    body = ""
    for row in rows:
        if len(row) == 1 < len(heads):
            body += f"<tr style='{ROW}'><td colspan='{len(heads)}' style='{style};color:{SOFT}'>{row[0]}</td></tr>"
            continue
        first = f"<th scope='row' style='{style};font-weight:400'>{row[0]}</th>"
        cells = "".join(f"<td style='{style}'>{part}</td>" for part in row[1:])
        body += f"<tr style='{ROW}'>{first}{cells}</tr>"
    width = ";width:auto" if tight else ""
    head = f"<thead><tr style='{ROW}'>{top}</tr></thead>" if any(heads) else ""
    return f"<div style='overflow-x:auto'><table style='{TABLE}{width}'>{head}<tbody>{body}</tbody></table></div>"


def _listed(heads: Sequence[str], row: Sequence[str], *, titled: bool, named: bool, tight: bool) -> str:
    """Render a row as lines, each with the head of its column; ``titled``: below the first part.

    Short parts follow one another on a line.
    """
    style = f"border-top:1px solid {LINE};padding:6px 0;overflow-wrap:anywhere"
    if len(row) == 1:
        return f"<div style='{style};color:{SOFT}'>{row[0]}</div>"
    said = "".join(_named(head, part, tight=tight) for head, part in list(zip(heads, row, strict=True))[titled:])
    title = f"{heads[0]} {row[0]}" if named else row[0]
    top = f"<div style='font-weight:600'>{title}</div>" if titled else ""
    columns = "display:grid;grid-template-columns:fit-content(55%) 1fr;column-gap:10px"
    if tight:
        columns = "display:flex;flex-wrap:wrap;column-gap:16px"
    return f"<div style='{style}'>{top}<div style='{columns}'>{said}</div></div>"


def _named(head: str, part: str, *, tight: bool) -> str:
    if tight:
        return f"<div style='white-space:nowrap'><span style='color:{SOFT}'>{head}</span> {part}</div>"
    return f"<div style='color:{SOFT}'>{head}</div><div style='min-width:0'>{part}</div>"


def soft(html: str) -> str:
    """Render secondary text, dimmed."""
    return f"<div style='color:{SOFT};margin-top:6px'>{html}</div>"


def breakable(word: str) -> str:
    """Return text with break points behind the brackets and commas of a signature, never inside a name."""
    return re.sub(r"(?<=[(,])(?![) ])", "<wbr>", escape(word))
