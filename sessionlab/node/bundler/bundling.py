"""Choose the operations of the next bundle from the mempool.

Source: ERC-7562 (GREP-010, GREP-020, STO-041) and ERC-4337, "Bundling". Pure functions: what validates an operation
again is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sessionlab.core.erc4337.bundler import BUNDLE_GAS
from sessionlab.node.bundler.mempool import Pool, Waiting
from sessionlab.node.bundler.reputation import Reputation, Status, status_of
from sessionlab.node.bundler.validation import Validation

#: Operations of a bundle with one throttled entity, and blocks for which such an operation waits (GREP-020).
THROTTLED_ENTITY_BUNDLE_COUNT = 4
THROTTLED_ENTITY_LIVE_BLOCKS = 10
#: Gas of a bundle that is not one of its operations': the transaction's own.
ROOM = 1_000_000

Validate = Callable[[Waiting], Validation]


@dataclass(frozen=True, slots=True)
class NextBundle:
    """What is bundled next, and what leaves the mempool because it may not be bundled any more."""

    bundle: tuple[Waiting, ...]
    #: Dropped for their entities' reputation, and because the second validation failed, with what it found.
    dropped: tuple[Waiting, ...] = ()
    failed: tuple[tuple[Waiting, Validation], ...] = ()


def choose(
    pool: Pool, reputation: Reputation, height: int, deposits: Callable[[str], int], validate: Validate
) -> NextBundle:
    """Choose the next bundle: who pays the highest tip first, and what cannot go with it waits for the next one.

    ``height``: the newest block's number; ``deposits``: a paymaster's deposit, in wei; ``validate``: the second
    validation, which each operation passes that is bundled.
    """
    dropped = tuple(entry for entry in pool if _is_over(entry, reputation, height))
    bundle: list[Waiting] = []
    touched: dict[str, set[str]] = {}
    failed: list[tuple[Waiting, Validation]] = []
    for waiting in by_tip(pool):
        if waiting in dropped or not fits(waiting, bundle, reputation, deposits):
            continue
        result = validate(waiting)
        if not result.ok:
            failed.append((waiting, result))
            continue
        sender, slots_of = waiting.operation.sender, set(result.touched)
        if any(touches(slots_of, sender, touched[entry.operation.sender], entry.operation.sender) for entry in bundle):
            continue
        touched[sender] = slots_of
        bundle.append(waiting)
    return NextBundle(tuple(bundle), dropped, tuple(failed))


def by_tip(pool: Pool) -> list[Waiting]:
    """Return what waits, the highest tip first; of the same tip, the oldest."""
    return sorted(pool, key=lambda waiting: -waiting.operation.max_priority_fee_per_gas)


def fits(waiting: Waiting, bundle: list[Waiting], reputation: Reputation, deposits: Callable[[str], int]) -> bool:
    """Whether an operation may go with those already chosen, before anything is said of what it touches."""
    operation = waiting.operation
    if any(operation.sender == entry.operation.sender for entry in bundle):
        return False
    if sum(entry.operation.gas_limit for entry in bundle) + operation.gas_limit > BUNDLE_GAS - ROOM:
        return not bundle
    for address in _throttled(waiting, reputation):
        if sum(address in entry.entities.values() for entry in bundle) >= THROTTLED_ENTITY_BUNDLE_COUNT:
            return False
    paymaster = operation.paymaster
    if paymaster is None:
        return True
    promised = sum(entry.operation.max_cost for entry in bundle if entry.operation.paymaster == paymaster)
    return promised + operation.max_cost <= deposits(paymaster)


def touches(slots_of: set[str], sender: str, slots_of_other: set[str], other: str) -> bool:
    """Whether one operation's validation uses storage in the sender of the other (STO-041)."""
    return other in slots_of or sender in slots_of_other


def _throttled(waiting: Waiting, reputation: Reputation) -> Iterator[str]:
    return (each for each in waiting.entities.values() if status_of(reputation, each) is Status.THROTTLED)


def is_banned(waiting: Waiting, reputation: Reputation) -> bool:
    """Whether an operation names a banned entity (GREP-010)."""
    return any(status_of(reputation, each) is Status.BANNED for each in waiting.entities.values())


def _is_over(waiting: Waiting, reputation: Reputation, height: int) -> bool:
    """Whether an operation has to leave for an entity that is banned, or throttled for too long."""
    if is_banned(waiting, reputation):
        return True
    return height - waiting.block > THROTTLED_ENTITY_LIVE_BLOCKS and any(_throttled(waiting, reputation))
