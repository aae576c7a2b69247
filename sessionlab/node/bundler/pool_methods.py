"""The bundler's methods of a strict lab, whose operations may have to wait in its mempool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.rpc_values import hex_data
from sessionlab.core.erc4337.bundler import MinedOperation
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, to_json
from sessionlab.core.wallet_api import api as wallet_api
from sessionlab.core.wallet_api.send import call_id_of, send_prepared_calls
from sessionlab.node.bundler.pool_bundler import Pending, PoolBundler
from sessionlab.node.prechecks import precheck
from sessionlab.node.user_operation_reading import UserOperationRequest, check_authorization, read_hash, read_send
from sessionlab.node.user_operations import (
    get_user_operation_by_hash,
    refuse_used_nonce,
    request_of,
    send_user_operation,
)

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi


def bundler_of(api: WalletApi) -> PoolBundler:
    """Return the bundler of a lab, which has a mempool."""
    assert isinstance(api.bundler, PoolBundler)
    return api.bundler


def send_to_mempool(api: WalletApi, params: Any) -> str:
    """Validate an operation and return its hash. It is mined at once, or waits if bundling is manual.

    One that is mined already is refused (AA25). One that waits under the same sender and nonce is replaced if both fees
    are at least 10 % higher. A refusal changes nothing.
    """
    bundler = bundler_of(api)
    if not bundler.manual:
        return send_user_operation(api, params, bundler.max_verification_gas)
    asked = read_send(params)
    request = request_of(api, asked)
    refuse_used_nonce(api, asked, request)
    authorizations = check_authorization(api, asked)
    precheck(asked.operation, api.chain.base_fee, bundler.max_verification_gas)
    waiting = api.guard(request, lambda: bundler.take(asked.operation, authorizations, asked.with_delegation))
    return hex_data(waiting.digest)


def get_operation_or_pending(api: WalletApi, params: Any) -> dict[str, Any] | None:
    """Return an operation as sent, with its block and transaction: None for each while it waits in the mempool.

    None if it was never sent, or left the mempool without being mined.
    """
    mined = get_user_operation_by_hash(api, params)
    if mined is not None:
        return mined
    waiting = bundler_of(api).pending(read_hash(params))
    if waiting is None:
        return None
    nowhere = dict.fromkeys(("blockNumber", "blockHash", "transactionHash"))
    return {"userOperation": to_json(waiting.operation), "entryPoint": ENTRY_POINT, **nowhere}


def bundle(api: WalletApi) -> Sequence[MinedOperation]:
    """Mine the next bundle, and note what the API keeps of each operation. Returns none if nothing can be bundled."""
    mined = bundler_of(api).bundle_now()
    for item in mined:
        api.remember(item, request_of(api, UserOperationRequest(item.operation, None, {})))
    return mined


def send_prepared_or_wait(api: WalletApi, params: Any) -> dict[str, Any]:
    """Send signed calls. Their status is 100, pending, while they wait in the mempool (EIP-5792)."""
    try:
        return send_prepared_calls(api, params)
    except Pending as pending:
        waiting = pending.waiting
        api.records.add_account(api.account(waiting.operation.sender))
        call_id = call_id_of(api, waiting.digest)
        return {"id": call_id, "preparedCallIds": [call_id], "details": _details(waiting.digest)}


def or_pending(get_status: wallet_api.Method) -> wallet_api.Method:
    """Return the method that also knows the status of calls that wait."""

    def get_calls_status(api: WalletApi, params: Any) -> Any:
        """Return the status of the calls: 100 while they wait, 200 succeeded, or 500 reverted, with the denial."""
        for waiting in bundler_of(api).waiting:
            call_id = call_id_of(api, waiting.digest)
            if isinstance(params, list | tuple) and list(params) == [call_id]:
                told = {"id": call_id, "chainId": hex(api.chain.chain_id), "atomic": True, "status": PENDING}
                return told | {"details": _details(waiting.digest), "receipts": []}
        return get_status(api, params)

    return get_calls_status


def _details(digest: bytes) -> dict[str, Any]:
    return {"type": "user-operation", "data": {"hash": hex_data(digest)}}


#: EIP-5792: the calls are not completed yet.
PENDING = 100
#: In place of those that mine at once.
POOL_METHODS: Mapping[str, wallet_api.Method] = {
    "eth_sendUserOperation": send_to_mempool,
    "eth_getUserOperationByHash": get_operation_or_pending,
    "wallet_sendPreparedCalls": send_prepared_or_wait,
}
