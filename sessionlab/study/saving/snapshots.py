"""Snapshots that are not used up yet, as plain data.

A lab that stands was never reverted to before one of its snapshots. So what a snapshot remembers of a thing that
only grows (blocks, accounts, sessions, wallets) is the beginning of what there is now, and its length says it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessionlab.core.erc4337.sponsor import SponsorState
from sessionlab.core.evm import engine
from sessionlab.core.evm.atomic import Checkpoint
from sessionlab.core.evm.engine import Head

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain


@dataclass(frozen=True)
class SavedSnapshot:
    """What there was when ``lab.snapshot()`` returned this number."""

    number: int
    blocks: int
    clock: int
    edited: tuple[int, bytes]
    accounts: int
    sessions: int
    sponsor_state: SponsorState
    #: How many sessions and refusals each client had, oldest client first.
    wallets: tuple[tuple[int, int], ...]


def snapshots_of(now: Checkpoint) -> tuple[SavedSnapshot, ...]:
    """The snapshots of a lab's chain, whose first participants are records, sponsor and lab, in this order."""
    return tuple(_snapshot_of(number, checkpoint) for number, checkpoint in now.live().items())


def _snapshot_of(number: int, checkpoint: Checkpoint) -> SavedSnapshot:
    (_, accounts, _, sessions), sponsor_state, (_, wallets) = checkpoint.captured[:3]
    return SavedSnapshot(
        number=number,
        blocks=checkpoint.engine.length,
        clock=checkpoint.engine.head.clock,
        edited=checkpoint.engine.head.edited,
        accounts=accounts,
        sessions=sessions,
        sponsor_state=sponsor_state,
        wallets=tuple((granted[1], refused[1]) for granted, refused in wallets),
    )


def checkpoints_of(snapshots: Sequence[SavedSnapshot], chain: Chain) -> dict[int, Checkpoint]:
    """The same snapshots, of a lab's chain that has all that came since."""
    now = chain.checkpoint()
    (accounts, _, sessions, _), _, (wallets, clients) = now.captured
    checkpoints: dict[int, Checkpoint] = {}
    for snapshot in snapshots:
        lengths = zip(clients, snapshot.wallets, strict=False)  # of the wallets that there were
        captured = (
            (accounts, snapshot.accounts, sessions, snapshot.sessions),
            snapshot.sponsor_state,
            (
                (wallets[0], len(snapshot.wallets)),
                [((granted[0], some), (refused[0], more)) for (granted, refused), (some, more) in lengths],
            ),
        )
        then = engine.Snapshot(Head(now.engine.head.blocks, snapshot.clock, snapshot.edited), snapshot.blocks)
        checkpoints[snapshot.number] = Checkpoint(then, captured, checkpoints, snapshot.number)
    return checkpoints
