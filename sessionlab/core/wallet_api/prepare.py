"""wallet_prepareCalls: turn calls into a user operation that would pass and is ready to sign."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sessionlab.core import deployments
from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.erc4337 import gas
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.payment import check_fees, check_payment
from sessionlab.core.erc4337.sponsor import NotSponsored
from sessionlab.core.erc4337.user_operation import UserOperation, to_json
from sessionlab.core.wallet_api import delegation
from sessionlab.core.wallet_api.accounts import factory_data
from sessionlab.core.wallet_api.errors import not_sponsored
from sessionlab.core.wallet_api.gas_override import GAS_FIELDS, given, scaled
from sessionlab.core.wallet_api.prepare_request import PrepareRequest, read_request
from sessionlab.core.wallet_api.sessions import SignedSession

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi

#: If all of these are given, there is nothing to estimate, and the operation is prepared without simulation.
FIXED = {"callGasLimit", "verificationGasLimit", "preVerificationGas"}


def prepare_calls(api: WalletApi, params: Any) -> dict[str, Any]:
    """Return an operation to sign, with its gas. If it would be refused, raises an error with the denial.

    For an account that must delegate first, returns an array: the authorization and the operation.
    """
    request = read_request(api, params)
    if request.delegate is None:
        return _prepared(api, request)
    authorization = delegation.request_of(api, request.sender, request.delegate)
    if request.delegate == ZERO_ADDRESS:
        return {"type": "array", "data": [authorization]}
    return {"type": "array", "data": [authorization, _prepared(api, request)]}


def _prepared(api: WalletApi, request: PrepareRequest) -> dict[str, Any]:
    operation = _with_gas(api, request, _skeleton(api, request))
    digest = "0x" + api.bundler.hash_of(operation).hex()
    signing = {"type": "personal_sign", "data": {"raw": digest}, "rawPayload": digest}
    return {
        "type": "user-operation-v070",
        "chainId": hex(api.chain.chain_id),
        "data": to_json(operation.signed(b"")),
        **({} if request.only_estimation else {"signatureRequest": signing}),
        "feePayment": {
            "sponsored": operation.paymaster is not None,
            "tokenAddress": ZERO_ADDRESS,
            "maxAmount": hex(0 if operation.paymaster else operation.max_cost),
        },
        "details": {
            "type": "user-operation",
            "data": {"hash": digest, "calls": [_call_json(call) for call in request.calls]},
        },
    }


def signature_of(granted: SignedSession | None, signature: bytes) -> bytes:
    """Return the operation's signature field, preceded by the install until the session is installed."""
    if granted is None or not _deferred(granted):
        return account.signature_envelope(signature)
    return account.deferred_envelope(
        deadline=granted.session.expiry,
        call=granted.session.call,
        owner_signature=granted.signature,
        signature=signature,
    )


def _deferred(granted: SignedSession) -> bool:
    return not granted.state.installed and not granted.state.revoked


def _skeleton(api: WalletApi, request: PrepareRequest) -> UserOperation:
    granted = request.granted
    if granted is not None and _deferred(granted) and request.parallel:
        message = "The first operation of a session installs it, with the nonce key that the owner signed for."
        fix = "send one operation without nonceOverride first; after it, every nonce key is free."
        asked = hex(request.parallel)
        raise InvalidInput(message, field="capabilities.nonceOverride.nonceKey", asked=asked, fix=fix)
    wrapped = granted is not None and granted.session.is_wrapped
    if granted is None:
        nonce_key = account.OWNER_NONCE_KEY | request.parallel << 40
    else:
        nonce_key = granted.session.nonce_key(deferred=_deferred(granted), parallel=request.parallel)
    deployed = api.chain.code(request.sender) != b"" or request.delegate is not None
    return UserOperation(
        sender=request.sender,
        nonce=api.bundler.next_nonce(request.sender, nonce_key),
        call_data=account.call_data(request.calls, wallet=request.sender, wrapped=wrapped) + request.suffix,
        call_gas_limit=0,
        verification_gas_limit=0,
        pre_verification_gas=0,
        max_fee_per_gas=api.chain.base_fee,
        max_priority_fee_per_gas=0,
        factory=None if deployed else deployments.FACTORY,
        factory_data=b"" if deployed else factory_data(api.account(request.sender)),
        signature=signature_of(granted, account.DUMMY_SIGNATURE[2:]),
    )


def _with_gas(api: WalletApi, request: PrepareRequest, operation: UserOperation) -> UserOperation:
    """Apply gas limits, overrides and sponsorship; then simulate, unless all limits are given."""
    fixed = given(request.gas)
    if request.policy_id is not None:
        api.sponsor.policy(request.policy_id)
        operation = api.sponsor.placeholder(operation)
    changed: dict[str, Any] = {GAS_FIELDS[name]: value for name, value in fixed.items()}
    simulated = not fixed.keys() >= FIXED
    if simulated:  # a wrong price is wrong whatever the rules say
        check_fees(replace(operation, **changed | scaled(request.gas, operation)), api.chain.base_fee)
        operation = api.guard(request, lambda: api.bundler.estimate(operation, overrides=request.overrides))
        if request.delegate is not None:
            paid = operation.pre_verification_gas + delegation.AUTHORIZATION_GAS
            operation = replace(operation, pre_verification_gas=paid)
    else:
        limit = gas.PAYMASTER_VERIFICATION if request.policy_id else 0
        operation = replace(operation, paymaster_verification_gas_limit=limit)
    operation = replace(operation, **changed | scaled(request.gas, operation))
    if request.policy_id is not None:
        operation = _sponsored(api, operation, request.policy_id, judge_only=request.only_estimation)
    if (simulated and not request.checked_when_sent) or request.only_estimation:
        check_payment(operation, api.chain.base_fee)
        how = {"check_signatures": False, "limits_named": bool(request.gas)}
        api.guard(request, lambda: api.bundler.check(operation, **how, overrides=request.overrides))
    return operation


def _sponsored(api: WalletApi, operation: UserOperation, policy_id: str, *, judge_only: bool) -> UserOperation:
    act = api.sponsor.judge if judge_only else api.sponsor.sponsor
    try:
        return act(operation, policy_id, api.chain.next_timestamp)
    except NotSponsored as error:
        raise not_sponsored(error, api.judged()) from None


def _call_json(call: Call) -> dict[str, str]:
    return {"to": call.to, "value": hex(call.value), "data": "0x" + call.data.hex()}
