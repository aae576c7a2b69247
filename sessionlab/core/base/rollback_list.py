"""A list that only grows, and that can go to every moment that it had, back or forth, in one step.

>>> notes = RollbackList(["first"])
>>> moment = notes.moment()
>>> notes.append("second")
>>> notes.go_to(moment)
>>> notes.items
['first']
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class RollbackList(Generic[T]):
    """``items`` is to be read, not changed: a moment is the list itself and how much of it there was."""

    __slots__ = ("items",)

    def __init__(self, items: Iterable[T] = ()) -> None:
        self.items: list[T] = list(items)

    def append(self, item: T) -> None:
        """Add one."""
        self.items.append(item)

    def moment(self) -> tuple[list[T], int]:
        """Now; costs nothing."""
        return self.items, len(self.items)

    def go_to(self, moment: tuple[list[T], int]) -> None:
        """As it was at a moment."""
        items, length = moment
        self.items = items if len(items) == length else items[:length]
