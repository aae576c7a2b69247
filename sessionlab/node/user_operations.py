"""The bundler's methods (ERC-4337 v0.7, ERC-7769), for clients that build and sign operations, such as viem.

The sender may be any account. If this API made the account or its session, refusals include what it knows of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.base.errors import NotFound
from sessionlab.core.base.rpc_values import hex_data, hex_quantity
from sessionlab.core.contracts.reverts import Revert
from sessionlab.core.erc4337.bundler import MinedOperation, OperationRejected
from sessionlab.core.erc4337.simulate import Rejection, simulate
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, to_json
from sessionlab.core.evm.records import Authorization
from sessionlab.core.evm.rpc_views import log_view
from sessionlab.core.wallet_api.delegation import AUTHORIZATION_GAS
from sessionlab.core.wallet_api.prepare_request import PrepareRequest
from sessionlab.core.wallet_api.sessions import InstallState, SignedSession, read_state
from sessionlab.node.bundler.settings import MAX_VERIFICATION_GAS
from sessionlab.node.chain_methods import receipt_view
from sessionlab.node.prechecks import MIN_CALL_GAS_LIMIT, precheck
from sessionlab.node.transaction_views import authorization_view
from sessionlab.node.user_operation_reading import (
    UserOperationRequest,
    check_authorization,
    read_estimate,
    read_hash,
    read_send,
)

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi

USED_NONCE = "AA25 invalid account nonce"
#: Layout of a nonce, from the lowest bit: 64 bits of sequence, 8 bits of flags, then the entity id.
ENTITY_PLACE, ENTITY_MASK = 64 + 8, 2**32 - 1


def supported_entry_points(api: WalletApi, params: Any) -> list[str]:
    """Return the one supported EntryPoint."""
    return [ENTRY_POINT]


def estimate_user_operation_gas(api: WalletApi, params: Any) -> dict[str, str]:
    """Estimate an operation's gas limits. The signature need not be valid; operations that would fail are refused."""
    asked = read_estimate(params)
    result = api.guard(
        request_of(api, asked), lambda: api.bundler.estimate(asked.operation, overrides=asked.with_delegation)
    )
    before = result.pre_verification_gas + (AUTHORIZATION_GAS if asked.authorization else 0)
    limits = {
        "preVerificationGas": before,
        "verificationGasLimit": result.verification_gas_limit,
        "callGasLimit": max(result.call_gas_limit, MIN_CALL_GAS_LIMIT),
    }
    if result.paymaster is not None:
        limits["paymasterVerificationGasLimit"] = result.paymaster_verification_gas_limit
        limits["paymasterPostOpGasLimit"] = result.paymaster_post_op_gas_limit
    return {name: hex_quantity(value) for name, value in limits.items()}


def send_user_operation(api: WalletApi, params: Any, max_verification_gas: int = MAX_VERIFICATION_GAS) -> str:
    """Mine an operation at once, in its own bundle. One that is mined already is refused (AA25).

    A refusal in validation raises an error and changes nothing. An operation that fails in execution is mined; its
    receipt says why it failed.
    """
    asked = read_send(params)
    request = request_of(api, asked)
    refuse_used_nonce(api, asked, request)
    authorizations = check_authorization(api, asked)
    precheck(asked.operation, api.chain.base_fee, max_verification_gas)
    mined = api.guard(request, lambda: _send(api, asked, authorizations))
    api.remember(mined, request)
    return hex_data(mined.included.operation_hash)


def refuse_used_nonce(api: WalletApi, asked: UserOperationRequest, request: PrepareRequest) -> None:
    """Raise RpcError for an operation that is on the chain (AA25)."""
    if api.bundler.find(asked.operation) is not None:
        used = Rejection.of_bundle(Revert("FailedOp", {"opIndex": 0, "reason": USED_NONCE}, b""))
        api.guard(request, lambda: _refuse(OperationRejected(used, asked.operation)))


def _refuse(error: OperationRejected) -> NoReturn:
    raise error


def get_user_operation_receipt(api: WalletApi, params: Any) -> dict[str, Any] | None:
    """Return an operation's receipt, or None if it was never sent. A failed operation includes its denial."""
    mined = _mined(api, params)
    if mined is None:
        return None
    included = mined.included
    denial, timestamp = api.denial_of(mined), api.chain.block(mined.receipt.block_number).timestamp
    return {
        "userOpHash": hex_data(included.operation_hash),
        "entryPoint": ENTRY_POINT,
        "sender": included.sender,
        "nonce": hex_quantity(included.nonce),
        "paymaster": included.paymaster or ZERO_ADDRESS,
        "actualGasCost": hex_quantity(included.gas_cost),
        "actualGasUsed": hex_quantity(included.gas_used),
        "success": included.success,
        "reason": hex_data(included.revert.raw) if included.revert else "",
        "logs": [log_view(log, timestamp) for log in included.logs],
        "receipt": receipt_view(mined.receipt, timestamp),
    } | ({"denial": denial.to_json()} if denial else {})


def get_user_operation_by_hash(api: WalletApi, params: Any) -> dict[str, Any] | None:
    """Return an operation as sent, with its block and transaction; None if it was never sent."""
    mined = _mined(api, params)
    if mined is None:
        return None
    receipt = mined.receipt
    operation: dict[str, Any] = dict(to_json(mined.operation))
    for authorization in api.chain.transaction(receipt.transaction_hash).authorization_list:
        operation["eip7702Auth"] = authorization_view(authorization)
    return {
        "userOperation": operation,
        "entryPoint": ENTRY_POINT,
        "blockNumber": hex_quantity(receipt.block_number),
        "blockHash": receipt.block_hash,
        "transactionHash": receipt.transaction_hash,
    }


def _send(api: WalletApi, asked: UserOperationRequest, authorizations: Sequence[Authorization]) -> MinedOperation:
    try:
        return api.bundler.send(asked.operation, authorizations=authorizations)
    except OperationRejected as rejected:
        if not (rejected.rejection.code or "").startswith("AA"):
            # EntryPoint v0.7 reverts without data if the sender has no code; only its simulation reports AA20.
            result = simulate(
                api.chain, asked.operation, state=api.chain.overlay(overrides=asked.with_delegation)
            ).rejection
            if result is not None and result.phase == "validation":
                raise OperationRejected(result, asked.operation) from None
        raise


def _mined(api: WalletApi, params: Any) -> MinedOperation | None:
    try:
        return api.bundler.mined(read_hash(params))
    except NotFound:
        return None


def request_of(api: WalletApi, asked: UserOperationRequest) -> PrepareRequest:
    """Rebuild the request behind an operation, as far as the operation itself shows it."""
    operation = asked.operation
    calls = api.calls_of(operation)
    return PrepareRequest(
        operation.sender, calls, _granted(api, operation), None, {}, 0, overrides=asked.with_delegation
    )


def _granted(api: WalletApi, operation: UserOperation) -> SignedSession | None:
    """Return the session that the operation's nonce key belongs to, if this API granted it."""
    entity_id = (operation.nonce >> ENTITY_PLACE) & ENTITY_MASK
    session = api.records.session_at(operation.sender, entity_id)
    if session is None:
        return None
    state = read_state(api, session.account, session.entity_id, session.key)
    revoked = not state.installed and state.generation > session.generation
    # If the owner's signature is needed, the operation already contains it.
    return SignedSession(session, b"", InstallState(state.installed, revoked, state.generation))
