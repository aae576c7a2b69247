"""A user operation as the published contracts' functions take it."""

from __future__ import annotations

from typing import Any

from sessionlab.core.base.abi_words import pair
from sessionlab.core.erc4337.user_operation import UserOperation


def packed(operation: UserOperation) -> tuple[Any, ...]:
    """A PackedUserOperation, for an ABI encoder."""
    return (
        operation.sender,
        operation.nonce,
        operation.init_code,
        operation.call_data,
        pair(operation.verification_gas_limit, operation.call_gas_limit),
        operation.pre_verification_gas,
        pair(operation.max_priority_fee_per_gas, operation.max_fee_per_gas),
        operation.paymaster_and_data,
        operation.signature,
    )
