"""The bundler's methods of a strict lab, whose operations may have to wait in its mempool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.rpc_values import hex_data
from sessionlab.core.erc4337.bundler import MinedOperation
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, to_json
from sessionlab.core.wallet_api import api as wallet_api
from sessionlab.node.bundler.pool_bundler import PoolBundler
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


#: In place of those that mine at once.
POOL_METHODS: Mapping[str, wallet_api.Method] = {
    "eth_sendUserOperation": send_to_mempool,
    "eth_getUserOperationByHash": get_operation_or_pending,
}
