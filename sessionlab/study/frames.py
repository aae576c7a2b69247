"""Tables as pandas frames, every integer exact. pandas is optional: it comes with the extra ``experiments``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.study.extras import needs_extra

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped]

MAX_EXACT = 2**53
"""Up to this, floats hold every integer, and thousands of them add up within 64 bits."""


def frame_of(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> pandas.DataFrame:
    """Return a frame. Raises MissingExtra without pandas.

    Integers are exact: a column with one above 2**53, as amounts in wei are, has dtype object and holds Python's
    integers, which neither round nor overflow when they are added up. One of smaller integers in which some are missing
    has dtype Int64.
    """
    with needs_extra("experiments", "A frame"):
        import pandas

    lines = [tuple(row) for row in rows]
    result = pandas.DataFrame(lines, columns=list(columns))
    for column, name in enumerate(columns):
        values = [line[column] for line in lines]
        whole = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
        if any(abs(value) > MAX_EXACT for value in whole):
            result[name] = pandas.Series(values, dtype=object)
        elif whole and len(whole) < len(values) == len(whole) + values.count(None):
            result[name] = pandas.Series(values, dtype="Int64")
    return result
