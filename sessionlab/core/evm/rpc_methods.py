"""One function per node method that the core client calls: takes JSON parameters and returns a JSON value.

The functions raise InvalidInput for malformed parameters and let the chain's errors through; ``rpc.handle``
translates both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.base.rpc_values import (
    block_id,
    data,
    hex_data,
    hex_quantity,
    quantity,
    unchecked_address,
)
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.records import CallFailed
from sessionlab.core.evm.rpc_overrides import read_overrides
from sessionlab.core.evm.rpc_views import block_view, log_view

Params = Sequence[Any]


def at(params: Params, index: int, default: Any = None) -> Any:
    """Return a parameter, or the default if it is missing."""
    return params[index] if len(params) > index else default


def need(params: Params, index: int, what: str) -> Any:
    """Return a required parameter. Raises InvalidInput if it is missing."""
    if len(params) <= index:
        raise InvalidInput(f"Parameter {index + 1} is missing: {what}.", field=what)
    return params[index]


# -- accounts


def get_balance(chain: Chain, params: Params) -> str:
    """Answer eth_getBalance."""
    address, block = unchecked_address(need(params, 0, "address"), "address"), block_id(at(params, 1))
    return hex_quantity(chain.balance(address, block))


# -- calls


def message_of(params: Params) -> dict[str, Any]:
    """Return the message that a transaction object describes, as arguments for the chain."""
    tx = need(params, 0, "transaction")
    if not isinstance(tx, Mapping):
        raise InvalidInput("A call is an object.", field="transaction", asked=tx)
    message: dict[str, Any] = {"to": None if tx.get("to") is None else unchecked_address(tx["to"], "to")}
    message["data"] = data(tx.get("input") or tx.get("data") or "0x", "data")
    if tx.get("from") is not None:
        message["sender"] = unchecked_address(tx["from"], "from")
    if tx.get("value") is not None:
        message["value"] = quantity(tx["value"], "value")
    return message


def call(chain: Chain, params: Params) -> str:
    """Answer eth_call, with state overrides. Raises CallFailed if the call fails."""
    message, tx = message_of(params), params[0]
    if tx.get("gas") is not None:
        message["gas"] = min(quantity(tx["gas"], "gas"), chain.gas_limit)
    result = chain.call(**message, block=block_id(at(params, 1)), overrides=read_overrides(at(params, 2)))
    if not result.success:
        raise CallFailed(f"execution halted: {result.halt}", result)
    return hex_data(result.output)


# -- blocks


def get_block(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Answer eth_getBlockByNumber with the hashes of the block's transactions; null if there is no such block.

    The pending block is an empty block mined now: it has a number and a time but no hash yet.
    """
    which = block_id(need(params, 0, "block"))
    if at(params, 1, False):
        raise InvalidInput("A block's transactions are told by their hashes only.", field="fullTransactions")
    if which == "pending":
        parent = chain.block("latest")
        return block_view(parent) | {
            "number": hex_quantity(parent.number + 1),
            "hash": None,
            "nonce": None,
            "miner": None,
            "parentHash": parent.hash,
            "logsBloom": "0x" + "00" * 256,
            "gasUsed": "0x0",
            "timestamp": hex_quantity(chain.next_timestamp),
            "baseFeePerGas": hex_quantity(chain.base_fee),
            "transactions": [],
        }
    try:
        return block_view(chain.block(which))
    except ChainError:
        return None


def get_logs(chain: Chain, params: Params) -> list[dict[str, Any]]:
    """Answer eth_getLogs."""
    request = need(params, 0, "filter")
    if not isinstance(request, Mapping):
        raise InvalidInput("A filter is an object.", field="filter", asked=request)
    first = block_id(request.get("blockHash") or request.get("fromBlock"), "fromBlock")
    last = block_id(request.get("blockHash") or request.get("toBlock"), "toBlock")
    return [log_view(log) for log in chain.logs(request.get("address"), request.get("topics") or (), first, last)]
