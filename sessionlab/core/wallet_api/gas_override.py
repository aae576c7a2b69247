"""The gasParamsOverride capability: sets each gas field to an amount or to a multiple of the estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.erc4337.user_operation import MAX_GAS_VALUE, UserOperation
from sessionlab.core.wallet_api import request_params as reading

GAS_FIELDS = {
    "callGasLimit": "call_gas_limit",
    "verificationGasLimit": "verification_gas_limit",
    "preVerificationGas": "pre_verification_gas",
    "maxFeePerGas": "max_fee_per_gas",
    "maxPriorityFeePerGas": "max_priority_fee_per_gas",
    "paymasterVerificationGasLimit": "paymaster_verification_gas_limit",
    "paymasterPostOpGasLimit": "paymaster_post_op_gas_limit",
}
OVERRIDE = "capabilities.gasParamsOverride"


def given(fields: Mapping[str, Any], where: str = OVERRIDE) -> dict[str, int]:
    """Return the overrides that are amounts."""
    return {
        name: reading.quantity(value, f"{where}.{name}", MAX_GAS_VALUE)
        for name, value in fields.items()
        if not isinstance(value, Mapping)
    }


def scaled(fields: Mapping[str, Any], operation: UserOperation) -> dict[str, int]:
    """Return the overrides that are multiples of the estimate, as amounts."""
    result = {}
    for name, value in fields.items():
        if not isinstance(value, Mapping):
            continue
        factor = reading.an_object(value, f"{OVERRIDE}.{name}", ("multiplier",)).get("multiplier")
        if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor <= 10:
            message, field = f"{reading.shown(factor)} is not a multiplier above 0 and up to 10.", f"{name}.multiplier"
            raise InvalidInput(message, field=f"{OVERRIDE}.{field}", asked=factor, fix="write a number like 1.2.")
        result[GAS_FIELDS[name]] = round(getattr(operation, GAS_FIELDS[name]) * factor)
    return result
