"""Text in columns, long lists folded, and nouns with counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from sessionlab.study.listing import folded

T = TypeVar("T")
#: In a sentence, fewer things are named than in a list.
IN_WORDS = 4


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """Align rows of text in columns. A row of one part runs across the columns, so no column is as wide as it."""
    result = [list(row) for row in rows]
    if not result:
        return []
    most = max(map(len, result))
    wide = [row for row in result if len(row) > 1 or most == 1]
    widths = [max((len(row[index]) for row in wide if index < len(row)), default=0) for index in range(most)]
    return ["  ".join(part.ljust(width) for part, width in zip(row, widths, strict=False)).rstrip() for row in result]


def folded_rows(
    items: Sequence[T], show: Callable[[T], Sequence[str]], where: str, kind: Callable[[T], str] | None = None
) -> list[Sequence[str]]:
    """Return a row for each item, folded; the row that stands for the hidden ones has one part."""
    return folded(items, show, lambda words: (words,), where, kind)


def in_words(items: Sequence[T], show: Callable[[T], str], where: str, between: str = "; ") -> str:
    """Name the first and the last items in a sentence, and count the others."""
    return between.join(folded(items, show, str, where, ends=IN_WORDS))


def count(number: int, noun: str) -> str:
    """``1 operation``, ``2 operations``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: int) -> str:
    """``1 hour``, ``2 days 3 hours``, ``1 minute 30 seconds``: exact, in the largest units that fit.

    >>> duration(93_600), duration(3_601), duration(0)
    ('1 day 2 hours', '1 hour 1 second', '0 seconds')
    """
    parts, rest = [], seconds
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        number, rest = divmod(rest, size)
        parts += [count(number, name)] if number else []
    return " ".join(parts) or "0 seconds"
