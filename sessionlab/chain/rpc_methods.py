"""One function for each node method: reads JSON parameters, asks the chain, writes a JSON value.

They raise InvalidInput for malformed parameters and let the chain's own errors pass; ``rpc.handle``
translates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sessionlab.chain.chain import Chain
from sessionlab.chain.quantities import (
    hex_data,
    hex_quantity,
    hex_word,
    read_address,
    read_block,
    read_data,
    read_quantity,
)
from sessionlab.chain.records import CallFailed
from sessionlab.chain.rpc_views import block_view, log_view, receipt_view, transaction_view
from sessionlab.errors import ChainError, InvalidInput

Params = Sequence[Any]

DEFAULT_TIP = 10**9  # wei: what eth_maxPriorityFeePerGas suggests
MAX_FEE_HISTORY = 1_024  # blocks, as nodes limit it


def _at(params: Params, index: int, default: Any = None) -> Any:
    return params[index] if len(params) > index else default


def _need(params: Params, index: int, what: str) -> Any:
    if len(params) <= index:
        raise InvalidInput(f"Parameter {index + 1} is missing: {what}.", field=what)
    return params[index]


# -- accounts


def get_balance(chain: Chain, params: Params) -> str:
    """Answer eth_getBalance."""
    address, block = read_address(_need(params, 0, "address"), "address"), read_block(_at(params, 1))
    return hex_quantity(chain.balance(address, block))


def get_code(chain: Chain, params: Params) -> str:
    """Answer eth_getCode."""
    address, block = read_address(_need(params, 0, "address"), "address"), read_block(_at(params, 1))
    return hex_data(chain.code(address, block))


def get_nonce(chain: Chain, params: Params) -> str:
    """Answer eth_getTransactionCount."""
    address, block = read_address(_need(params, 0, "address"), "address"), read_block(_at(params, 1))
    return hex_quantity(chain.nonce(address, block))


def get_storage(chain: Chain, params: Params) -> str:
    """Answer eth_getStorageAt."""
    address, slot = (
        read_address(_need(params, 0, "address"), "address"),
        read_quantity(_need(params, 1, "slot"), "slot"),
    )
    return hex_word(chain.storage(address, slot, read_block(_at(params, 2))))


# -- calls and transactions


def _message(params: Params) -> dict[str, Any]:
    tx = _need(params, 0, "transaction")
    if not isinstance(tx, Mapping):
        raise InvalidInput("A call is an object.", field="transaction", asked=tx)
    message: dict[str, Any] = {"to": None if tx.get("to") is None else read_address(tx["to"], "to")}
    message["data"] = read_data(tx.get("input") or tx.get("data") or "0x", "data")
    if tx.get("from") is not None:
        message["sender"] = read_address(tx["from"], "from")
    if tx.get("value") is not None:
        message["value"] = read_quantity(tx["value"], "value")
    return message


def _overrides(value: Any) -> dict[str | bytes, dict[str, Any]]:
    if value is not None and not isinstance(value, Mapping):
        raise InvalidInput("State overrides are an object.", field="overrides", asked=value)
    return {read_address(a, "overrides"): _override(account) for a, account in (value or {}).items()}


def _override(account: Any) -> dict[str, Any]:
    if not isinstance(account, Mapping):
        raise InvalidInput("An override is an object.", field="overrides", asked=account)
    read: dict[str, Any] = dict(account)
    for name in ("balance", "nonce"):
        if read.get(name) is not None:
            read[name] = read_quantity(read[name], f"overrides.{name}")
    if read.get("code") is not None:
        read["code"] = read_data(read["code"], "overrides.code")
    for name in ("state", "stateDiff"):
        if name in read:
            words = (read[name] or {}).items()
            read[name] = {
                read_quantity(k, f"overrides.{name}"): read_quantity(v, f"overrides.{name}") for k, v in words
            }
    return read


def call(chain: Chain, params: Params) -> str:
    """Answer eth_call, state overrides included. A failing call raises CallFailed."""
    message, tx = _message(params), params[0]
    if tx.get("gas") is not None:
        message["gas"] = min(read_quantity(tx["gas"], "gas"), chain.gas_limit)
    result = chain.call(**message, block=read_block(_at(params, 1)), overrides=_overrides(_at(params, 2)))
    if not result.success:
        raise CallFailed(f"execution halted: {result.halt}", result)
    return hex_data(result.output)


def estimate_gas(chain: Chain, params: Params) -> str:
    """Answer eth_estimateGas by one simulation."""
    authorizations = len(params[0].get("authorizationList") or ()) if params and isinstance(params[0], Mapping) else 0
    message = _message(params)
    estimate = chain.estimate_gas(**message, overrides=_overrides(_at(params, 2)), authorizations=authorizations)
    return hex_quantity(estimate)


def send_raw(chain: Chain, params: Params) -> str:
    """Answer eth_sendRawTransaction: mined before this returns."""
    return chain.send_raw(read_data(_need(params, 0, "rawTransaction"), "rawTransaction"))


# -- blocks


def get_block(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Answer eth_getBlockByNumber and eth_getBlockByHash; null if there is none such."""
    which = read_block(_need(params, 0, "block"))
    try:
        return block_view(chain.block(which), bool(_at(params, 1, False)))
    except ChainError:
        return None


def get_transaction(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Answer eth_getTransactionByHash; null if unknown."""
    wanted = read_data(_need(params, 0, "transactionHash"), "transactionHash")
    try:
        return transaction_view(chain.transaction(wanted))
    except ChainError:
        return None


def get_receipt(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Answer eth_getTransactionReceipt; null if unknown."""
    wanted = read_data(_need(params, 0, "transactionHash"), "transactionHash")
    try:
        return receipt_view(chain.receipt(wanted))
    except ChainError:
        return None


def get_logs(chain: Chain, params: Params) -> list[dict[str, Any]]:
    """Answer eth_getLogs."""
    request = _need(params, 0, "filter")
    if not isinstance(request, Mapping):
        raise InvalidInput("A filter is an object.", field="filter", asked=request)
    first = read_block(request.get("blockHash") or request.get("fromBlock"), "fromBlock")
    last = read_block(request.get("blockHash") or request.get("toBlock"), "toBlock")
    return [log_view(log) for log in chain.logs(request.get("address"), request.get("topics") or (), first, last)]


def fee_history(chain: Chain, params: Params) -> dict[str, Any]:
    """Answer eth_feeHistory: the base fee is constant, and so is the tip."""
    asked, newest = (
        _need(params, 0, "blockCount"),
        chain.block(read_block(_need(params, 1, "newestBlock"))).number,
    )
    count = asked if isinstance(asked, int) else read_quantity(asked, "blockCount")
    count = min(count, newest + 1, MAX_FEE_HISTORY)
    blocks = [chain.block(n) for n in range(newest - count + 1, newest + 1)]
    history: dict[str, Any] = {
        "oldestBlock": hex_quantity(newest - count + 1),
        "baseFeePerGas": [hex_quantity(chain.base_fee)] * (count + 1),
        "gasUsedRatio": [block.gas_used / block.gas_limit for block in blocks],
    }
    if percentiles := _at(params, 2):
        history["reward"] = [[hex_quantity(DEFAULT_TIP) for _ in percentiles] for _ in blocks]
    return history


# -- the lab's own levers, under the names that other test chains gave them


def revert(chain: Chain, params: Params) -> bool:
    """Answer evm_revert."""
    chain.revert(read_quantity(_need(params, 0, "snapshot"), "snapshot"))
    return True


def _number(value: Any, field: str) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else read_quantity(value, field)


def mine(chain: Chain, params: Params) -> str:
    """Answer evm_mine."""
    chain.mine(_number(_at(params, 0, 1), "blocks"))
    return "0x0"


def increase_time(chain: Chain, params: Params) -> str:
    """Answer evm_increaseTime."""
    seconds = _number(_need(params, 0, "seconds"), "seconds")
    chain.travel(seconds)
    return hex_quantity(seconds)


def set_next_timestamp(chain: Chain, params: Params) -> None:
    """Answer evm_setNextBlockTimestamp."""
    timestamp = _number(_need(params, 0, "timestamp"), "timestamp")
    if timestamp <= chain.block().timestamp:
        raise ChainError(
            "The next block is later than the newest.", field="timestamp", asked=timestamp, left=chain.now + 1
        )
    chain.travel_to(timestamp)


def set_balance(chain: Chain, params: Params) -> None:
    """Answer anvil_setBalance."""
    address = read_address(_need(params, 0, "address"), "address")
    chain.set_balance(address, read_quantity(_need(params, 1, "balance"), "balance"))
