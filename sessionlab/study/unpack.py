"""Decode the operations from a bundle transaction's input: the inverse of ``handle_ops``."""

from __future__ import annotations

from typing import Any

from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.erc4337.user_operation import HANDLE_OPS, UserOperation

_OPERATION = "(address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)"
ADDRESS_BYTES = 20
#: The paymaster and its two gas limits of 16 bytes each.
PAYMASTER_HEAD = 52


def read_handle_ops(data: bytes, field: str = "input") -> list[UserOperation]:
    """Return the operations of a ``handleOps`` call, in order. Raises InvalidInput for other or malformed calls."""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    fix = "give the input of a transaction that calls handleOps of the EntryPoint v0.7."
    if data[:4] != HANDLE_OPS:
        message = "This is not a call to handleOps."
        raise InvalidInput(message, field=field, asked="0x" + data[:4].hex(), fix=fix)
    try:
        packed, _beneficiary = decode([f"{_OPERATION}[]", "address"], data[4:])
        return [_unpack(*item) for item in packed]
    except (DecodingError, OverflowError, ValueError) as error:
        raise InvalidInput(f"This call to handleOps cannot be read: {error}.", field=field, fix=fix) from None


def _unpack(
    sender: str,
    nonce: int,
    init_code: bytes,
    call_data: bytes,
    gas_limits: bytes,
    pre_verification_gas: int,
    fees: bytes,
    paymaster_and_data: bytes,
    signature: bytes,
) -> UserOperation:
    paymaster: dict[str, Any] = {}
    if paymaster_and_data:
        if len(paymaster_and_data) < PAYMASTER_HEAD:
            raise ValueError(f"paymasterAndData has {len(paymaster_and_data)} bytes")
        limits = _halves(paymaster_and_data[ADDRESS_BYTES:PAYMASTER_HEAD])
        paymaster = {
            "paymaster": checksum(paymaster_and_data[:ADDRESS_BYTES]),
            "paymaster_verification_gas_limit": limits[0],
            "paymaster_post_op_gas_limit": limits[1],
            "paymaster_data": paymaster_and_data[PAYMASTER_HEAD:],
        }
    if 0 < len(init_code) < ADDRESS_BYTES:
        raise ValueError(f"initCode has {len(init_code)} bytes")
    verification, call = _halves(gas_limits)
    priority, fee = _halves(fees)
    return UserOperation(
        sender=checksum(bytes.fromhex(sender[2:])),
        nonce=nonce,
        call_data=call_data,
        call_gas_limit=call,
        verification_gas_limit=verification,
        pre_verification_gas=pre_verification_gas,
        max_fee_per_gas=fee,
        max_priority_fee_per_gas=priority,
        factory=checksum(init_code[:ADDRESS_BYTES]) if init_code else None,
        factory_data=init_code[ADDRESS_BYTES:],
        signature=signature,
        **paymaster,
    )


def _halves(word: bytes) -> tuple[int, int]:
    """Return the two 128-bit numbers in one word."""
    return int.from_bytes(word[:16], "big"), int.from_bytes(word[16:], "big")
