"""One function per node method that the core client calls: takes JSON parameters and returns a JSON value.

The functions raise InvalidInput for malformed parameters and let the chain's errors through; ``rpc.handle``
translates both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.base.rpc_values import (
    TAGS,
    an_object,
    block_id,
    data,
    hex_data,
    hex_quantity,
    quantity,
    sized_data,
    unchecked_address,
)
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.lookup import NEWEST, BlockId
from sessionlab.core.evm.records import CallFailed
from sessionlab.core.evm.rpc_overrides import read_overrides
from sessionlab.core.evm.rpc_views import block_view, log_view

Params = Sequence[Any]
#: Fields of a log filter.
RANGE, MATCHED = ("fromBlock", "toBlock"), ("address", "topics")


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


def block_context(chain: Chain, block: BlockId) -> dict[str, Any]:
    """Return what code sees of its block where a call is asked for: the newest block's, as in nodes.

    Only a call on the pending block sees the number and time of the next one; an older block's state has its own.
    """
    if block not in NEWEST or block == "pending":
        return {}
    newest = chain.block()
    fees = {"base_fee": newest.base_fee_per_gas, "coinbase": bytes.fromhex(newest.miner[2:])}
    return {"number": newest.number, "timestamp": newest.timestamp, **fees}


def call(chain: Chain, params: Params) -> str:
    """Answer eth_call for plain messages. Raises CallFailed if the call fails."""
    tx = an_object(need(params, 0, "transaction"), "transaction", ("from", "to", "data", "value"), "")
    block = block_id(at(params, 1))
    state = chain.overlay(block=block, overrides=read_overrides(at(params, 2)), context=block_context(chain, block))
    result = state.call(
        to=None if tx.get("to") is None else unchecked_address(tx["to"], "to"),
        data=data(tx.get("data") or "0x", "data"),
        sender=None if tx.get("from") is None else unchecked_address(tx["from"], "from"),
        value=quantity(tx.get("value") or "0x0", "value"),
    )
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


def read_range(request: Mapping[str, Any], height: int) -> tuple[BlockId, BlockId]:
    """Return the first and the last block of a filter. Raises InvalidInput for a hash, or if the last comes before."""
    first, last = (block_id(request.get(name), name) for name in RANGE)
    for name, block in zip(RANGE, (first, last), strict=True):
        if isinstance(block, str) and block not in TAGS:
            raise InvalidInput("A filter's bounds are numbers or tags.", field=name, asked=block, fix="use blockHash.")
    begin, end = (0 if block == "earliest" else height if isinstance(block, str) else block for block in (first, last))
    if begin > end and last not in NEWEST:  # the newest may be a block before what a client has not seen yet
        message, fix = "invalid block range params: the last block is before the first.", "swap them."
        raise InvalidInput(message, field="toBlock", asked=last, left=first, fix=fix)
    return first, last


def get_logs(chain: Chain, params: Params) -> list[dict[str, Any]]:
    """Answer eth_getLogs."""
    request = an_object(need(params, 0, "filter"), "filter", (*RANGE, *MATCHED, "blockHash"), "")
    only = request.get("blockHash")
    if only is not None and any(request.get(name) is not None for name in RANGE):
        raise InvalidInput("A filter has blockHash, or fromBlock and toBlock.", field="blockHash", fix="send one.")
    first, last = (
        read_range(request, chain.height) if only is None else (hex_data(sized_data(only, "blockHash", 32)),) * 2
    )
    logs = chain.logs(request.get("address"), request.get("topics") or (), first, last)
    return [log_view(log, chain.block(log.block_number or 0).timestamp) for log in logs]
