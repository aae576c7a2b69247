"""Text in columns, and nouns with counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """Align rows of text in columns."""
    result = [list(row) for row in rows]
    if not result:
        return []
    widths = [max(len(row[index]) for row in result if index < len(row)) for index in range(max(map(len, result)))]
    return ["  ".join(part.ljust(width) for part, width in zip(row, widths, strict=False)).rstrip() for row in result]


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
