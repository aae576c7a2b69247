"""A user operation: plain data, its two encodings (JSON and packed) and its hash.

Source: ERC-4337 v0.7, "PackedUserOperation"; the JSON names are the bundler RPC's (ERC-7769).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eth_hash.auto import keccak

from sessionlab.core.base import rpc_values as wire
from sessionlab.core.base.abi_words import address_word, offsets, padded, pair, word
from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.errors import InvalidInput

ENTRY_POINT = "0x0000000071727De22E5E9d8BAf0edAc6f37da032"
#: The contract through which the EntryPoint calls factories.
SENDER_CREATOR = "0xEFC2c1444eBCC4Db75e7613d20C6a62fF67A167C"
HANDLE_OPS = bytes.fromhex("765e827f")
GET_USER_OP_HASH = bytes.fromhex("22cdde4c")
MAX_GAS_VALUE = 2**120 - 1  # the EntryPoint's limit for each gas value (AA94)


@dataclass(frozen=True, slots=True)
class UserOperation:
    """What a wallet is asked to do and how much it pays. Gas values are in gas, fees in wei per gas."""

    sender: str
    nonce: int
    call_data: bytes
    call_gas_limit: int
    verification_gas_limit: int
    pre_verification_gas: int
    max_fee_per_gas: int
    max_priority_fee_per_gas: int
    factory: str | None = None
    factory_data: bytes = b""
    paymaster: str | None = None
    paymaster_verification_gas_limit: int = 0
    paymaster_post_op_gas_limit: int = 0
    paymaster_data: bytes = b""
    signature: bytes = b""

    @property
    def init_code(self) -> bytes:
        """The factory and its data, which deploy the sender if it is not deployed yet."""
        return b"" if self.factory is None else address_bytes(self.factory, "factory") + self.factory_data

    @property
    def paymaster_and_data(self) -> bytes:
        """The paymaster, its two gas limits and its data."""
        if self.paymaster is None:
            return b""
        limits = pair(self.paymaster_verification_gas_limit, self.paymaster_post_op_gas_limit)
        return address_bytes(self.paymaster, "paymaster") + limits + self.paymaster_data

    @property
    def gas_limit(self) -> int:
        """The maximum gas that the operation can be charged for."""
        of_paymaster = self.paymaster_verification_gas_limit + self.paymaster_post_op_gas_limit
        return self.verification_gas_limit + self.call_gas_limit + self.pre_verification_gas + of_paymaster

    @property
    def max_cost(self) -> int:
        """The prefund that the EntryPoint requires for validation, in wei."""
        return self.gas_limit * self.max_fee_per_gas

    def signed(self, signature: bytes) -> UserOperation:
        """Return the operation with this signature."""
        return replace(self, signature=signature)


def operation_hash(operation: UserOperation, chain_id: int, entry_point: str = ENTRY_POINT) -> bytes:
    """Return the userOpHash, which is what gets signed. Computed here because a call to the EntryPoint takes 8 ms."""
    packed = keccak(
        address_word(operation.sender)
        + word(operation.nonce)
        + keccak(operation.init_code)
        + keccak(operation.call_data)
        + pair(operation.verification_gas_limit, operation.call_gas_limit)
        + word(operation.pre_verification_gas)
        + pair(operation.max_priority_fee_per_gas, operation.max_fee_per_gas)
        + keccak(operation.paymaster_and_data)
    )
    return bytes(keccak(packed + address_word(entry_point) + word(chain_id)))


def pack(operation: UserOperation) -> bytes:
    """Return the ABI encoding of the PackedUserOperation tuple."""
    fields = (operation.init_code, operation.call_data, operation.paymaster_and_data, operation.signature)
    tails = [padded(field) for field in fields]
    init_code, call_data, paymaster_and_data, signature = offsets(tails, 9 * 32)
    head = (
        address_word(operation.sender),
        word(operation.nonce),
        init_code,
        call_data,
        pair(operation.verification_gas_limit, operation.call_gas_limit),
        word(operation.pre_verification_gas),
        pair(operation.max_priority_fee_per_gas, operation.max_fee_per_gas),
        paymaster_and_data,
        signature,
    )
    return b"".join((*head, *tails))


def handle_ops(operations: Sequence[UserOperation], beneficiary: str) -> bytes:
    """Return the EntryPoint call that includes these operations. ``beneficiary`` collects their fees."""
    packed = [pack(operation) for operation in operations]
    head = word(64) + address_word(beneficiary) + word(len(packed))
    return HANDLE_OPS + head + b"".join(offsets(packed, 32 * len(packed)) + packed)


_AMOUNTS = {
    "nonce": "nonce",
    "callGasLimit": "call_gas_limit",
    "verificationGasLimit": "verification_gas_limit",
    "preVerificationGas": "pre_verification_gas",
    "maxFeePerGas": "max_fee_per_gas",
    "maxPriorityFeePerGas": "max_priority_fee_per_gas",
    "paymasterVerificationGasLimit": "paymaster_verification_gas_limit",
    "paymasterPostOpGasLimit": "paymaster_post_op_gas_limit",
}
_BYTES = {
    "callData": "call_data",
    "factoryData": "factory_data",
    "paymasterData": "paymaster_data",
    "signature": "signature",
}
_ADDRESSES = {"sender": "sender", "factory": "factory", "paymaster": "paymaster"}
FIELDS = (*_ADDRESSES, *_AMOUNTS, *_BYTES)
_REQUIRED = {
    "sender",
    "nonce",
    "callData",
    "callGasLimit",
    "verificationGasLimit",
    "preVerificationGas",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
}
_ONLY_WITH = {"factoryData": "factory"} | {
    name: "paymaster" for name in _AMOUNTS | _BYTES if name.startswith("paymaster")
}


def to_json(operation: UserOperation) -> dict[str, str]:
    """Return bundler RPC JSON: hex strings, without absent fields."""
    result: dict[str, str] = {}
    for name, attribute in (_ADDRESSES | _AMOUNTS | _BYTES).items():
        value = getattr(operation, attribute)
        if value is None or (name in _ONLY_WITH and getattr(operation, _ONLY_WITH[name]) is None):
            continue
        result[name] = hex(value) if isinstance(value, int) else value if isinstance(value, str) else "0x" + value.hex()
    if not operation.signature:
        del result["signature"]
    return result


def from_json(data: Mapping[str, Any], field: str = "userOperation") -> UserOperation:
    """Read bundler RPC JSON. Raises InvalidInput with the field that is missing or malformed."""
    missing = sorted(name for name in _REQUIRED if data.get(name) is None)
    if missing:
        message, fix = f"A user operation has a {missing[0]}.", f"add {missing[0]}."
        raise InvalidInput(message, field=f"{field}.{missing[0]}", fix=fix)
    for name, other in _ONLY_WITH.items():
        if data.get(other) is None and data.get(name) not in (None, "0x", "0x0", "0x00"):
            message, fix = f"There is {name} without {other}.", f"add {other}, or leave {name} out."
            raise InvalidInput(message, field=f"{field}.{name}", asked=wire.plain(data[name]), fix=fix)
    values: dict[str, Any] = {}
    for names, read in ((_ADDRESSES, wire.address), (_AMOUNTS, _amount), (_BYTES, wire.data)):
        for name, attribute in names.items():
            if data.get(name) is not None:
                values[attribute] = read(data[name], f"{field}.{name}")
    return UserOperation(**values)


def _amount(value: Any, field: str) -> int:
    """Read a quantity: 256 bits for the nonce and preVerificationGas, which have their own words; others share one."""
    limit = MAX_UINT256 if field.endswith(("nonce", "preVerificationGas")) else 2**128 - 1
    return wire.quantity(value, field, limit)
