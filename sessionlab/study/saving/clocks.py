"""The clock of a saved lab: a number if it stands still between steps, a record if it runs with the wall clock.

A file keeps how far a running clock is ahead of the wall clock, so a loaded lab goes on as a lab that was never saved.
"""

from __future__ import annotations

from dataclasses import dataclass

from sessionlab.core.evm.block_building import Settings
from sessionlab.core.evm.head import BlockList, Head


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A clock that runs: see ``Head``."""

    #: The earliest time of the next block when the lab was saved, in Unix seconds.
    clock: int
    #: Seconds ahead of the wall clock.
    ahead: int
    #: Whether it waits for the next block.
    held: bool


def clock_of(head: Head) -> int | RunningClock:
    """Return what a file keeps of a head's clock."""
    return head.clock if head.ahead is None else RunningClock(head.clock, head.ahead, head.held)


def head_of(blocks: BlockList, clock: int | RunningClock, root: bytes, settings: Settings) -> Head:
    """Return the head whose clock a file kept."""
    if isinstance(clock, RunningClock):
        return Head(blocks, clock.clock, root, settings, clock.ahead, clock.held)
    return Head(blocks, clock, root, settings)
