"""Stands in for lru-dict: a dict of bounded size that forgets what was used the longest time ago."""

from __future__ import annotations

from collections import OrderedDict
from operator import index
from typing import Generic, TypeVar

Key, Value, Other = TypeVar("Key"), TypeVar("Value"), TypeVar("Other")


class LRU(Generic[Key, Value]):
    """Reading and setting use an entry, ``in`` does not; entries are listed from the last used on.

    It has what py-evm uses, and is not a mapping: lru-dict's goes through no entries, and equals itself alone.
    """

    __iter__ = None

    def __init__(self, size: int) -> None:
        if index(size) <= 0:
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

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key, default: Other | None = None) -> Value | Other | None:
        """Return an entry, which is used by it; or what is given instead."""
        if key not in self:
            return default
        return self[key]

    def keys(self) -> list[Key]:
        """Return the keys, without using them."""
        return list(reversed(self._entries))

    def items(self) -> list[tuple[Key, Value]]:
        """Return the entries, without using them."""
        return [(key, self._entries[key]) for key in self.keys()]

    def values(self) -> list[Value]:
        """Return the values, without using them."""
        return [self._entries[key] for key in self.keys()]

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
