"""The bundler: checks operations, mines them in bundles, pays for the transactions and records the outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from sessionlab.core.base.errors import NotFound, SessionlabError
from sessionlab.core.base.frozen import Frozen
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337.gas import has_fresh_deposit, with_limits
from sessionlab.core.erc4337.included import BundleReverted, Included, read_bundle
from sessionlab.core.erc4337.payment import check_payment
from sessionlab.core.erc4337.simulate import Rejection, Simulated, simulate
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops, operation_hash
from sessionlab.core.evm.overrides import Overrides
from sessionlab.core.evm.records import DELEGATION, Authorization, FailedCall, Receipt

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from sessionlab.core.base.keys import Key
    from sessionlab.core.evm.chain import Chain

BUNDLE_GAS = 30_000_000


class OperationRejected(SessionlabError):
    """The bundler rejected an operation. ``rejection`` says why, ``failure`` which of its calls led to it.

    ``mined`` is the operation as it was in a block that was undone; None if it was only simulated.
    """

    def __init__(
        self,
        rejection: Rejection,
        operation: UserOperation,
        failure: tuple[FailedCall, ...] = (),
        mined: MinedOperation | None = None,
    ) -> None:
        self.rejection, self.operation, self.failure, self.mined = rejection, operation, failure, mined
        super().__init__(f"The operation is refused in {rejection.phase}: {' ← '.join(rejection.revert.path)}.")


@dataclass(frozen=True, slots=True)
class MinedOperation:
    """An operation on the chain, with the transaction that included it."""

    operation: UserOperation
    included: Included
    receipt: Receipt


class Bundler(Frozen):
    """Accepts operations and mines them. ``key`` pays for bundles and collects their fees."""

    def __init__(self, chain: Chain, key: Key) -> None:
        self.chain, self._key = chain, key
        self._mined: dict[bytes, tuple[str, MinedOperation]] = {}

    def on(self, chain: Chain) -> Self:
        """Return the same bundler on a view of its chain."""
        view = object.__new__(type(self))
        vars(view).update(vars(self), chain=chain)
        return view

    @property
    def address(self) -> ChecksumAddress:
        """The account that sends the bundles."""
        return self._key.address

    def hash_of(self, operation: UserOperation) -> bytes:
        """Return the userOpHash on this chain."""
        return operation_hash(operation, self.chain.chain_id)

    def next_nonce(self, sender: str, key: int) -> int:
        """Return the sender's next nonce for this nonce key, including the key itself."""
        return int.from_bytes(self._view("getNonce", sender, key), "big")

    def deposit_of(self, account: str) -> int:
        """Return the EntryPoint deposit of an account or paymaster, in wei."""
        return int.from_bytes(self._view("balanceOf", account), "big")

    def estimate(self, operation: UserOperation, *, overrides: Overrides | None = None) -> UserOperation:
        """Return the operation with gas limits. The signature need not be valid. Raises OperationRejected.

        Runs one simulation with no gas offered, so that the wallet needs no funds for gas yet. ``overrides`` replaces
        account state during the simulation, such as the code that an authorization sets (EIP-7702).
        """
        free = replace(operation, call_gas_limit=0, verification_gas_limit=0, pre_verification_gas=0)
        free = replace(free, paymaster_verification_gas_limit=0)
        done = self._pass(free, check_signatures=False, within_limits=False, overrides=overrides)
        delegated = self.chain.overlay(overrides=overrides).code(operation.sender).startswith(DELEGATION)
        fresh = has_fresh_deposit(self.chain, operation)
        return with_limits(operation, done, delegated=delegated, fresh_deposit=fresh)

    def check(self, operation: UserOperation, *, overrides: Overrides | None = None, **how: bool) -> Simulated:
        """Simulate the operation as it is; ``how``: see ``simulate``. Raises OperationRejected if it would fail."""
        return self._pass(operation, overrides=overrides, **{"limits_named": True} | how)

    def send(
        self, operation: UserOperation, *, preflight: bool = False, authorizations: Sequence[Authorization] = ()
    ) -> MinedOperation:
        """Mine the operation in its own bundle. Sending the same operation again mines nothing.

        ``authorizations`` (EIP-7702) are sent with the bundle and take effect before it runs.

        Raises InvalidInput if the operation does not pay for its place in a bundle, and OperationRejected if validation
        fails; then nothing is mined and nobody pays. An operation that fails in execution is mined, and its sender
        pays; with ``preflight`` it is rejected too.
        """
        try:
            with self.chain.atomic():
                known = self.find(operation)
                if known:
                    return known
                check_payment(operation, self.chain.base_fee)
                mined = self._mine(operation, authorizations)
                if preflight and mined.included.revert is not None:
                    rejection = Rejection("execution", None, mined.included.revert)
                    raise OperationRejected(rejection, operation, mined=mined)
                return mined
        except (BundleReverted, OperationRejected) as error:
            if preflight:
                self.check(operation)  # its steps say more than the EntryPoint
            if isinstance(error, OperationRejected):
                raise
            raise OperationRejected(Rejection.of_bundle(error.revert), operation) from None

    def _mine(self, operation: UserOperation, authorizations: Sequence[Authorization]) -> MinedOperation:
        return self.bundle([operation], authorizations)[0]

    def bundle(
        self, operations: Sequence[UserOperation], authorizations: Sequence[Authorization] = ()
    ) -> list[MinedOperation]:
        """Mine one bundle without any checks. Raises BundleReverted, in which case only the bundler has paid."""
        data = handle_ops(operations, self.address)
        with self.chain.atomic():
            receipt = self.chain.transact(
                self._key, ENTRY_POINT, data, gas=BUNDLE_GAS, authorization_list=authorizations
            )
            if receipt.status == 1:
                included = read_bundle(receipt)
                result = [MinedOperation(*operation, receipt) for operation in zip(operations, included, strict=True)]
                self.load(result)
                return result
        raise BundleReverted(decode_revert(receipt.output))

    def authorize(self, authorization: Authorization) -> Receipt:
        """Mine an authorization on its own: it starts or ends a delegation (EIP-7702)."""
        return self.chain.transact(self._key, self.address, gas=BUNDLE_GAS, authorization_list=[authorization])

    def mined(self, digest: bytes) -> MinedOperation:
        """Return the mined operation with this hash. Raises NotFound if it is not on the chain."""
        result = self._find(digest)
        if result is None:
            fix = "send it first, or look for it before a revert of the chain."
            raise NotFound(f"No operation 0x{digest.hex()} is on the chain.", field="userOpHash", fix=fix)
        return result

    def find(self, operation: UserOperation) -> MinedOperation | None:
        """Return the mined form of this operation, or None if it is not on the chain."""
        return self._find(self.hash_of(operation))

    def included(self) -> list[MinedOperation]:
        """Return every operation on the chain that this bundler sent, oldest first."""
        result = [item for digest in list(self._mined) if (item := self._find(digest)) is not None]
        return sorted(result, key=lambda item: (item.receipt.block_number, item.included.operation_hash))

    def load(self, mined: Iterable[MinedOperation]) -> None:
        """Record operations that are already on the chain."""
        self._mined |= {item.included.operation_hash: (item.receipt.block_hash, item) for item in mined}

    def _view(self, function: str, *values: Any) -> bytes:
        return self.chain.view(ENTRY_POINT, artifact("EntryPoint").encode(function, *values)).output

    def _find(self, digest: bytes) -> MinedOperation | None:
        """Return the recorded operation, unless the chain was reverted to before its block."""
        block_hash, mined = self._mined.get(digest, ("", None))
        if mined is None:
            return None
        number = mined.receipt.block_number
        if number > self.chain.height or self.chain.block(number).hash != block_hash:
            if self.chain.engine.lock.owned():  # another thread's step may have mined it, which nobody sees yet
                del self._mined[digest]
            return None
        return mined

    def _pass(
        self,
        operation: UserOperation,
        *,
        overrides: Overrides | None = None,
        **how: bool,
    ) -> Simulated:
        done = simulate(self.chain, operation, state=self.chain.overlay(overrides=overrides), **how)
        if done.rejection:
            raise OperationRejected(done.rejection, operation, done.failure)
        return done


__all__ = ["BundleReverted", "Bundler", "MinedOperation", "OperationRejected"]
