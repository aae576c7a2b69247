"""The bundler: checks operations, mines them in bundles, pays for the transaction, remembers what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import NotFound, SessionlabError
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337.gas import has_fresh_deposit, with_limits
from sessionlab.core.erc4337.included import BundleReverted, Included, read_bundle
from sessionlab.core.erc4337.simulate import Rejection, Simulated, simulate
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops, operation_hash
from sessionlab.core.evm.overrides import Overrides
from sessionlab.core.evm.records import DELEGATION, Authorization, Receipt

if TYPE_CHECKING:
    from sessionlab.core.base.keys import Key
    from sessionlab.core.evm.chain import Chain

BUNDLE_GAS = 30_000_000


class OperationRejected(SessionlabError):
    """The bundler does not take an operation: ``rejection`` says why."""

    def __init__(self, rejection: Rejection, operation: UserOperation) -> None:
        self.rejection, self.operation = rejection, operation
        super().__init__(f"The operation is refused in {rejection.phase}: {' ← '.join(rejection.revert.path)}.")


@dataclass(frozen=True, slots=True)
class MinedOperation:
    """An operation that is on the chain, and the transaction that brought it."""

    operation: UserOperation
    included: Included
    receipt: Receipt


class Bundler:
    """Takes operations and mines them. ``key`` pays for the bundles and collects what they cost."""

    def __init__(self, chain: Chain, key: Key) -> None:
        self.chain, self._key = chain, key
        self._mined: dict[bytes, tuple[str, MinedOperation]] = {}

    @property
    def address(self) -> str:
        """The account that bundles come from."""
        return self._key.address

    def hash_of(self, operation: UserOperation) -> bytes:
        """The userOpHash on this chain."""
        return operation_hash(operation, self.chain.chain_id)

    def next_nonce(self, sender: str, key: int) -> int:
        """The next nonce of ``sender`` with this nonce key, the key included."""
        return int.from_bytes(self._view("getNonce", sender, key), "big")

    def deposit_of(self, account: str) -> int:
        """Wei that an account or paymaster has in the EntryPoint."""
        return int.from_bytes(self._view("balanceOf", account), "big")

    def estimate(self, operation: UserOperation, *, overrides: Overrides | None = None) -> UserOperation:
        """The operation with gas limits. Its signature need not be right. Raises OperationRejected.

        One simulation, in which the operation offers no gas, so that it needs no funds for it yet. ``overrides``: what
        accounts are to be while it is simulated, such as the code that an authorization brings (EIP-7702).
        """
        free = replace(
            operation,
            call_gas_limit=0,
            verification_gas_limit=0,
            pre_verification_gas=0,
            paymaster_verification_gas_limit=0,
        )
        done = self._pass(free, check_signatures=False, within_limits=False, overrides=overrides)
        delegated = self.chain.overlay(overrides=overrides).code(operation.sender).startswith(DELEGATION)
        fresh = has_fresh_deposit(self.chain, operation)
        return with_limits(operation, done, delegated=delegated, fresh_deposit=fresh)

    def check(
        self, operation: UserOperation, *, check_signatures: bool = True, overrides: Overrides | None = None
    ) -> Simulated:
        """Rehearse the operation as it is. Raises OperationRejected."""
        return self._pass(operation, check_signatures=check_signatures, overrides=overrides)

    def send(self, operation: UserOperation, *, authorizations: Sequence[Authorization] = ()) -> MinedOperation:
        """Mine the operation in a bundle of its own. The same operation twice is mined once.

        ``authorizations`` (EIP-7702) travel with the bundle and take effect before it.

        Raises OperationRejected when validation fails: then nothing is mined and nobody pays. An operation that
        fails in execution is mined, and its sender pays.
        """
        known = self.find(operation)
        if known:
            return known
        try:
            with self.chain.atomic():
                return self.bundle([operation], authorizations)[0]
        except BundleReverted as reverted:
            raise OperationRejected(Rejection.of_bundle(reverted.revert), operation) from None

    def bundle(
        self, operations: Sequence[UserOperation], authorizations: Sequence[Authorization] = ()
    ) -> list[MinedOperation]:
        """Mine one bundle without checking anything. Raises BundleReverted; then only the bundler has paid."""
        data = handle_ops(operations, self.address)
        with self.chain.atomic():
            receipt = self.chain.transact(
                self._key.private, ENTRY_POINT, data, gas=BUNDLE_GAS, authorization_list=authorizations
            )
            if receipt.status == 1:
                included = read_bundle(receipt)
                result = [MinedOperation(*operation, receipt) for operation in zip(operations, included, strict=True)]
                self.load(result)
                return result
        raise BundleReverted(decode_revert(receipt.output))

    def authorize(self, authorization: Authorization) -> Receipt:
        """Mine an authorization by itself: a delegation, or the end of one (EIP-7702)."""
        return self.chain.transact(self._key.private, self.address, gas=BUNDLE_GAS, authorization_list=[authorization])

    def mined(self, digest: bytes) -> MinedOperation:
        """What became of the operation with this hash. NotFound when none is on the chain."""
        result = self._find(digest)
        if result is None:
            raise NotFound(
                f"No operation 0x{digest.hex()} is on the chain.",
                field="userOpHash",
                fix="send it first, or look for it before a revert of the chain.",
            )
        return result

    def find(self, operation: UserOperation) -> MinedOperation | None:
        """What became of this operation, if it is on the chain already."""
        return self._find(self.hash_of(operation))

    def included(self) -> list[MinedOperation]:
        """Every operation that is on the chain and came through here, oldest first."""
        result = [item for digest in list(self._mined) if (item := self._find(digest)) is not None]
        return sorted(result, key=lambda item: (item.receipt.block_number, item.included.operation_hash))

    def load(self, mined: Iterable[MinedOperation]) -> None:
        """Remember operations that are on the chain already."""
        self._mined |= {item.included.operation_hash: (item.receipt.block_hash, item) for item in mined}

    def _view(self, function: str, *values: Any) -> bytes:
        return self.chain.call(ENTRY_POINT, artifact("EntryPoint").encode(function, *values)).output

    def _find(self, digest: bytes) -> MinedOperation | None:
        """From memory, unless the chain was reverted to before its block."""
        block_hash, mined = self._mined.get(digest, ("", None))
        if mined is None:
            return None
        number = mined.receipt.block_number
        if number > self.chain.height or self.chain.block(number).hash != block_hash:
            del self._mined[digest]
            return None
        return mined

    def _pass(
        self,
        operation: UserOperation,
        *,
        check_signatures: bool,
        within_limits: bool = True,
        overrides: Overrides | None = None,
    ) -> Simulated:
        state = self.chain.overlay(overrides=overrides)
        done = simulate(
            self.chain, operation, check_signatures=check_signatures, within_limits=within_limits, state=state
        )
        if done.rejection:
            raise OperationRejected(done.rejection, operation)
        return done


__all__ = ["BundleReverted", "Bundler", "MinedOperation", "OperationRejected"]
