"""Tables in pictures, as HTML in the notebook's colours and as aligned text. A cell is a sign and a word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from sessionlab.core.base.html import CELL, GREEN, LINE, RED, SOFT, TABLE

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


YES, NO, SILENT = "✓", "✗", "·"
COLOURS = {YES: GREEN, NO: RED}


def cell_html(cell: Cell) -> str:
    """Render the sign in its colour, and the word next to it in ink."""
    colour = COLOURS.get(cell.sign, SOFT)
    sign = f"<b style='color:{colour}'>{escape(cell.sign)}</b> " if cell.sign else ""
    more = f"<div style='color:{SOFT}'>{breakable(cell.more)}</div>" if cell.more else ""
    return f"{sign}{breakable(cell.word)}{more}"


def table_html(
    heads: Sequence[str], lines: Iterable[Sequence[str]], *, first_is_head: bool = True, tight: bool = False
) -> str:
    """Render a table that scrolls sideways instead of being cut off; all parts are HTML. One part spans the table."""
    style = f"{CELL};border-top:1px solid {LINE};padding:4px 12px 4px 0;white-space:normal"
    soft = f"{style};color:{SOFT};font-weight:400;vertical-align:bottom;border-top:none"
    top = "".join(f"<th scope='col' style='{soft}'>{head}</th>" for head in heads)
    body = ""
    for line in lines:
        if len(line) == 1 < len(heads):
            body += f"<tr style='{ROW}'><td colspan='{len(heads)}' style='{style};color:{SOFT}'>{line[0]}</td></tr>"
            continue
        cells = [f"<td style='{style}'>{part}</td>" for part in line]
        if first_is_head:
            cells[0] = f"<th scope='row' style='{style};font-weight:400'>{line[0]}</th>"
        body += f"<tr style='{ROW}'>{''.join(cells)}</tr>"
    width = ";width:auto" if tight else ""
    head = f"<thead><tr style='{ROW}'>{top}</tr></thead>" if any(heads) else ""
    return f"<div style='overflow-x:auto'><table style='{TABLE}{width}'>{head}<tbody>{body}</tbody></table></div>"


def soft(html: str) -> str:
    """Render secondary text, dimmed."""
    return f"<div style='color:{SOFT};margin-top:6px'>{html}</div>"


def breakable(word: str) -> str:
    """Return text with break points inside long names: ``Address·Not·Allowed``, ``transfer(·address)``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[(,])(?![) ])", "<wbr>", escape(word))
