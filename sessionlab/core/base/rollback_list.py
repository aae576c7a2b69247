"""A list that only grows, and that can return to every moment that it had, earlier or later, in one step.

>>> notes = RollbackList(["first"])
>>> captured = notes.capture()
>>> notes.append("second")
>>> notes.restore(captured)
>>> notes.items
['first']
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class RollbackList(Generic[T]):
    """``items`` is to be read, not changed: what is captured is the list itself and its length."""

    __slots__ = ("items",)

    def __init__(self, items: Iterable[T] = ()) -> None:
        self.items: list[T] = list(items)

    def append(self, item: T) -> None:
        """Add one."""
        self.items.append(item)

    def capture(self) -> tuple[list[T], int]:
        """This moment; costs nothing."""
        return self.items, len(self.items)

    def restore(self, captured: tuple[list[T], int]) -> None:
        """Return to a captured moment."""
        items, length = captured
        self.items = items if len(items) == length else items[:length]
