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
