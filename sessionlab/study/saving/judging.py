"""Judge what a file holds before any of it is built: how much it is, and how its records refer to each other.

A few bytes can claim a great deal: compressed text, lists of nothing, and records of records of records, which a hash
or a comparison would walk through as often as they are named. What a lab writes is far below each of these bounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Bytes of content that any file may have, and how many more for each of its own bytes.
CONTENT, CONTENT_PER_BYTE = 2**18, 32
#: Values that any content may have, and how many more for each byte of its file.
VALUES, VALUES_PER_BYTE = 50_000, 1
#: How deep records may hold each other.
DEPTH = 32
#: Values that all records may come to, each with those that it refers to: so many, and so many for each one written.
REACHED, REACHED_PER_VALUE = 100_000, 40
#: Tags of values without others in them; ``serializer.py`` has them all.
PLAIN = ("bytes", "key", "key-elsewhere", "kind")


class TooMuchError(ValueError):
    """Content that no lab writes. The message says what is too much, and shows nothing of it."""


def too_much(size: int, body: bytes) -> str | None:
    """Return why a file of ``size`` bytes cannot hold this content; None if it can. Costs a look at each byte."""
    if len(body) > most_content(size):
        return f"it claims to hold more than {most_content(size):,} bytes"
    values, most = body.count(b",") + body.count(b"["), VALUES + VALUES_PER_BYTE * size
    return f"it claims to hold {values:,} values, and a file of its size has up to {most:,}" if values > most else None


def most_content(size: int) -> int:
    """Return how many bytes of content a file of ``size`` bytes may have."""
    return CONTENT + CONTENT_PER_BYTE * size


def check_records(content: Any, kinds: Mapping[str, type]) -> None:
    """Raise ValueError for records that refer to later ones, are too deep, or too much. Costs a look at each value."""
    judge = _Judge()
    for written in content["records"]:
        if not isinstance(written, list) or not written or written[0] not in kinds:
            raise ValueError("a record is a list that begins with its kind")
        judge.add(written)
    judge.reach(content["root"])
    judge.check()


class _Judge:
    """What each record comes to, and what all of them do."""

    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._depths: list[int] = []
        self._written = self._reached = 0

    def add(self, written: list[Any]) -> None:
        size, depth = self._sum(written[1:])
        if depth >= DEPTH:
            raise TooMuchError(f"its records hold each other more than {DEPTH} deep")
        self._sizes.append(size)
        self._depths.append(depth + 1)
        self._reached += size
        self.check()

    def reach(self, root: Any) -> None:
        self._reached += self._measure(root)[0]

    def check(self) -> None:
        most = REACHED + REACHED_PER_VALUE * self._written
        if self._reached > most:
            raise TooMuchError(f"its records come to more than {most:,} values")

    def _sum(self, values: list[Any]) -> tuple[int, int]:
        size, depth = 1, 0
        for value in values:
            more, deeper = self._measure(value) if isinstance(value, list) else (1, 0)
            size, depth = size + more, max(depth, deeper)
        self._written += 1 + len(values)
        return size, depth

    def _measure(self, value: Any) -> tuple[int, int]:
        if not isinstance(value, list):
            return 1, 0
        if not value:
            raise ValueError("a list begins with its tag")
        if value[0] == "record":
            (index,) = value[1:]
            if type(index) is not int or not 0 <= index < len(self._sizes):
                raise ValueError("a record refers to one that is not before it")
            return self._sizes[index], self._depths[index]
        return (1, 0) if value[0] in PLAIN else self._sum(value[1:])
