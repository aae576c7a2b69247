"""The head of a chain: its blocks, its clock and the state that the next block builds on, as one immutable value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from time import time
from typing import TYPE_CHECKING, overload

from sessionlab.core.evm.records import Block

if TYPE_CHECKING:
    from sessionlab.core.evm.block_building import Settings


class BlockList(Sequence[Block]):
    """The first blocks of a list that only grows. Longer and shorter ones share the list, so each is free to keep.

    >>> one = BlockList().followed_by("a")
    >>> two, other = one.followed_by("b"), one.followed_by("c")
    >>> list(one), list(two), list(other)
    (['a'], ['a', 'b'], ['a', 'c'])
    """

    __slots__ = ("_length", "_shared")

    def __init__(self, blocks: Sequence[Block] = ()) -> None:
        self._shared, self._length = list(blocks), len(blocks)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Block: ...

    @overload
    def __getitem__(self, index: slice) -> list[Block]: ...

    def __getitem__(self, index: int | slice) -> Block | list[Block]:
        if isinstance(index, slice):
            return self._shared[slice(*index.indices(self._length))]
        number = index + self._length if index < 0 else index
        if not 0 <= number < self._length:
            raise IndexError(index)
        return self._shared[number]

    def __iter__(self) -> Iterator[Block]:
        return islice(self._shared, self._length)

    def followed_by(self, block: Block) -> BlockList:
        """Return these blocks and one more."""
        shared = self._shared if len(self._shared) == self._length else self._shared[: self._length]
        shared.append(block)
        return BlockList._first(shared, self._length + 1)

    def first(self, length: int) -> BlockList:
        """Return the first of these blocks."""
        return BlockList._first(self._shared, length)

    @classmethod
    def _first(cls, shared: list[Block], length: int) -> BlockList:
        result = cls.__new__(cls)
        result._shared, result._length = shared, length
        return result


@dataclass(frozen=True, slots=True)
class Head:
    """Everything that a step on the chain changes."""

    blocks: BlockList
    #: The earliest time of the next block, in Unix seconds.
    clock: int
    #: The state that the next block builds on: the newest block's, with the edits since.
    root: bytes
    settings: Settings
    #: How many seconds the clock is ahead of the wall clock, with which it runs; None: it stands still between steps.
    ahead: int | None = None
    #: Whether a running clock waits for the next block, which is to have exactly this time.
    held: bool = False

    @property
    def now(self) -> int:
        """The newest block's time, or the clock's if it is later."""
        return max(self.blocks[-1].timestamp, self.clock)

    def read(self) -> Head:
        """Return this head with its clock read now. A clock never runs back, whatever the wall clock does."""
        if self.ahead is None or self.held:
            return self
        return replace(self, clock=max(self.clock, wall_clock() + self.ahead))


def wall_clock() -> int:
    """Return this machine's time, in Unix seconds."""
    return int(time())
