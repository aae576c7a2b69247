"""What a bundler checks of an operation before it runs it, in the words of rundler, the bundler in production.

The limits are rundler's defaults, but for those of a bundle, which are this lab's. What the EntryPoint itself names
when it runs the operation (AA10, AA20, AA21, AA30, AA31) keeps the EntryPoint's code, by which clients classify it.
rundler does not compare the tip with the fee; this bundler does, because its bundles have one price.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.rpc_codes import REFUSED
from sessionlab.core.erc4337.bundler import BUNDLE_GAS
from sessionlab.core.erc4337.gas import TRANSACTION, calldata_gas
from sessionlab.core.erc4337.payment import PER_OPERATION
from sessionlab.core.erc4337.user_operation import MAX_GAS_VALUE, UserOperation
from sessionlab.node.bundler.settings import MAX_VERIFICATION_GAS

#: The least that a call with a value costs: gas for the call and for sending it.
MIN_CALL_GAS_LIMIT = 9_100


@dataclass(frozen=True, slots=True)
class OutOfBound:
    """A field that is out of its bound."""

    field: str
    asked: int
    bound: int
    words: str
    at_most: bool = False

    @property
    def error(self) -> RpcError:
        """The error that rundler answers, with what to do about it."""
        change = "lower" if self.at_most else "raise"
        side = "most" if self.at_most else "least"
        fix = f"{change} {self.field} to at {side} {self.bound}."
        message = f"precheck failed: {self.words} is {self.asked} but must be at {side} {self.bound}"
        facts = {"message": message, "field": self.field, "asked": hex(self.asked), "left": hex(self.bound), "fix": fix}
        return RpcError(REFUSED, message, facts)


def precheck(operation: UserOperation, base_fee: int, max_verification_gas: int = MAX_VERIFICATION_GAS) -> None:
    """Raise RpcError for the first check that the operation does not pass, in rundler's order of importance."""
    fields = (operation.max_fee_per_gas, operation.max_priority_fee_per_gas, operation.gas_limit)
    if max(fields) > MAX_GAS_VALUE:
        return  # the EntryPoint names it (AA94)
    for fault in _out_of_bounds(operation, base_fee, max_verification_gas):
        raise fault.error


def _out_of_bounds(operation: UserOperation, base_fee: int, max_verification_gas: int) -> Iterator[OutOfBound]:
    verification = operation.verification_gas_limit + operation.paymaster_verification_gas_limit
    if operation.gas_limit > BUNDLE_GAS:
        yield OutOfBound("callGasLimit", operation.gas_limit, BUNDLE_GAS, "total gas limit", at_most=True)
    if verification > max_verification_gas:
        name = "verificationGasLimit"
        yield OutOfBound(name, verification, max_verification_gas, name, at_most=True)
    least = TRANSACTION + calldata_gas(operation) + PER_OPERATION
    if operation.pre_verification_gas < least:
        yield OutOfBound("preVerificationGas", operation.pre_verification_gas, least, "preVerificationGas")
    fee, tip = operation.max_fee_per_gas, operation.max_priority_fee_per_gas
    if fee < base_fee:
        yield OutOfBound("maxFeePerGas", fee, base_fee, "maxFeePerGas")
    if tip > fee:
        yield OutOfBound("maxPriorityFeePerGas", tip, fee, "maxPriorityFeePerGas", at_most=True)
    if operation.call_gas_limit < MIN_CALL_GAS_LIMIT:
        yield OutOfBound("callGasLimit", operation.call_gas_limit, MIN_CALL_GAS_LIMIT, "callGasLimit")
