"""wallet_sendPreparedCalls and wallet_getCallsStatus: from the signature to the receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sessionlab.chain.rpc import RpcError
from sessionlab.erc4337.bundler import Mined
from sessionlab.erc4337.user_operation import from_json
from sessionlab.errors import InvalidInput, UnknownThing
from sessionlab.wallet_api import reading
from sessionlab.wallet_api.errors import UNKNOWN_CALL_ID
from sessionlab.wallet_api.prepare import Wish, signature_of
from sessionlab.wallet_api.sessions import find_granted

if TYPE_CHECKING:
    from sessionlab.wallet_api.api import WalletApi

SUCCESS, REVERTED = 200, 500


def send_prepared_calls(api: WalletApi, params: Any) -> dict[str, Any]:
    """Mine a signed operation. The same operation again gets the same id and is mined once.

    Refused in validation: an error, and nothing moves. Failing in execution: mined, see the status.
    """
    request = reading.params_object(params)
    kind = request.get("type")
    if kind != "user-operation-v070":
        raise InvalidInput(
            f"Prepared calls of type {reading.shown(kind)} are not taken here.",
            field="type",
            asked=kind,
            fix="send what wallet_prepareCalls answered.",
        )
    api.check_chain(reading.required(request, "chainId"))
    data = reading.required(request, "data")
    operation = from_json(reading.an_object(data, "data"), "data")
    sender = api.records.account(reading.address(operation.sender, "data.sender")).address
    permissions = reading.optional_object(request, "capabilities").get("permissions")
    known = api.bundler.find(operation)
    if known is None:
        granted = find_granted(api, permissions, sender) if permissions is not None else None
        signature = reading.signature(reading.required(request, "signature"))
        wish = Wish(sender, api.calls_of(operation), granted, None, {}, 0)
        signed = operation.signed(signature_of(granted, signature))
        known = api.guard(wish, lambda: api.bundler.send(signed))
        api.remember(known, wish)
    call_id = _call_id(api, known)
    return {"id": call_id, "preparedCallIds": [call_id], "details": _details(known)}


def get_calls_status(api: WalletApi, params: Any) -> dict[str, Any]:
    """What became of the calls: 200 done, 500 undone, with the denial."""
    if not isinstance(params, list | tuple) or len(params) != 1 or not isinstance(params[0], str):
        raise InvalidInput("The method takes one call id.", field="params", fix="send params: [id].")
    raw = reading.data(params[0], "id")
    try:
        if len(raw) != 64 or int.from_bytes(raw[:32], "big") != api.chain.chain_id:
            raise UnknownThing("It is not an id of this chain.", field="id")
        mined = api.bundler.mined(raw[32:])
    except UnknownThing as error:
        facts = {"field": "id", "asked": params[0], "fix": "ask for an id that wallet_sendPreparedCalls returned."}
        raise RpcError(UNKNOWN_CALL_ID, f"Nothing was sent under this id. {error.message}", facts) from None
    answer = {
        "id": params[0],
        "chainId": hex(api.chain.chain_id),
        "atomic": True,
        "status": SUCCESS if mined.included.success else REVERTED,
        "details": _details(mined),
        "receipts": [_receipt(mined)],
    }
    denial = api.denial_of(mined)
    return answer | ({"denial": denial.to_json()} if denial else {})


def _call_id(api: WalletApi, mined: Mined) -> str:
    return "0x" + api.chain.chain_id.to_bytes(32, "big").hex() + mined.included.operation_hash.hex()


def _details(mined: Mined) -> dict[str, Any]:
    return {"type": "user-operation", "data": {"hash": "0x" + mined.included.operation_hash.hex()}}


def _receipt(mined: Mined) -> dict[str, Any]:
    """A receipt as the calls' sender sees it: its own outcome, logs and gas, in the bundle's transaction."""
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
