"""Read the parameters of the bundler's methods (ERC-7769): an operation, the EntryPoint, state overrides.

Errors name the invalid field by its path and are raised before anything happens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.errors import InvalidInput, RpcError
from sessionlab.core.base.rpc_codes import REJECTED
from sessionlab.core.base.rpc_values import MAX_NONCE
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, FIELDS, UserOperation, from_json
from sessionlab.core.evm.overrides import Overrides
from sessionlab.core.evm.records import Authorization
from sessionlab.core.evm.rpc_overrides import read_overrides
from sessionlab.core.evm.signing import authorization_hash
from sessionlab.core.wallet_api import delegation
from sessionlab.core.wallet_api import request_params as reading
from sessionlab.core.wallet_api.sessions import recover

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi

FIELD = "userOperation"
AUTHORIZATION = f"{FIELD}.eip7702Auth"
SIGNED = ("chainId", "address", "nonce", "yParity", "v", "r", "s")
HASH_BYTES = 32
#: Fields that an estimate computes or does not need yet, so they may be missing.
UNKNOWN_YET = ("callGasLimit", "verificationGasLimit", "preVerificationGas", "maxFeePerGas", "maxPriorityFeePerGas")
#: Fields of other EntryPoints' operations and of v0.7's packed form. They are rejected, not silently ignored.
FOREIGN = {
    "initCode": "factory and factoryData",
    "paymasterAndData": "paymaster, paymasterVerificationGasLimit, paymasterPostOpGasLimit and paymasterData",
    "accountGasLimits": "verificationGasLimit and callGasLimit",
    "gasFees": "maxPriorityFeePerGas and maxFeePerGas",
}


@dataclass(frozen=True, slots=True)
class UserOperationRequest:
    """A parsed and checked request."""

    operation: UserOperation
    #: The sender's authorization to run a contract's code (EIP-7702).
    authorization: Authorization | None
    overrides: Overrides

    @property
    def with_delegation(self) -> Overrides:
        """State overrides for the simulation, including the authorized code."""
        if self.authorization is None:
            return self.overrides
        sender = self.operation.sender.lower()
        code = delegation.overrides(self.authorization.address, sender)[sender]
        return {**self.overrides, sender: {**code, **self.overrides.get(sender, {})}}


def read_estimate(params: Any) -> UserOperationRequest:
    """Read an operation (gas, fees and signature may be missing), the EntryPoint, and optional state overrides."""
    values = _values(params, (2, 3), "[userOperation, entryPoint, stateOverrides?]")
    data = an_operation(values[0])
    known = {name: value for name, value in data.items() if value is not None}
    operation = from_json({**dict.fromkeys(UNKNOWN_YET, "0x0"), **known}, FIELD)
    check_entry_point(values[1])
    overrides = read_overrides(values[2], "stateOverrides") if len(values) == 3 else {}
    return UserOperationRequest(operation, _authorization(data), overrides)


def read_send(params: Any) -> UserOperationRequest:
    """Read a complete operation and the EntryPoint."""
    values = _values(params, (2,), "[userOperation, entryPoint]")
    data = an_operation(values[0])
    operation = from_json(data, FIELD)
    reading.required(data, "signature", f"{FIELD}.")
    check_entry_point(values[1])
    return UserOperationRequest(operation, _authorization(data), {})


def read_hash(params: Any) -> bytes:
    """Read an operation's hash. A wrong one is refused in the words of published bundlers."""
    value = _values(params, (1,), "[userOpHash]")[0]
    try:
        return reading.sized_data(value, "userOpHash", HASH_BYTES)
    except InvalidInput as error:
        facts = {"field": error.field, "asked": error.asked, "left": error.left, "fix": error.fix}
        raise InvalidInput(f"Missing/invalid userOpHash: {error.message}", **facts) from None


def check_authorization(api: WalletApi, asked: UserOperationRequest) -> Sequence[Authorization]:
    """Return the authorization to mine, if any. Raises InvalidInput if the chain would silently skip it."""
    request, sender = asked.authorization, asked.operation.sender
    if request is None:
        return ()
    if request.chain_id not in (0, api.chain.chain_id):
        expected = f"Expected: {api.chain.chain_id}, Actual: {request.chain_id}"
        message = f"EIP-7702 authorization chainId mismatch. {expected}."
        fix = f"sign it for chain {api.chain.chain_id}, or for 0: every chain."
        raise InvalidInput(message, field=f"{AUTHORIZATION}.chainId", asked=request.chain_id, fix=fix)
    now = api.chain.nonce(sender)
    if request.nonce != now:
        message = f"EIP-7702 nonce mismatch. Expected: {now}, Actual: {request.nonce}"
        facts = {"message": message, "field": f"{AUTHORIZATION}.nonce", "fix": f"sign it for nonce {now}."}
        raise RpcError(REJECTED, message, facts | {"asked": hex(request.nonce), "left": hex(now)})
    digest = authorization_hash(request.address, chain_id=request.chain_id, nonce=request.nonce)
    signature = request.r.to_bytes(32, "big") + request.s.to_bytes(32, "big") + bytes([27 + request.y_parity])
    if (signer := recover(digest, signature)) != sender:
        message = (
            f"EIP-7702 sender/recovered authority mismatch. User operation sender: {sender}, "
            f"Recovered authority: {signer}."
        )
        fix = "sign it with the sender's own key."
        raise InvalidInput(message, field=AUTHORIZATION, asked=sender, fix=fix)
    return (request,)


def _values(params: Any, lengths: Sequence[int], shape: str) -> Sequence[Any]:
    if not isinstance(params, list | tuple) or len(params) not in lengths:
        raise InvalidInput(f"The method takes {shape}.", field="params", asked=params, fix=f"send params: {shape}.")
    return params


def an_operation(value: Any, field: str = FIELD) -> Mapping[str, Any]:
    """Read an operation's JSON. Raises InvalidInput for a field of other EntryPoints' operations."""
    data = reading.an_object(value, field, (*FIELDS, *FOREIGN, "eip7702Auth"))
    for name, instead in FOREIGN.items():
        if data.get(name) is not None:
            message = f"{name} is not a field of an unpacked operation of EntryPoint v0.7."
            raise InvalidInput(message, field=f"{field}.{name}", asked=data[name], fix=f"send {instead}.")
    return data


def check_entry_point(value: Any) -> None:
    """Raise InvalidInput unless it is the one EntryPoint that is served."""
    if reading.address(value, "entryPoint") != ENTRY_POINT:
        message, fix = f"{value} is not an EntryPoint that this bundler serves.", f"use {ENTRY_POINT}, EntryPoint v0.7."
        raise InvalidInput(message, field="entryPoint", asked=value, left=ENTRY_POINT, fix=fix)


def _authorization(data: Mapping[str, Any]) -> Authorization | None:
    if data.get("eip7702Auth") is None:
        return None
    given = reading.an_object(data["eip7702Auth"], AUTHORIZATION, SIGNED)

    def number(name: str, limit: int) -> int:
        return reading.quantity(reading.required(given, name, f"{AUTHORIZATION}."), f"{AUTHORIZATION}.{name}", limit)

    parity = number("yParity", 1) if given.get("yParity") is not None else number("v", 28) % 27
    target = reading.address(reading.required(given, "address", f"{AUTHORIZATION}."), f"{AUTHORIZATION}.address")
    return Authorization(
        number("chainId", MAX_UINT256),
        target,
        number("nonce", MAX_NONCE),
        parity,
        number("r", MAX_UINT256),
        number("s", MAX_UINT256),
    )
