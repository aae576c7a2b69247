"""wallet_prepareCalls: from calls to a user operation that would pass, ready to be signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sessionlab import account, world
from sessionlab.account import RawCall
from sessionlab.chain.rpc import RpcError
from sessionlab.erc4337 import gas
from sessionlab.erc4337.sponsor import NotSponsored
from sessionlab.erc4337.user_operation import MAX_GAS_VALUE, UserOperation, to_json
from sessionlab.errors import InvalidInput
from sessionlab.wallet_api import reading
from sessionlab.wallet_api.accounts import factory_data
from sessionlab.wallet_api.errors import UNSUPPORTED_CAPABILITY, not_sponsored
from sessionlab.wallet_api.sessions import Granted, find_granted

if TYPE_CHECKING:
    from sessionlab.wallet_api.api import WalletApi

KNOWN = ("permissions", "paymasterService", "gasParamsOverride", "nonceOverride")
MAX_PARALLEL = 2**152 - 1  # a nonce key has 192 bits, and 40 are taken
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
#: With these given, nothing is left to estimate, and the operation is prepared without a rehearsal.
FIXED = {"callGasLimit", "verificationGasLimit", "preVerificationGas"}


@dataclass(frozen=True, slots=True)
class Wish:
    """A request, read and checked."""

    sender: str
    calls: Sequence[RawCall]
    granted: Granted | None
    policy_id: str | None
    gas: Mapping[str, Any]
    parallel: int


def prepare_calls(api: WalletApi, params: Any) -> dict[str, Any]:
    """Refuses what would be refused, with the denial; otherwise an operation with its gas, to sign."""
    wish = read_wish(api, params)
    operation = _with_gas(api, wish, _skeleton(api, wish))
    digest = "0x" + api.bundler.hash_of(operation).hex()
    return {
        "type": "user-operation-v070",
        "chainId": hex(api.chain.chain_id),
        "data": to_json(operation.signed(b"")),
        "signatureRequest": {"type": "personal_sign", "data": {"raw": digest}, "rawPayload": digest},
        "feePayment": {
            "sponsored": operation.paymaster is not None,
            "tokenAddress": "0x" + "00" * 20,
            "maxAmount": hex(0 if operation.paymaster else operation.max_cost),
        },
        "details": {
            "type": "user-operation",
            "data": {"hash": digest, "calls": [_call_json(call) for call in wish.calls]},
        },
    }


def read_wish(api: WalletApi, params: Any) -> Wish:
    """Read a request of wallet_prepareCalls. InvalidInput names what is wrong."""
    request = reading.params_object(params)
    api.check_chain(reading.required(request, "chainId"))
    sender = api.records.account(reading.address(reading.required(request, "from"), "from")).address
    capabilities = reading.optional_object(request, "capabilities")
    for name in capabilities:
        if name not in KNOWN:
            facts = {"field": f"capabilities.{name}", "fix": f"leave it out; there are: {', '.join(KNOWN)}."}
            raise RpcError(UNSUPPORTED_CAPABILITY, f"The capability {name} is not supported here.", facts)
    permissions = capabilities.get("permissions")
    override = reading.optional_object(capabilities, "nonceOverride", "capabilities.")
    return Wish(
        sender=sender,
        calls=reading.calls(request.get("calls")),
        granted=find_granted(api, permissions, sender) if permissions is not None else None,
        policy_id=_policy_id(capabilities.get("paymasterService")),
        gas=reading.optional_object(capabilities, "gasParamsOverride", "capabilities."),
        parallel=reading.quantity(override["nonceKey"], "capabilities.nonceOverride.nonceKey", MAX_PARALLEL)
        if override.get("nonceKey") is not None
        else 0,
    )


def signature_of(granted: Granted | None, signature: bytes) -> bytes:
    """The operation's signature field: with the install in front while the session is not installed."""
    if granted is None or not _deferred(granted):
        return account.signature_envelope(signature)
    return account.deferred_envelope(
        deadline=granted.session.expiry,
        call=granted.session.call,
        owner_signature=granted.signature,
        signature=signature,
    )


def _deferred(granted: Granted) -> bool:
    return not granted.state.installed and not granted.state.revoked


def _skeleton(api: WalletApi, wish: Wish) -> UserOperation:
    granted = wish.granted
    if granted is not None and _deferred(granted) and wish.parallel:
        raise InvalidInput(
            "The first operation of a session installs it, in the lane that the owner signed for.",
            field="capabilities.nonceOverride.nonceKey",
            asked=hex(wish.parallel),
            fix="send one operation without nonceOverride first; after it, every lane is free.",
        )
    wrapped = granted is not None and granted.session.is_wrapped
    if granted is None:
        lane = account.OWNER_LANE | wish.parallel << 40
    else:
        lane = granted.session.lane(deferred=_deferred(granted), parallel=wish.parallel)
    deployed = api.chain.code(wish.sender) != b""
    return UserOperation(
        sender=wish.sender,
        nonce=api.bundler.next_nonce(wish.sender, lane),
        call_data=account.call_data(wish.calls, wallet=wish.sender, wrapped=wrapped),
        call_gas_limit=0,
        verification_gas_limit=0,
        pre_verification_gas=0,
        max_fee_per_gas=api.chain.base_fee,
        max_priority_fee_per_gas=0,
        factory=None if deployed else world.FACTORY,
        factory_data=b"" if deployed else factory_data(api.records.account(wish.sender)),
        signature=signature_of(granted, account.DUMMY_SIGNATURE[2:]),
    )


def _with_gas(api: WalletApi, wish: Wish, operation: UserOperation) -> UserOperation:
    """Gas limits, overrides, sponsorship; and, unless all limits are given, a rehearsal of the result."""
    given = _given(wish.gas)
    if wish.policy_id is not None:
        operation = api.sponsor.placeholder(operation)
    rehearsed = not given.keys() >= FIXED
    if rehearsed:
        operation = api.guard(wish, lambda: api.bundler.estimate(operation))
    else:
        limit = gas.FIXED["paymaster_verification_gas_limit"] if wish.policy_id else 0
        operation = replace(operation, paymaster_verification_gas_limit=limit)
    changed: dict[str, Any] = {GAS_FIELDS[name]: value for name, value in given.items()}
    operation = replace(operation, **changed | _scaled(wish.gas, operation))
    if wish.policy_id is not None:
        operation = _sponsored(api, operation, wish.policy_id)
    if rehearsed:
        api.guard(wish, lambda: api.bundler.check(operation, check_signatures=False))
    return operation


def _sponsored(api: WalletApi, operation: UserOperation, policy_id: str) -> UserOperation:
    try:
        return api.sponsor.sponsor(operation, policy_id, api.chain.next_timestamp)
    except NotSponsored as error:
        raise not_sponsored(error) from None


def _given(fields: Mapping[str, Any]) -> dict[str, int]:
    """Overrides that are amounts."""
    for name in fields:
        if name not in GAS_FIELDS:
            fix = f"use one of: {', '.join(GAS_FIELDS)}."
            raise InvalidInput(f"{name} is no gas field.", field=f"{OVERRIDE}.{name}", asked=name, fix=fix)
    return {
        name: reading.quantity(value, f"{OVERRIDE}.{name}", MAX_GAS_VALUE)
        for name, value in fields.items()
        if not isinstance(value, Mapping)
    }


def _scaled(fields: Mapping[str, Any], operation: UserOperation) -> dict[str, int]:
    """Overrides that are multipliers of the estimate."""
    found = {}
    for name, value in fields.items():
        if not isinstance(value, Mapping):
            continue
        factor = value.get("multiplier")
        if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor <= 10:
            raise InvalidInput(
                f"{reading.shown(factor)} is not a multiplier above 0 and up to 10.",
                field=f"{OVERRIDE}.{name}.multiplier",
                asked=factor,
                fix="write a number like 1.2.",
            )
        found[GAS_FIELDS[name]] = round(getattr(operation, GAS_FIELDS[name]) * factor)
    return found


def _policy_id(value: Any) -> str | None:
    if value is None:
        return None
    field = "capabilities.paymasterService"
    ids = reading.an_object(value, field).get("policyIds") or [value.get("policyId")]
    if not isinstance(ids, list) or not isinstance(ids[0], str):
        fix = "add policyId, a UUID of version 4."
        raise InvalidInput("paymasterService names a policy.", field=f"{field}.policyId", asked=value, fix=fix)
    return ids[0]


def _call_json(call: RawCall) -> dict[str, str]:
    return {"to": call.to, "value": hex(call.value), "data": "0x" + call.data.hex()}
