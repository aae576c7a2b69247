"""The node methods of JSON-RPC, as plain functions of a chain and its parameters.

``METHODS`` is what a client of the Wallet API needs; ``sessionlab.node`` has the full table. ``handle`` returns a JSON
value or raises RpcError with the protocol's code: -32601 unknown method, -32602 invalid parameters, 3 execution
reverted (with the revert data), -32000 the chain refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sessionlab.core.base.errors import ChainError, InvalidInput, RpcError, SessionlabError
from sessionlab.core.base.rpc_codes import INVALID_PARAMS, REFUSED, REVERTED, UNKNOWN_METHOD
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.quantities import hex_data, hex_quantity
from sessionlab.core.evm.records import CallFailed, CallResult
from sessionlab.core.evm.rpc_methods import (
    DEFAULT_TIP,
    Params,
    call,
    count_transactions,
    estimate_gas,
    fee_history,
    get_balance,
    get_block,
    get_block_receipts,
    get_code,
    get_logs,
    get_nonce,
    get_receipt,
    get_storage,
    get_transaction,
    get_transaction_at,
    send_raw,
)

Method = Callable[[Chain, Params], Any]


def handle(chain: Chain, method: str, params: Params | None = None, methods: Mapping[str, Method] | None = None) -> Any:
    """Answer one request from a table of methods, by default those of this module.

    Raises RpcError, and nothing else, for whatever the caller got wrong.
    """
    function = (METHODS if methods is None else methods).get(method)
    if function is None:
        raise RpcError(UNKNOWN_METHOD, f"The method {method} does not exist here.")
    if params is not None and not isinstance(params, list | tuple):
        raise RpcError(INVALID_PARAMS, "Parameters are a list.")
    try:
        return function(chain, params or [])
    except CallFailed as error:
        raise _reverted(error.result) from error
    except InvalidInput as error:
        raise RpcError(INVALID_PARAMS, str(error), _facts(error)) from error
    except ChainError as error:
        raise RpcError(REFUSED, str(error), _facts(error)) from error


def _facts(error: SessionlabError) -> dict[str, Any]:
    facts = {"field": error.field, "asked": error.asked, "left": error.left, "fix": error.fix}
    return {name: _plain(fact) for name, fact in facts.items() if fact is not None}


def _plain(fact: Any) -> Any:
    if isinstance(fact, bool | str):
        return fact
    return hex(fact) if isinstance(fact, int) else str(fact)


def _reverted(result: CallResult) -> RpcError:
    if result.halt == "Revert":
        return RpcError(REVERTED, "execution reverted", hex_data(result.output))
    return RpcError(REFUSED, f"execution halted: {result.halt}")


METHODS: dict[str, Method] = {
    "eth_chainId": lambda chain, _: hex_quantity(chain.chain_id),
    "net_version": lambda chain, _: str(chain.chain_id),
    "net_listening": lambda chain, _: True,
    "eth_syncing": lambda chain, _: False,
    "web3_clientVersion": lambda chain, _: "sessionlab/py-evm/prague",
    "eth_accounts": lambda chain, _: [],  # no key lives here: whoever sends signs
    "eth_blockNumber": lambda chain, _: hex_quantity(chain.height),
    "eth_gasPrice": lambda chain, _: hex_quantity(chain.base_fee + DEFAULT_TIP),
    "eth_maxPriorityFeePerGas": lambda chain, _: hex_quantity(DEFAULT_TIP),
    "eth_feeHistory": fee_history,
    "eth_getBalance": get_balance,
    "eth_getCode": get_code,
    "eth_getStorageAt": get_storage,
    "eth_getTransactionCount": get_nonce,
    "eth_call": call,
    "eth_estimateGas": estimate_gas,
    "eth_sendRawTransaction": send_raw,
    "eth_getTransactionByHash": get_transaction,
    "eth_getTransactionReceipt": get_receipt,
    "eth_getBlockByNumber": get_block,
    "eth_getBlockByHash": get_block,
    "eth_getBlockTransactionCountByNumber": count_transactions,
    "eth_getBlockTransactionCountByHash": count_transactions,
    "eth_getTransactionByBlockNumberAndIndex": get_transaction_at,
    "eth_getTransactionByBlockHashAndIndex": get_transaction_at,
    "eth_getBlockReceipts": get_block_receipts,
    "eth_getLogs": get_logs,
}
