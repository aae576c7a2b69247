"""How much a bundler trusts the entities of operations: how many it saw, and how many of these were included.

Source: ERC-7562, "Reputation Definitions" and "Reputation Calculation". The constants are those of a bundler; a client
that only forwards operations has other ones. Everything here is a pure function of a mapping, by checksummed address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

#: One operation in so many has to be included, with this much slack until an entity is throttled or banned.
MIN_INCLUSION_RATE_DENOMINATOR = 10
THROTTLING_SLACK, BAN_SLACK = 10, 50
#: What an entity is seen to have sent that let a bundle fail (GREP-040).
BAN_OPS_SEEN_PENALTY = 10_000
#: Operations in the mempool of one paymaster without a stake, before its inclusion rate earns it more (UREP-020).
SAME_UNSTAKED_ENTITY_MEMPOOL_COUNT = 10
MAX_OPS_ALLOWED_UNSTAKED_ENTITY = 10_000
#: Every hour, 23 of 24 are kept.
HOUR = 3_600
KEPT, OF = 23, 24


class Status(Enum):
    """What an entity's counts come to."""

    OK = "ok"
    THROTTLED = "throttled"
    BANNED = "banned"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many valid operations with an entity were seen, and how many of these were included in a block."""

    seen: int = 0
    included: int = 0

    @property
    def status(self) -> Status:
        """Whether so few were included that the entity is throttled or banned."""
        expected = self.seen // MIN_INCLUSION_RATE_DENOMINATOR
        if expected > self.included + BAN_SLACK:
            return Status.BANNED
        return Status.THROTTLED if expected > self.included + THROTTLING_SLACK else Status.OK

    @property
    def allowed_unstaked(self) -> int:
        """How many operations in the mempool may have this paymaster if it has no stake (UREP-020)."""
        earned = self.included * min(self.included, MAX_OPS_ALLOWED_UNSTAKED_ENTITY) // self.seen if self.seen else 0
        return SAME_UNSTAKED_ENTITY_MEMPOOL_COUNT + earned


Reputation = Mapping[str, Counts]
"""Counts by address. An address that is not here is new, and in good standing."""
NEW = Counts()


def status_of(reputation: Reputation, address: str) -> Status:
    """Return an address's standing."""
    return reputation.get(address, NEW).status


def with_seen(reputation: Reputation, addresses: Iterable[str]) -> Reputation:
    """Return the reputation after one more operation with each of these entities was taken."""
    return _changed(reputation, addresses, seen=1)


def with_not_seen(reputation: Reputation, addresses: Iterable[str]) -> Reputation:
    """Return the reputation after an operation failed by another's fault: it no longer counts as seen (EREP-015)."""
    return _changed(reputation, addresses, seen=-1)


def with_included(reputation: Reputation, addresses: Iterable[str]) -> Reputation:
    """Return the reputation after one operation with each of these entities was included."""
    return _changed(reputation, addresses, included=1)


def with_banned(reputation: Reputation, address: str) -> Reputation:
    """Return the reputation after an entity let a bundle fail that had passed its second validation (GREP-040)."""
    return {**reputation, address: Counts(seen=BAN_OPS_SEEN_PENALTY)}


def aged(reputation: Reputation, hours: int) -> Reputation:
    """Return the reputation after so many whole hours; an entity with nothing left is forgotten."""
    for _ in range(hours):
        if not reputation:
            break
        kept = {address: Counts(of.seen * KEPT // OF, of.included * KEPT // OF) for address, of in reputation.items()}
        reputation = {address: counts for address, counts in kept.items() if counts != NEW}
    return reputation


def to_json(reputation: Reputation) -> list[dict[str, Any]]:
    """Return the entries as ``debug_bundler_dumpReputation`` answers them (ERC-7769)."""
    return [
        {"address": address, "opsSeen": hex(of.seen), "opsIncluded": hex(of.included), "status": of.status.value}
        for address, of in reputation.items()
    ]


def _changed(reputation: Reputation, addresses: Iterable[str], seen: int = 0, included: int = 0) -> Reputation:
    result = dict(reputation)
    for address in addresses:
        before = result.get(address, NEW)
        result[address] = replace(before, seen=max(0, before.seen + seen), included=before.included + included)
    return result
