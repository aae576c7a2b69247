"""Stands in for lru-dict: a dict of bounded size that forgets what was used the longest time ago."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, MutableMapping
from typing import Generic, TypeVar

Key, Value = TypeVar("Key"), TypeVar("Value")


class LRU(MutableMapping[Key, Value], Generic[Key, Value]):
    """Reading and setting use an entry, ``in`` does not; entries are listed from the last used on."""

    def __init__(self, size: int) -> None:
        if size <= 0:
            raise ValueError("Size should be a positive number")
        self._size = size
        self._entries: OrderedDict[Key, Value] = OrderedDict()  # the last used at the end

    def __getitem__(self, key: Key) -> Value:
        value = self._entries[key]
        self._entries.move_to_end(key)
        return value

    def __setitem__(self, key: Key, value: Value) -> None:
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def __delitem__(self, key: Key) -> None:
        del self._entries[key]

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[Key]:
        return reversed(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def keys(self) -> list[Key]:  # type: ignore[override]  # lru-dict returns lists
        """Return the keys, without using them."""
        return list(self)

    def items(self) -> list[tuple[Key, Value]]:  # type: ignore[override]
        """Return the entries, without using them."""
        return [(key, self._entries[key]) for key in self]

    def values(self) -> list[Value]:  # type: ignore[override]
        """Return the values, without using them."""
        return [self._entries[key] for key in self]

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
