"""Text in columns, long lists folded, nouns with counts, and amounts in few digits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TypeVar

from sessionlab.study.listing import folded

T = TypeVar("T")
#: In a sentence, fewer things are named than in a list.
IN_WORDS = 4
#: From so many digits, a letter stands for so many zeros; beyond ``LARGEST``, a power of ten for the whole number.
LARGE, LARGEST = (("T", 12, 12), ("B", 9, 9), ("M", 6, 6), ("k", 5, 3)), 15


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


def rounded(amount: str, digits: int = 4) -> str:
    """Round the number at the start of an amount to its first digits, for a label; the exact one belongs in a title.

    >>> rounded("0.123456 ETH"), rounded("2,299,578 gas"), rounded("1,025.5 USDC"), rounded("9,999,999 gas")
    ('0.1235 ETH', '2.3M gas', '1,026 USDC', '10M gas')
    """
    number, space, unit = amount.partition(" ")
    try:
        exact = Decimal(number.replace(",", ""))
    except InvalidOperation:
        return amount
    if exact:
        exact = exact.quantize(Decimal(1).scaleb(exact.adjusted() - digits + 1), ROUND_HALF_UP)
    if exact.adjusted() >= LARGEST:
        return f"10^{exact.adjusted()}{space}{unit}"
    letter, zeros = next(((letter, zeros) for letter, least, zeros in LARGE if exact.adjusted() >= least), ("", 0))
    text = f"{exact.scaleb(-zeros):,f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + letter + space + unit
