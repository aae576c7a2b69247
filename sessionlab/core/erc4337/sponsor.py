"""Sponsorship: gas policies that decide which operations to pay for, and the sponsor that signs for them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from eth_hash.auto import keccak

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.amounts import check_seconds, format_ether, format_seconds, format_time
from sessionlab.core.base.doors import ADDRESS, each, integer, maybe, reads
from sessionlab.core.base.errors import InvalidInput, NotFound, SessionlabError
from sessionlab.core.base.frozen import Frozen
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.erc4337.wallet_encoding import DUMMY_ECDSA

if TYPE_CHECKING:
    from sessionlab.core.base.keys import Key

_LIMIT = maybe(partial(integer, fix="give a whole number from 0, or None for no limit."))
#: How long a signed sponsorship is valid, in seconds.
SPONSORED_FOR = 3_600
#: validUntil, validAfter, r, s, v.
DUMMY_DATA = bytes(12) + DUMMY_ECDSA


@dataclass(frozen=True, slots=True)
class GasPolicy:
    """What a sponsor pays for. None means no limit of that kind."""

    id: str  # UUID v4
    spend_cap: int | None = None  # wei, over all operations
    operations_per_sender: int | None = None
    allowed_senders: frozenset[str] | None = None  # addresses
    end: int | None = None  # the last valid second, in Unix time


class NotSponsored(SessionlabError):
    """The gas policy does not pay for this operation. ``rule`` names the rule that refuses it."""

    def __init__(self, rule: str, message: str, *, asked: object, left: object, fix: str) -> None:
        self.rule = rule
        super().__init__(f"The gas policy does not pay: {message}.", field=rule, asked=asked, left=left, fix=fix)


Place = tuple[str, int]
"""Sender and nonce. At most one operation can be included for each pair, however many are signed."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A sponsorship signature that may still be used."""

    place: Place
    cost: int  # maximum, in wei
    until: int  # the last second at which it is valid, in Unix time


@dataclass(frozen=True)
class PolicyAccount:
    """What a policy has paid and what it has promised."""

    spent: int = 0  # wei
    counts: Mapping[str, int] = field(default_factory=dict)  # operations by sender
    promises: Mapping[bytes, Promise] = field(default_factory=dict)  # by the paymaster data signed

    def promised(self, now: int, but: Place) -> dict[Place, int]:
        """Return the wei that promises may still cost, for each place except ``but``."""
        result: dict[Place, int] = {}
        for promise in self.promises.values():
            if promise.until >= now and promise.place != but:
                result[promise.place] = max(promise.cost, result.get(promise.place, 0))
        return result

    def promise(self, data: bytes, promise: Promise, now: int) -> PolicyAccount:
        """Return the account with one more promise and without expired ones."""
        good = {key: kept for key, kept in self.promises.items() if kept.until >= now}
        return replace(self, promises={**good, data: promise})

    def without(self, data: bytes) -> PolicyAccount:
        """Return the account without one promise."""
        return replace(self, promises={key: kept for key, kept in self.promises.items() if key != data})

    def settle(self, data: bytes, index: Place, cost: int) -> PolicyAccount:
        """Return the account after an operation was included at this place. Books the cost if it was promised here."""
        rest = {key: kept for key, kept in self.promises.items() if kept.place != index}
        if data not in self.promises:
            return replace(self, promises=rest)
        counts = {**self.counts, index[0]: self.counts.get(index[0], 0) + 1}
        return PolicyAccount(self.spent + cost, counts, rest)


SponsorState = tuple[Mapping[str, GasPolicy], Mapping[str, PolicyAccount]]
"""Policies and policy accounts, by policy id. Both are immutable: booking creates new ones."""


class Sponsor(Frozen):
    """Signs for operations that a policy covers. ``paymaster`` is the contract that trusts its key."""

    def __init__(self, paymaster: str, key: Key, chain_id: int) -> None:
        self.paymaster, self._key, self.chain_id = paymaster, key, chain_id
        self._state: SponsorState = ({}, {})

    @property
    def policies(self) -> Mapping[str, GasPolicy]:
        """The policies, by id."""
        return self._state[0]

    @property
    def ledgers(self) -> Mapping[str, PolicyAccount]:
        """What each policy has paid and promised, by policy id."""
        return self._state[1]

    @reads(spend_cap=_LIMIT, operations_per_sender=_LIMIT, end=_LIMIT, allowed_senders=maybe(each(ADDRESS)))
    def add_policy(
        self,
        *,
        policy_id: str,
        spend_cap: int | None = None,
        operations_per_sender: int | None = None,
        allowed_senders: Sequence[str] | None = None,
        end: int | None = None,
    ) -> GasPolicy:
        """Open a policy. Amounts in wei, ``end`` in Unix seconds. Raises InvalidInput for a malformed value."""
        _check_id(policy_id)
        check_seconds(end or 0, "end")
        senders = None if allowed_senders is None else frozenset(sender[2:].lower() for sender in allowed_senders)
        policy = GasPolicy(policy_id, spend_cap, operations_per_sender, senders, end)
        self._state = {**self.policies, policy_id: policy}, {**self.ledgers, policy_id: PolicyAccount()}
        return policy

    def policy(self, policy_id: str) -> GasPolicy:
        """Return the policy with this id. Raises NotFound if there is none."""
        _check_id(policy_id)
        if policy_id not in self.policies:
            fix = "use lab.policy_id, or open one with lab.gas_policy()."
            raise NotFound(f"No gas policy has the id {policy_id}.", field="policyId", asked=policy_id, fix=fix)
        return self.policies[policy_id]

    def spent(self, policy_id: str) -> int:
        """Return the wei that operations under this policy have cost so far."""
        self.policy(policy_id)
        return self.ledgers[policy_id].spent

    def placeholder(self, operation: UserOperation) -> UserOperation:
        """Return the operation with this paymaster and dummy data of the right length, for estimating its gas."""
        return replace(operation, paymaster=self.paymaster, paymaster_data=DUMMY_DATA)

    def judge(self, operation: UserOperation, policy_id: str, now: int) -> UserOperation:
        """Return the operation, which must have its final gas limits, if the policy pays. Raises NotSponsored."""
        policy, account, index = self.policy(policy_id), self.ledgers[policy_id], _place(operation)
        _check_policy(policy, account, account.promised(now, but=index), index[0], operation.max_cost, now)
        return operation

    def sponsor(self, operation: UserOperation, policy_id: str, now: int) -> UserOperation:
        """Judge the operation, promise to pay and sign. Raises NotSponsored."""
        self.judge(operation, policy_id, now)
        policy, account, index = self.policy(policy_id), self.ledgers[policy_id], _place(operation)
        until = min(now + SPONSORED_FOR, policy.end or 2**48 - 1)
        window = until.to_bytes(6, "big") + max(0, now - 1).to_bytes(6, "big")
        bare = replace(operation, paymaster=self.paymaster, paymaster_data=window)
        signed = replace(bare, paymaster_data=window + self._key.sign_message(sponsorship_hash(bare, self.chain_id)))
        data = signed.paymaster_data
        # Two policies can produce the same signature; the last one to promise it pays.
        others = {name: kept.without(data) for name, kept in self.ledgers.items()}
        promised = account.promise(data, Promise(index, operation.max_cost, until), now)
        self._state = self.policies, {**others, policy_id: promised}
        return signed

    def settle(self, operation: UserOperation, cost: int) -> None:
        """Charge an included operation's cost, in wei, to the policy that signed for it."""
        data, index = operation.paymaster_data, _place(operation)
        settled = {policy_id: account.settle(data, index, cost) for policy_id, account in self.ledgers.items()}
        self._state = self.policies, settled

    def capture(self) -> SponsorState:
        """Return the current policies and policy accounts."""
        return self._state

    def restore(self, captured: SponsorState) -> None:
        """Restore captured policies and policy accounts."""
        self._state = captured


def _place(operation: UserOperation) -> Place:
    return address_bytes(operation.sender).hex(), operation.nonce


def sponsorship_hash(operation: UserOperation, chain_id: int) -> bytes:
    """Return what the sponsor signs: all fields but the account's signature, the window, chain and paymaster."""
    data = operation.paymaster_and_data
    words = (
        bytes(12) + address_bytes(operation.sender),
        operation.nonce.to_bytes(32, "big"),
        keccak(operation.init_code),
        keccak(operation.call_data),
        operation.verification_gas_limit.to_bytes(16, "big") + operation.call_gas_limit.to_bytes(16, "big"),
        operation.pre_verification_gas.to_bytes(32, "big"),
        operation.max_priority_fee_per_gas.to_bytes(16, "big") + operation.max_fee_per_gas.to_bytes(16, "big"),
        data[20:52],
        bytes(20) + data[52:64],
        chain_id.to_bytes(32, "big"),
        bytes(12) + data[:20],
    )
    return bytes(keccak(b"".join(words)))


def _check_policy(
    policy: GasPolicy, account: PolicyAccount, others: Mapping[Place, int], sender: str, cost: int, now: int
) -> None:
    if policy.end is not None and now > policy.end:
        ended = f"it ended {format_seconds(now - policy.end)} ago, at {format_time(policy.end)}"
        raise NotSponsored("end", ended, asked=now, left=policy.end, fix="use a later policy")
    if policy.allowed_senders is not None and sender not in policy.allowed_senders:
        raise NotSponsored(
            "allowed_senders",
            f"0x{sender} is not one of its senders",
            asked=f"0x{sender}",
            left=sorted("0x" + allowed for allowed in policy.allowed_senders),
            fix="add the sender to the policy, or let the wallet pay",
        )
    done = account.counts.get(sender, 0) + sum(1 for who, _ in others if who == sender)
    if policy.operations_per_sender is not None and done >= policy.operations_per_sender:
        raise NotSponsored(
            "operations_per_sender",
            f"it covers at most {policy.operations_per_sender} per sender, and has paid for or promised {done}",
            asked=done + 1,
            left=0,
            fix="raise the count, or let the wallet pay",
        )
    if policy.spend_cap is not None:
        left = policy.spend_cap - account.spent - sum(others.values())
        if cost > left:
            raise NotSponsored(
                "spend_cap",
                f"the operation may cost {format_ether(cost)} and {format_ether(max(left, 0))} is left of its cap",
                asked=cost,
                left=max(left, 0),
                fix=f"raise the cap by {format_ether(cost - left)}, or let the wallet pay",
            )


def _check_id(policy_id: str) -> None:
    try:
        good = uuid.UUID(policy_id).version == 4 and str(uuid.UUID(policy_id)) == policy_id.lower()
    except (ValueError, AttributeError, TypeError):
        good = False
    if not good:
        raise InvalidInput(
            f"{policy_id!r} is not a UUID of version 4.", field="policyId", asked=policy_id, fix="use lab.policy_id."
        )
