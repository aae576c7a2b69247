"""wallet_sendPreparedCalls and wallet_getCallsStatus: from the signature to the receipt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from eth_hash.auto import keccak

from sessionlab.core.base.errors import InvalidInput, NotFound, RpcError
from sessionlab.core.base.rpc_codes import UNKNOWN_CALL_ID
from sessionlab.core.denials.denial import Denial
from sessionlab.core.erc4337.bundler import MinedOperation
from sessionlab.core.erc4337.user_operation import FIELDS as OPERATION_FIELDS
from sessionlab.core.erc4337.user_operation import from_json
from sessionlab.core.evm.records import Authorization, Receipt
from sessionlab.core.wallet_api import delegation
from sessionlab.core.wallet_api import request_params as reading
from sessionlab.core.wallet_api.prepare import signature_of
from sessionlab.core.wallet_api.prepare_request import PAYMASTER, PrepareRequest, read_capabilities, when_sent
from sessionlab.core.wallet_api.sessions import find_granted

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi

#: The published clients send ``feePayment``, ``details`` and ``signatureRequest`` back as they were answered.
FIELDS = ("type", "chainId", "data", "signature", "capabilities", "signatureRequest", "feePayment", "details")
#: What is read together with a signature. Clients send the policy again, which has signed already.
CAPABILITIES = ("permissions", "paymasterService", "preflight")
SUCCESS, REVERTED = 200, 500


def send_prepared_calls(api: WalletApi, params: Any) -> dict[str, Any]:
    """Mine the signed operation. Sending it again returns the same id with a ``denial``, and mines nothing.

    If validation refuses it, raises an error and changes nothing. If execution fails, it is mined; see its status.
    """
    request = reading.params_object(params, FIELDS)
    capabilities = read_capabilities(request, CAPABILITIES)
    reading.optional_object(capabilities, "paymasterService", PAYMASTER, "capabilities.")
    kind, permissions = request.get("type"), capabilities.get("permissions")
    if kind == "authorization":
        return _send_authorization(api, request, "")
    if kind == "array":
        return _send_array(api, request.get("data"), permissions)
    return _send_operation(api, request, permissions, preflight=when_sent(capabilities))


def _send_array(api: WalletApi, elements: Any, permissions: Any) -> dict[str, Any]:
    """Send an authorization, alone or followed by the operation that needs it (EIP-7702)."""
    if not isinstance(elements, list) or not 1 <= len(elements) <= 2:
        message = "The array has an authorization, and an operation behind it."
        raise InvalidInput(message, field="data", fix="send what wallet_prepareCalls answered.")
    first = reading.an_object(elements[0], "data[0]", FIELDS)
    if first.get("type") != "authorization":
        raise InvalidInput("The first element is not an authorization.", field="data[0].type", asked=first.get("type"))
    if len(elements) == 1:
        return _send_authorization(api, first, "data[0].")
    signed = delegation.read_signed(api, first, "data[0].")
    return _send_operation(api, reading.an_object(elements[1], "data[1]", FIELDS), permissions, "data[1].", signed)


def _send_operation(
    api: WalletApi,
    request: Mapping[str, Any],
    permissions: Any,
    where: str = "",
    signed: tuple[str, Authorization] | None = None,
    *,
    preflight: bool = False,
) -> dict[str, Any]:
    if request.get("type") != "user-operation-v070":
        message = f"Prepared calls of type {reading.shown(request.get('type'))} are not accepted here."
        fix = "send what wallet_prepareCalls answered."
        raise InvalidInput(message, field=f"{where}type", asked=request.get("type"), fix=fix)
    api.check_chain(reading.required(request, "chainId", where))
    data = reading.required(request, "data", where)
    operation = from_json(reading.an_object(data, f"{where}data", OPERATION_FIELDS), f"{where}data")
    sender = api.account(reading.address(operation.sender, f"{where}data.sender"))
    known = before = api.bundler.find(operation)
    if known is None:
        granted = find_granted(api, permissions, sender.address) if permissions is not None else None
        signature = reading.signature(reading.required(request, "signature", where), f"{where}signature")
        prepare_request = PrepareRequest(sender.address, api.calls_of(operation), granted, None, {}, 0)
        authorizations = [_authorization(api, sender.address, *signed)] if signed else []
        whole = operation.signed(signature_of(granted, signature))
        known = api.guard(
            prepare_request, lambda: api.bundler.send(whole, preflight=preflight, authorizations=authorizations)
        )
        api.records.add_account(sender)
        api.remember(known, prepare_request)
    call_id = call_id_of(api, known.included.operation_hash)
    answer = {"id": call_id, "preparedCallIds": [call_id], "details": _details(known)}
    return answer | ({"denial": _sent_before(before, call_id).to_json()} if before else {})


def _sent_before(mined: MinedOperation, call_id: str) -> Denial:
    """Return why an operation that is on the chain is not sent again. Its sender may only have missed the answer."""
    block = mined.receipt.block_number
    sentence = f"This operation is already on the chain, in block {block:,}; nothing was sent again."
    fix = f"To make the calls again, prepare them again; for its result, get_calls_status('{call_id}')."
    code, rule = "AA25 invalid account nonce", "a nonce is used once, in order"
    return Denial(code, "validation", rule, None, None, call_id, None, None, sentence, fix, (code,))


def _authorization(api: WalletApi, sender: str, signer: str, authorization: Authorization) -> Authorization:
    """Return the authorization. Refuses it unless it is the sender's and would take effect."""
    if signer != sender:
        message, fix = f"The authorization is signed by {signer}.", f"let {sender} sign it, unchanged."
        raise InvalidInput(message, field="data[0].signature", asked=signer, left=sender, fix=fix)
    delegation.check_nonce(api, signer, authorization, "data[0].")
    return authorization


def _send_authorization(api: WalletApi, element: Mapping[str, Any], where: str) -> dict[str, Any]:
    signer, authorization = delegation.read_signed(api, element, where)
    digest = keccak(repr((signer, authorization)).encode())
    if api.find_delegation(digest) is None:
        delegation.check_nonce(api, signer, authorization, where)
        api.remember_delegation(digest, api.bundler.authorize(authorization))
    call_id = call_id_of(api, digest)
    return {"id": call_id, "preparedCallIds": [call_id], "details": {"type": "delegation"}}


def get_calls_status(api: WalletApi, params: Any) -> dict[str, Any]:
    """Return the status of the calls: 200 succeeded, or 500 reverted, with the denial."""
    if not isinstance(params, list | tuple) or len(params) != 1 or not isinstance(params[0], str):
        raise InvalidInput("The method takes one call id.", field="params", fix="send params: [id].")
    raw = reading.data(params[0], "id")
    try:
        if len(raw) != 64 or int.from_bytes(raw[:32], "big") != api.chain.chain_id:
            raise NotFound("It is not an id of this chain.", field="id")
        delegated = api.find_delegation(raw[32:])
        mined = None if delegated else api.bundler.mined(raw[32:])
    except NotFound as error:
        facts = {"field": "id", "asked": params[0], "fix": "ask for an id that wallet_sendPreparedCalls returned."}
        raise RpcError(UNKNOWN_CALL_ID, f"Nothing was sent under this id. {error.message}", facts) from None
    answer = {"id": params[0], "chainId": hex(api.chain.chain_id), "atomic": True}
    if mined is None:
        assert delegated is not None
        return answer | {"status": SUCCESS, "details": {"type": "delegation"}, "receipts": [_bare_receipt(delegated)]}
    answer |= {
        "status": SUCCESS if mined.included.success else REVERTED,
        "details": _details(mined),
        "receipts": [_receipt(mined)],
    }
    denial = api.denial_of(mined)
    return answer | ({"denial": denial.to_json()} if denial else {})


def call_id_of(api: WalletApi, digest: bytes) -> str:
    """Return the id of calls: the chain's and the operation's hash."""
    return "0x" + api.chain.chain_id.to_bytes(32, "big").hex() + digest.hex()


def _bare_receipt(receipt: Receipt) -> dict[str, Any]:
    """Return the receipt of a transaction that carried only an authorization."""
    return {
        "status": hex(receipt.status),
        "blockHash": receipt.block_hash,
        "blockNumber": hex(receipt.block_number),
        "gasUsed": hex(receipt.gas_used),
        "transactionHash": receipt.transaction_hash,
        "logs": [],
    }


def _details(mined: MinedOperation) -> dict[str, Any]:
    return {"type": "user-operation", "data": {"hash": "0x" + mined.included.operation_hash.hex()}}


def _receipt(mined: MinedOperation) -> dict[str, Any]:
    """Return an operation's receipt: the bundle transaction's, with the operation's own outcome, logs and gas."""
    return {
        "status": "0x1" if mined.included.success else "0x0",
        "blockHash": mined.receipt.block_hash,
        "blockNumber": hex(mined.receipt.block_number),
        "gasUsed": hex(mined.included.gas_used),
        "gasCost": hex(mined.included.gas_cost),
        "transactionHash": mined.receipt.transaction_hash,
        "logs": [
            {"address": log.address, "data": "0x" + log.data.hex(), "topics": list(log.topics)}
            for log in mined.included.logs
        ],
    }
