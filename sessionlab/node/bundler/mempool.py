"""The mempool of user operations: what waits to be bundled, and which operation may join it.

Source: ERC-7562, "General Reputation Rules" and what follows it. Everything here is a pure function of plain data: a
pool is a tuple of what waits, in the order in which it came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sessionlab.core.contracts.reverts import Revert
from sessionlab.core.erc4337.bundler import OperationRejected
from sessionlab.core.erc4337.simulate import Rejection
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.evm.overrides import Overrides
from sessionlab.core.evm.records import Authorization
from sessionlab.node.bundler.reputation import NEW, Reputation, Status, status_of
from sessionlab.node.bundler.stakes import StakeMinimum
from sessionlab.node.bundler.trace import ACCOUNT, FACTORY, PAYMASTER

#: Operations of one sender without a stake (UREP-010), and operations with one throttled entity (GREP-020).
SAME_SENDER_MEMPOOL_COUNT = 4
THROTTLED_ENTITY_MEMPOOL_COUNT = 4
#: Operations in the mempool, whosever they are.
MOST_WAITING = 1_000
#: Percent by which both fees of an operation have to rise for it to take the place of another one.
REPLACEMENT_BUMP = 10


@dataclass(frozen=True, slots=True)
class Waiting:
    """An operation in the mempool, and what its first validation found."""

    operation: UserOperation
    digest: bytes
    #: The block on which it was validated.
    block: int
    #: The roles of its entities that are staked.
    staked: frozenset[str] = frozenset()
    #: The code that its validation used, as keccak256 by address, which may not change until it is bundled (COD-010).
    code_hashes: Mapping[str, bytes] = field(hash=False, default_factory=dict)
    #: The sender's authorization to run a contract's code (EIP-7702), which is mined with it, and what it sets.
    authorizations: Sequence[Authorization] = field(hash=False, default=())
    overrides: Overrides = field(hash=False, default_factory=dict)

    @property
    def entities(self) -> dict[str, str]:
        """The address of each of its entities, by role."""
        return entities_of(self.operation)

    @property
    def counted(self) -> list[str]:
        """The entities that have a reputation: all but a sender without a stake."""
        return [address for role, address in self.entities.items() if role != ACCOUNT or ACCOUNT in self.staked]


Pool = tuple[Waiting, ...]


def entities_of(operation: UserOperation) -> dict[str, str]:
    """Return the address of each entity that an operation names, by role."""
    named = {FACTORY: operation.factory, ACCOUNT: operation.sender, PAYMASTER: operation.paymaster}
    return {role: address for role, address in named.items() if address is not None}


def joined(
    pool: Pool, new: Waiting, reputation: Reputation, deposit: int = 0, minimum: StakeMinimum | None = None
) -> Pool:
    """Return the pool with one more operation, which takes the place of the one with its sender and nonce.

    ``deposit``: its paymaster's in the EntryPoint, in wei; ``minimum``: what counts as a stake, which an error tells.
    Raises OperationRejected with the id of the rule in its way.
    """
    old = same_place(pool, new.operation)
    if old is not None:
        _check_fees(old.operation, new.operation)
    others = tuple(waiting for waiting in pool if waiting is not old)
    check_room(others, new.operation)
    _check_roles(others, new.operation)
    _check_delegates(others, new)
    _check_reputation(others, new, reputation)
    _check_counts(others, new, reputation, minimum or StakeMinimum())
    _check_deposit(others, new.operation, deposit)
    return (*pool, new) if old is None else tuple(new if waiting is old else waiting for waiting in pool)


def without(pool: Pool, *gone: Waiting) -> Pool:
    """Return the pool without these."""
    return tuple(waiting for waiting in pool if waiting not in gone)


def same_place(pool: Pool, operation: UserOperation) -> Waiting | None:
    """Return what waits under an operation's sender and nonce; None if nothing does."""
    wanted = operation.sender, operation.nonce
    return next((entry for entry in pool if (entry.operation.sender, entry.operation.nonce) == wanted), None)


def with_digest(pool: Pool, digest: bytes) -> Waiting | None:
    """Return what waits under a userOpHash; None if nothing does."""
    return next((waiting for waiting in pool if waiting.digest == digest), None)


def least_fee(fee: int) -> int:
    """Return the least fee that replaces entry, in wei per gas."""
    return -(-fee * (100 + REPLACEMENT_BUMP) // 100)


def check_room(others: Pool, new: UserOperation) -> None:
    """Raise OperationRejected if as many operations wait as may."""
    if len(others) >= MOST_WAITING:
        raise refused("MempoolFull", new, waiting=len(others))


def _check_fees(old: UserOperation, new: UserOperation) -> None:
    for name, before, fee in (
        ("maxPriorityFeePerGas", old.max_priority_fee_per_gas, new.max_priority_fee_per_gas),
        ("maxFeePerGas", old.max_fee_per_gas, new.max_fee_per_gas),
    ):
        if fee < least_fee(before):
            facts: dict[str, Any] = {"field": name, "asked": fee, "least": least_fee(before), "before": before}
            raise refused("ReplacementUnderpriced", new, is_same=old == new, **facts)


def _check_roles(others: Pool, new: UserOperation) -> None:
    """STO-040: an address is not the sender of one operation and another entity of the next."""
    senders = {waiting.operation.sender for waiting in others}
    helpers = {address for entry in others for role, address in entry.entities.items() if role != ACCOUNT}
    for role, address in entities_of(new).items():
        if address in (helpers if role == ACCOUNT else senders):
            raise refused("STO-040", new, role=role, address=address)


def _check_delegates(others: Pool, new: Waiting) -> None:
    """AUTH-040: what a sender delegates to is the same in all its operations that bring an authorization (EIP-7702)."""
    wanted = {signed.address for signed in new.authorizations}
    for waiting in others:
        if waiting.operation.sender == new.operation.sender:
            for signed in waiting.authorizations:
                if wanted and signed.address not in wanted:
                    sender = new.operation.sender
                    raise refused("AUTH-040", new.operation, role=ACCOUNT, address=sender, delegate=signed.address)


def _check_reputation(others: Pool, new: Waiting, reputation: Reputation) -> None:
    for role, address in new.entities.items():
        status, counts = status_of(reputation, address), reputation.get(address, NEW)
        facts: dict[str, Any] = {"role": role, "address": address, "seen": counts.seen, "included": counts.included}
        if status is Status.BANNED:
            raise refused("GREP-010", new.operation, **facts)
        if status is Status.THROTTLED and _count(others, address) >= THROTTLED_ENTITY_MEMPOOL_COUNT:
            raise refused("GREP-020", new.operation, waiting=_count(others, address), **facts)


def _check_counts(others: Pool, new: Waiting, reputation: Reputation, minimum: StakeMinimum) -> None:
    """UREP-010 and UREP-020: without a stake, few operations of a sender or with a paymaster may wait."""
    limits = {ACCOUNT: ("UREP-010", SAME_SENDER_MEMPOOL_COUNT)}
    if PAYMASTER in new.entities:
        allowed = reputation.get(new.entities[PAYMASTER], NEW).allowed_unstaked
        limits[PAYMASTER] = ("UREP-020", allowed)
    for role, (rule, allowed) in limits.items():
        address = new.entities[role]
        if role not in new.staked and (waiting := _count(others, address)) >= allowed:
            facts = {"role": role, "address": address, "waiting": waiting, "allowed": allowed}
            least = {"minimumStake": hex(minimum.wei), "minimumUnstakeDelay": hex(minimum.unstake_delay)}
            raise refused(rule, new.operation, data=least, **facts)


def _check_deposit(others: Pool, new: UserOperation, deposit: int) -> None:
    """EREP-010: a paymaster's deposit covers the most that all operations in the pool may cost it.

    Whether it covers this one alone, the EntryPoint says (AA31).
    """
    if new.paymaster is None:
        return
    promised = sum(entry.operation.max_cost for entry in others if entry.operation.paymaster == new.paymaster)
    if promised and promised + new.max_cost > deposit:
        facts: dict[str, Any] = {"role": PAYMASTER, "address": new.paymaster, "deposit": deposit}
        raise refused("EREP-010", new, promised=promised, asked=promised + new.max_cost, **facts)


def _count(pool: Pool, address: str) -> int:
    """Return how many operations name an address."""
    return sum(address in waiting.entities.values() for waiting in pool)


def refused(
    rule: str, operation: UserOperation, data: Mapping[str, str] | None = None, **facts: Any
) -> OperationRejected:
    """Return the error for a rule of the mempool that an operation breaks.

    ``data``: what ERC-7769 wants in the error's data, besides the entity under the name of its role.
    """
    told = {facts["role"]: facts["address"]} if "role" in facts else {}
    revert = Revert(rule, facts, b"")
    return OperationRejected(Rejection("validation", rule, revert, facts=told | dict(data or {})), operation)
