"""Text in columns, and counted nouns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows of text with their columns under each other."""
    found = [list(row) for row in rows]
    if not found:
        return []
    widths = [max(len(row[place]) for row in found if place < len(row)) for place in range(max(map(len, found)))]
    return ["  ".join(part.ljust(width) for part, width in zip(row, widths, strict=False)).rstrip() for row in found]


def count(number: int, noun: str) -> str:
    """``1 operation``, ``2 operations``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
