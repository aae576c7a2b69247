"""The standard node methods that the core's client does not call: accounts, transactions, blocks, fees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.base.rpc_values import (
    block_id,
    data,
    hex_data,
    hex_quantity,
    hex_word,
    plain,
    quantity,
    unchecked_address,
)
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.records import Block, Receipt
from sessionlab.core.evm.rpc_methods import Params, at, get_block, need
from sessionlab.core.evm.rpc_views import bloom_view, log_view
from sessionlab.node.transaction_views import transaction_view

DEFAULT_TIP = 10**9  # wei: what eth_maxPriorityFeePerGas suggests
MAX_FEE_HISTORY, MAX_PERCENTILES = 1_024, 100  # blocks, and percentiles of each: the usual limits of nodes
MAX_BYTES = 128 * 1_024  # of a signed transaction, as geth takes them (core/txpool/legacypool, txMaxSize)


def receipt_view(receipt: Receipt, timestamp: int) -> dict[str, Any]:
    """Return a receipt as JSON; ``timestamp`` is its block's."""
    return {
        "transactionHash": receipt.transaction_hash,
        "transactionIndex": hex_quantity(receipt.transaction_index),
        "blockHash": receipt.block_hash,
        "blockNumber": hex_quantity(receipt.block_number),
        "from": receipt.sender,
        "to": receipt.to,
        "contractAddress": receipt.contract_address,
        "status": hex_quantity(receipt.status),
        "type": hex_quantity(receipt.type),
        "gasUsed": hex_quantity(receipt.gas_used),
        "cumulativeGasUsed": hex_quantity(receipt.cumulative_gas_used),
        "effectiveGasPrice": hex_quantity(receipt.effective_gas_price),
        "logsBloom": bloom_view(receipt.logs_bloom),
        "logs": [log_view(log, timestamp) for log in receipt.logs],
    }


# -- accounts


def get_code(chain: Chain, params: Params) -> str:
    """Answer eth_getCode."""
    address, block = unchecked_address(need(params, 0, "address"), "address"), block_id(at(params, 1))
    return hex_data(chain.code(address, block))


def get_nonce(chain: Chain, params: Params) -> str:
    """Answer eth_getTransactionCount."""
    address, block = unchecked_address(need(params, 0, "address"), "address"), block_id(at(params, 1))
    return hex_quantity(chain.nonce(address, block))


def get_storage(chain: Chain, params: Params) -> str:
    """Answer eth_getStorageAt."""
    address, slot = (
        unchecked_address(need(params, 0, "address"), "address"),
        quantity(need(params, 1, "slot"), "slot"),
    )
    return hex_word(chain.storage(address, slot, block_id(at(params, 2))))


# -- transactions


def send_raw(chain: Chain, params: Params) -> str:
    """Answer eth_sendRawTransaction: the transaction is mined before this returns."""
    from sessionlab.core.evm.transaction_validation import decode

    raw = data(need(params, 0, "rawTransaction"), "rawTransaction")
    if len(raw) > MAX_BYTES:
        decode(raw)  # what is wrong with it otherwise comes first
        check_size(raw, "rawTransaction")
    return chain.send_raw(raw)


def check_size(raw: bytes, field: str) -> None:
    """Raise ChainError for a signed transaction that is too large for nodes to take."""
    if (size := len(raw)) > MAX_BYTES:
        message, fix = f"The transaction has {size:,} bytes, and nodes take {MAX_BYTES:,}.", "send less data."
        raise ChainError(message, kind="oversized data", field=field, asked=size, left=MAX_BYTES, fix=fix)


# -- blocks


def get_transaction(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Answer eth_getTransactionByHash; null if unknown."""
    wanted = data(need(params, 0, "transactionHash"), "transactionHash")
    try:
        transaction = chain.transaction(wanted)
        return transaction_view(transaction, chain.block(transaction.block_number).timestamp)
    except ChainError:
        return None


def get_receipt(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Answer eth_getTransactionReceipt; null if unknown."""
    wanted = data(need(params, 0, "transactionHash"), "transactionHash")
    try:
        receipt = chain.receipt(wanted)
        return receipt_view(receipt, chain.block(receipt.block_number).timestamp)
    except ChainError:
        return None


def get_full_block(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Answer eth_getBlockByNumber and eth_getBlockByHash, with whole transactions if they are asked for."""
    view = get_block(chain, params[:1])
    if view is not None and view["hash"] is not None and at(params, 1, False):
        block = chain.block(view["hash"])
        view["transactions"] = [transaction_view(tx, block.timestamp) for tx in block.transactions]
    return view


def count_transactions(chain: Chain, params: Params) -> str | None:
    """Answer eth_getBlockTransactionCountByNumber and ByHash; null if there is no such block."""
    block = block_at(chain, params)
    return None if block is None else hex_quantity(len(block.transactions))


def get_transaction_at(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Answer eth_getTransactionByBlockNumberAndIndex and ByBlockHashAndIndex; null if there is no such transaction."""
    block, index = block_at(chain, params), quantity(need(params, 1, "index"), "index")
    if block is None or index >= len(block.transactions):
        return None
    return transaction_view(block.transactions[index], block.timestamp)


def get_block_receipts(chain: Chain, params: Params) -> list[dict[str, Any]] | None:
    """Answer eth_getBlockReceipts; null if there is no such block."""
    block = block_at(chain, params)
    return None if block is None else [receipt_view(receipt, block.timestamp) for receipt in block.receipts]


def block_at(chain: Chain, params: Params) -> Block | None:
    """Return the block that the first parameter names; None if there is no such block. The pending one is empty."""
    which = block_id(need(params, 0, "block"))
    try:
        block = chain.block(which)
    except ChainError:
        return None
    return replace(block, transactions=(), receipts=()) if which == "pending" else block


# -- fees


def fee_history(chain: Chain, params: Params) -> dict[str, Any]:
    """Answer eth_feeHistory: the base fee is as it was set, and the tip is constant."""
    asked, newest = (
        need(params, 0, "blockCount"),
        chain.block(block_id(need(params, 1, "newestBlock"))).number,
    )
    count = quantity(hex(asked) if type(asked) is int else asked, "blockCount")
    count = min(count, newest + 1, MAX_FEE_HISTORY)
    blocks = [chain.block(n) for n in range(newest - count + 1, newest + 1)]
    following = chain.block(newest + 1).base_fee_per_gas if newest < chain.height else chain.base_fee
    history: dict[str, Any] = {
        "oldestBlock": hex_quantity(newest - count + 1),
        "baseFeePerGas": [hex_quantity(fee) for fee in (*(block.base_fee_per_gas for block in blocks), following)],
        "gasUsedRatio": [block.gas_used / block.gas_limit for block in blocks],
    }
    percentiles = at(params, 2)
    if percentiles and not isinstance(percentiles, list | tuple):
        raise InvalidInput("Percentiles are a list.", field="rewardPercentiles", asked=percentiles, fix="send [50].")
    if percentiles and len(percentiles) > MAX_PERCENTILES:
        message = f"There are {len(percentiles):,} percentiles, and {MAX_PERCENTILES} are answered at once."
        fix, field = "send fewer, such as [25, 50, 75].", "rewardPercentiles"
        raise InvalidInput(message, field=field, asked=len(percentiles), left=MAX_PERCENTILES, fix=fix)
    numbers = list(percentiles or [])
    are_shares = all(type(number) in (int, float) and 0 <= number <= 100 for number in numbers)
    if not are_shares or numbers != sorted(numbers):
        message = "invalid reward percentile: they are numbers from 0 to 100, in order."
        raise InvalidInput(message, field="rewardPercentiles", asked=plain(percentiles), fix="send [25, 50, 75].")
    if percentiles:
        tip = hex_quantity(DEFAULT_TIP)
        history["reward"] = [[tip] * len(percentiles) for _ in blocks]
    return history
