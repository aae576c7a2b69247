"""An append-only list that can restore any captured state, earlier or later, in constant time.

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
    """An append-only list. Treat ``items`` as read-only: a capture is the list itself and its length."""

    __slots__ = ("items",)

    def __init__(self, items: Iterable[T] = ()) -> None:
        self.items: list[T] = list(items)

    def append(self, item: T) -> None:
        """Append an item."""
        self.items.append(item)

    def capture(self) -> tuple[list[T], int]:
        """Return the current state, in constant time."""
        return self.items, len(self.items)

    def restore(self, captured: tuple[list[T], int]) -> None:
        """Restore a captured state."""
        items, length = captured
        self.items = items if len(items) == length else items[:length]
