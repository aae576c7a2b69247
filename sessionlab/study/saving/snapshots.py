"""Live snapshots, those that can still be reverted to, as plain data.

A live snapshot has never been reverted past. For everything that only grows (blocks, accounts, sessions, wallets),
the snapshot's content is therefore a prefix of today's, and its length is enough to restore it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessionlab.core.erc4337.sponsor import SponsorState
from sessionlab.core.evm.atomic import Checkpoint
from sessionlab.core.evm.block_building import Settings
from sessionlab.node.bundler.pool_bundler import Mempool
from sessionlab.study.saving.clocks import RunningClock, clock_of, head_of

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain


@dataclass(frozen=True)
class SavedSnapshot:
    """The lab's state when ``lab.snapshot()`` returned this number."""

    number: int
    blocks: int
    clock: int | RunningClock
    root: bytes
    settings: Settings
    accounts: int
    sessions: int
    sponsor_state: SponsorState
    #: How many sessions and refusals each client had, oldest client first.
    wallets: tuple[tuple[int, int], ...]
    #: How many contracts the lab had been told of.
    contracts: int
    #: What a strict bundler knew.
    mempool: Mempool | None


def snapshots_of(now: Checkpoint) -> tuple[SavedSnapshot, ...]:
    """Return the live snapshots of a lab's chain.

    Its first participants are its records, its sponsor, the lab and the contracts that it was told of, in this order,
    and then a strict bundler.
    """
    return tuple(_snapshot_of(number, checkpoint) for number, checkpoint in now.live().items())


def _snapshot_of(number: int, checkpoint: Checkpoint) -> SavedSnapshot:
    (_, accounts, _, sessions), sponsor_state, (_, wallets), (_, contracts), *rest = checkpoint.captured
    return SavedSnapshot(
        number=number,
        blocks=len(checkpoint.head.blocks),
        clock=clock_of(checkpoint.head),
        root=checkpoint.head.root,
        settings=checkpoint.head.settings,
        accounts=accounts,
        sessions=sessions,
        sponsor_state=sponsor_state,
        wallets=tuple((granted[1], refused[1]) for granted, refused in wallets),
        contracts=contracts,
        mempool=next((part for part in rest if isinstance(part, Mempool)), None),
    )


def checkpoints_of(snapshots: Sequence[SavedSnapshot], chain: Chain) -> dict[int, Checkpoint]:
    """Rebuild the same snapshots on a lab's chain that contains everything since."""
    now = chain.checkpoint()
    (accounts, _, sessions, _), _, (wallets, clients), (contracts, _), *_ = now.captured
    checkpoints: dict[int, Checkpoint] = {}
    for snapshot in snapshots:
        lengths = zip(clients, snapshot.wallets, strict=False)  # only the wallets that existed then
        captured = (
            (accounts, snapshot.accounts, sessions, snapshot.sessions),
            snapshot.sponsor_state,
            (
                (wallets[0], len(snapshot.wallets)),
                [((granted[0], some), (refused[0], more)) for (granted, refused), (some, more) in lengths],
            ),
            (contracts, snapshot.contracts),
            *([] if snapshot.mempool is None else [snapshot.mempool]),
        )
        then = head_of(now.head.blocks.first(snapshot.blocks), snapshot.clock, snapshot.root, snapshot.settings)
        checkpoints[snapshot.number] = Checkpoint(then, captured, checkpoints, snapshot.number)
    return checkpoints
