"""What a bundler asks of an operation before it mines it: that the operation pays for its place in a bundle.

ERC-4337 leaves this to bundlers. The reference bundler refuses operations whose preVerificationGas is below the
transaction's 21,000 gas, the operation's bytes and 18,300 gas for the EntryPoint's work around it, and those that pay
less than the base fee.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sessionlab.core.base.amounts import format_units
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.erc4337.gas import TRANSACTION, calldata_gas
from sessionlab.core.erc4337.user_operation import MAX_GAS_VALUE, UserOperation

#: The EntryPoint's work around an operation that it does not meter itself (``perUserOp`` of the reference bundler).
PER_OPERATION = 18_300


def check_payment(operation: UserOperation, base_fee: int) -> None:
    """Raise InvalidInput, with the field and the least that it may be, if the operation does not pay its bundler."""
    check_fees(operation, base_fee)
    least = _least(operation)
    if operation.pre_verification_gas < least:
        while (more := _least(replace(operation, pre_verification_gas=least))) > least:
            least = more  # its own bytes are paid for, too
        why = "what the operation's place in a bundle costs"
        raise _too_low("preVerificationGas", operation.pre_verification_gas, least, _gas, why)


def check_fees(operation: UserOperation, base_fee: int) -> None:
    """Raise InvalidInput for a price of gas that no bundler takes, whatever the operation does."""
    fee, tip = operation.max_fee_per_gas, operation.max_priority_fee_per_gas
    if max(fee, tip) > MAX_GAS_VALUE:
        return  # the EntryPoint names it (AA94)
    if fee < base_fee:
        raise _too_low("maxFeePerGas", fee, base_fee, _gwei, "the base fee")
    if tip > fee:
        raise InvalidInput(
            f"maxPriorityFeePerGas is {_gwei(tip)}, above maxFeePerGas, which is {_gwei(fee)}.",
            field="maxPriorityFeePerGas",
            asked=tip,
            left=fee,
            fix=f"lower maxPriorityFeePerGas to at most {_gwei(fee)}.",
        )


def _least(operation: UserOperation) -> int:
    return TRANSACTION + calldata_gas(operation) + PER_OPERATION


def _too_low(field: str, asked: int, least: int, show: Callable[[int], str], why: str) -> InvalidInput:
    message = f"{field} is {show(asked)}, and {why} is {show(least)}: the bundler would pay the difference."
    return InvalidInput(message, field=field, asked=asked, left=least, fix=f"raise {field} to at least {show(least)}.")


def _gwei(wei: int) -> str:
    return f"{format_units(wei, 9)} gwei"


def _gas(gas: int) -> str:
    return f"{gas:,} gas"
