"""Long lists: folded where people read them, whole and exact as CSV.

>>> folded(range(5000), str, str, "to_csv()")[9:12]
['9', '… 4,980 more, all in to_csv()', '4990']
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from io import StringIO
from typing import Any, TypeVar

#: Rows of a list that people are shown at each end. Together they fill a screen: a row of a card has up to two lines.
ENDS = 10
#: In CSV, a value that is missing. An empty cell would turn its whole column into floats, which round wei.
MISSING = "-"

T = TypeVar("T")
R = TypeVar("R")
S = TypeVar("S")


def folded(
    items: Sequence[T],
    show: Callable[[T], R],
    more: Callable[[str], S],
    where: str,
    kind: Callable[[T], str] | None = None,
    *,
    ends: int = ENDS,
) -> list[R | S]:
    """Return ``show`` of each item; of a long list, of both ends, with ``more(words)`` for the items between.

    ``where`` names what has them all. ``kind`` sorts items, so that the words also count the hidden ones of each kind.
    """
    hidden = items[ends:-ends]
    if len(hidden) < 2:
        return [show(item) for item in items]
    return [*map(show, items[:ends]), more(left_out(hidden, where, kind)), *map(show, items[-ends:])]


def left_out(hidden: Sequence[T], where: str, kind: Callable[[T], str] | None = None) -> str:
    """Say how many things are not shown, how many of each kind, and what has them."""
    kinds = Counter(map(kind, hidden)) if kind else {}
    counted = ", ".join(f"{number:,} {name}" if len(kinds) > 1 else name for name, number in kinds.items())
    return f"… {len(hidden):,} more{f' ({counted})' if counted else ''}, all in {where}"


def csv_text(names: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return CSV: a header and one line per row, integers in full, ``-`` where a value is missing.

    pandas reads every integer exactly: as an integer, or as text if its column has a missing value or needs more than
    64 bits. ``int(…)`` makes a number of it.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([MISSING if value is None else value for value in row] for row in rows)
    return text.getvalue()
