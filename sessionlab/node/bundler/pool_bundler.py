"""A lab's bundler with a mempool, if it is strict: it mines each operation as it comes, or keeps them until it is told.

A bundle that would fail is not sent, because a bundler simulates its bundles: the entity that made it fail is banned,
and the others go without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.errors import ChainError, SessionlabError
from sessionlab.core.erc4337.bundler import BundleReverted, MinedOperation, OperationRejected
from sessionlab.core.erc4337.payment import check_payment
from sessionlab.core.erc4337.simulate import Simulated
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.evm.overrides import Overrides
from sessionlab.core.evm.records import DELEGATION, Authorization
from sessionlab.node.bundler.bundling import NextBundle, choose, is_banned
from sessionlab.node.bundler.mempool import (
    Pool,
    Waiting,
    check_room,
    entities_of,
    joined,
    refused,
    same_place,
    with_digest,
    without,
)
from sessionlab.node.bundler.reputation import (
    HOUR,
    Counts,
    Reputation,
    aged,
    with_banned,
    with_included,
    with_not_seen,
    with_seen,
)
from sessionlab.node.bundler.settings import MAX_VERIFICATION_GAS
from sessionlab.node.bundler.stakes import StakeInfo, StakeMinimum, read_stake
from sessionlab.node.bundler.strict import LabBundler, refusal
from sessionlab.node.bundler.trace import ACCOUNT, FACTORY, PAYMASTER
from sessionlab.node.bundler.validation import Validation, validate

if TYPE_CHECKING:
    from sessionlab.core.base.keys import Key
    from sessionlab.core.evm.chain import Chain

#: Seconds for which an operation has to stay valid when it joins the mempool (ERC-7769: "or will expire soon").
SOON = 30


class Pending(SessionlabError):
    """The operation is not mined: it waits in the mempool until it is bundled."""

    def __init__(self, waiting: Waiting) -> None:
        self.waiting = waiting
        super().__init__("The operation waits in the mempool.", fix="mine it: debug_bundler_sendBundleNow.")


@dataclass(frozen=True, slots=True)
class Mempool:
    """What waits, what is known of its entities, and how it is bundled. ``since``: when the counts were aged last."""

    since: int
    pool: Pool = ()
    reputation: Reputation = field(default_factory=dict)
    manual: bool = False


class PoolBundler(LabBundler):
    """Accepts operations and mines them. If it is strict, the rules of its mempool hold too."""

    def __init__(self, chain: Chain, key: Key) -> None:
        super().__init__(chain, key)
        self._mempool = Mempool(chain.now)

    #: Gas that the validation of account and paymaster may take together, if the bundler is strict.
    max_verification_gas = MAX_VERIFICATION_GAS

    def be_strict(self, minimum: StakeMinimum | None = None, max_verification_gas: int = MAX_VERIFICATION_GAS) -> None:
        """Refuse from now on what breaks a rule, and keep a mempool that goes back in time with the chain."""
        if not self.strict:
            self.chain.register_participant(self)
        super().be_strict(minimum)
        vars(self)["max_verification_gas"] = max_verification_gas

    # -- what there is

    @property
    def manual(self) -> bool:
        """Whether operations wait until ``bundle_now``. Otherwise each is mined when it comes, in its own bundle."""
        return self._mempool.manual

    @property
    def waiting(self) -> Pool:
        """What waits to be bundled, oldest first."""
        return self._mempool.pool

    @property
    def reputation(self) -> Reputation:
        """How many operations with each entity were seen and included, aged to the present."""
        kept = self._mempool
        hours = max(0, self.chain.now - kept.since) // HOUR
        return aged(kept.reputation, hours)

    def stake_of(self, address: str) -> StakeInfo:
        """Return what an address has staked with the EntryPoint."""
        return read_stake(self.chain, address, self.minimum)

    def pending(self, digest: bytes) -> Waiting | None:
        """Return what waits under a userOpHash; None if nothing does."""
        return with_digest(self.waiting, digest)

    # -- what changes it

    def set_manual(self, manual: bool) -> None:
        """Keep operations until ``bundle_now``, or mine each when it comes."""
        self._mempool = replace(self._mempool, manual=manual)

    def clear_pool(self) -> None:
        """Forget what waits."""
        self._mempool = replace(self._mempool, pool=())

    def set_reputation(self, counts: Mapping[str, Counts]) -> None:
        """Replace the counts of these addresses."""
        self._keep(reputation={**self.reputation, **counts})

    def clear_reputation(self) -> None:
        """Forget all counts."""
        self._keep(reputation={})

    def check(self, operation: UserOperation, *, overrides: Overrides | None = None, **how: bool) -> Simulated:
        """Simulate the operation as it is. Raises OperationRejected if it would fail, or may not join the mempool."""
        if self.strict:
            self._joined(self._waiting(operation))
        return super().check(operation, overrides=overrides, **how)

    def add(self, operations: Iterable[UserOperation]) -> None:
        """Put operations into the mempool without validating them, in place of those with their senders and nonces."""
        with self.chain.atomic():
            for operation in operations:
                pool, new = self.waiting, self._waiting(operation)
                others = without(pool, *filter(None, [same_place(pool, operation)]))
                check_room(others, operation)
                self._add((*others, new), new)

    def take(
        self,
        operation: UserOperation,
        authorizations: Sequence[Authorization] = (),
        overrides: Overrides | None = None,
    ) -> Waiting:
        """Validate an operation, and let it wait to be bundled.

        Raises InvalidInput if it does not pay for its place in a bundle, and OperationRejected if the EntryPoint or a
        rule of ERC-7562 refuses it; then nothing changes.
        """
        with self.chain.atomic():
            check_payment(operation, self.chain.base_fee)
            new = replace(self._waiting(operation), authorizations=authorizations, overrides=overrides or {})
            self._joined(new)  # what may not join is not worth a validation
            result = validate(self.chain, operation, overrides=overrides, minimum=self.minimum)
            if broken := result.broken():
                raise refusal(result, broken)
            if result.rejection is not None:
                raise OperationRejected(result.rejection, operation)
            if result.valid_until < self.chain.next_timestamp + SOON:
                data = {"validAfter": hex(result.valid_after), "validUntil": hex(result.valid_until)}
                now = self.chain.next_timestamp
                raise refused("ExpiresSoon", operation, data, until=result.valid_until, now=now, soon=SOON)
            new = replace(new, code_hashes=result.code_hashes)
            self._add(self._joined(new), new)
            return new

    def send(
        self, operation: UserOperation, *, preflight: bool = False, authorizations: Sequence[Authorization] = ()
    ) -> MinedOperation:
        """Mine the operation in its own bundle. If bundling is manual, it joins the mempool, and Pending is raised.

        Raises ChainError, and nothing changes, if bundling is manual and the run that mines it is to check it too.
        """
        if not (self.strict and self.manual) or self.find(operation) is not None:
            return super().send(operation, preflight=preflight, authorizations=authorizations)
        if preflight:
            message = "Bundling is manual, and what was asked for answers only when the operation is mined."
            fix = 'prepare, sign and send step by step, or bundle at once: debug_bundler_setBundlingMode ["auto"].'
            raise ChainError(message, field="mode", asked="manual", left="auto", fix=fix)
        code = {signed.address: DELEGATION + address_bytes(signed.address) for signed in authorizations}
        overrides: Overrides = {operation.sender.lower(): {"code": code[address]} for address in code}
        raise Pending(self.take(operation, authorizations, overrides))

    def bundle_now(self) -> list[MinedOperation]:
        """Mine one bundle of what waits, and return its operations; none if nothing can be bundled."""
        with self.chain.atomic():
            whole = True
            while True:
                choice = self._choose()
                bundle = choice.bundle if whole else choice.bundle[:1]
                if not bundle:
                    return []
                try:
                    return self._mine_bundle(bundle)
                except BundleReverted as error:
                    if error.place is None and len(bundle) > 1:
                        whole = False  # it does not say whose fault it is, so each goes alone
                        continue
                    self._blame(bundle[error.place or 0], error)

    # -- going back in time

    def capture(self) -> Mempool:
        """Return the mempool."""
        return self._mempool

    def restore(self, captured: Mempool) -> None:
        """Restore a captured mempool."""
        self._mempool = captured

    # -- how

    def _mine(self, operation: UserOperation, authorizations: Sequence[Authorization]) -> MinedOperation:
        if not self.strict:
            return super()._mine(operation, authorizations)
        new = replace(self._waiting(operation), authorizations=authorizations)
        self._add(self._joined(new), new)
        mined = super()._mine(operation, authorizations)
        self._leave([new])
        return mined

    def _waiting(self, operation: UserOperation) -> Waiting:
        named = entities_of(operation).items()
        staked = frozenset(role for role, address in named if self.stake_of(address).is_staked)
        return Waiting(operation, self.hash_of(operation), self.chain.height, staked)

    def _joined(self, new: Waiting) -> Pool:
        """Return the pool with one more operation. Raises OperationRejected if it may not join."""
        paymaster = new.operation.paymaster
        deposit = 0 if paymaster is None else self.deposit_of(paymaster)
        return joined(self.waiting, new, self.reputation, deposit, self.minimum)

    def _add(self, pool: Pool, new: Waiting) -> None:
        """Keep a pool with a new operation, which is seen; the one that it replaces no longer is (GREP-050)."""
        old = same_place(self.waiting, new.operation)
        reputation = self.reputation if old is None else with_not_seen(self.reputation, old.counted)
        self._keep(pool=pool, reputation=with_seen(reputation, new.counted))

    def _leave(self, mined: Iterable[Waiting]) -> None:
        reputation = self.reputation
        for waiting in mined:
            reputation = with_included(reputation, waiting.counted)
        self._keep(pool=without(self.waiting, *mined), reputation=reputation)

    def _keep(self, *, reputation: Reputation, pool: Pool | None = None) -> None:
        """Keep counts that are aged to the present, and a pool without what names a banned entity (GREP-010)."""
        kept = self._mempool
        since = kept.since + max(0, self.chain.now - kept.since) // HOUR * HOUR
        pool = tuple(waiting for waiting in (kept.pool if pool is None else pool) if not is_banned(waiting, reputation))
        self._mempool = Mempool(since, pool, reputation, kept.manual)

    def _choose(self) -> NextBundle:
        """Choose the next bundle. What may not be bundled any more leaves the pool."""
        choice = choose(self.waiting, self.reputation, self.chain.height, self.deposit_of, self._validate_again)
        reputation = self.reputation
        for waiting, result in choice.failed:
            if PAYMASTER in waiting.entities and culprit_of(result) != PAYMASTER:
                reputation = with_not_seen(reputation, [waiting.entities[PAYMASTER]])
        gone = (*choice.dropped, *(waiting for waiting, _ in choice.failed))
        self._keep(pool=without(self.waiting, *gone), reputation=reputation)
        return choice

    def _validate_again(self, waiting: Waiting) -> Validation:
        overrides, seen = waiting.overrides, waiting.code_hashes
        return validate(self.chain, waiting.operation, overrides=overrides, minimum=self.minimum, seen=seen)

    def _mine_bundle(self, bundle: Sequence[Waiting]) -> list[MinedOperation]:
        """Mine a bundle. Raises BundleReverted, and then nothing is mined and nobody has paid."""
        with self.chain.atomic():
            authorizations = [signed for waiting in bundle for signed in waiting.authorizations]
            mined = self.bundle([waiting.operation for waiting in bundle], authorizations)
            self._leave(bundle)
            return mined

    def _blame(self, waiting: Waiting, error: BundleReverted) -> None:
        """Drop the operation that let a bundle fail, and ban the entity that did (GREP-040), with all that name it."""
        address = waiting.entities[entity_to_blame(error.revert.reason, waiting.entities, waiting.staked)]
        self._keep(pool=without(self.waiting, waiting), reputation=with_banned(self.reputation, address))


def culprit_of(result: Validation) -> str:
    """Return the role of the entity by whose fault a validation failed."""
    if broken := result.broken():
        return broken[0].entity
    code = "" if result.rejection is None else result.rejection.code or ""
    return PAYMASTER if code.startswith("AA3") else FACTORY if code.startswith("AA1") else ACCOUNT


def entity_to_blame(reason: str, entities: Mapping[str, str], staked: frozenset[str]) -> str:
    """Return the role of the entity that answers for a failed bundle, by the EntryPoint's code.

    A staked factory answers for the account that it makes (EREP-020), a staked account for the others (EREP-030).
    """
    if reason.startswith("AA1") and FACTORY in entities:
        return FACTORY
    if reason.startswith("AA3") and PAYMASTER in entities:
        return ACCOUNT if ACCOUNT in staked else PAYMASTER
    return FACTORY if FACTORY in staked else ACCOUNT
