"""Convert the chain's records to JSON-RPC form: camelCase names, numbers and bytes as hex."""

from __future__ import annotations

from typing import Any

from sessionlab.core.base.addresses import ZERO_HASH
from sessionlab.core.base.rpc_values import hex_data, hex_quantity
from sessionlab.core.base.work import GO_ON
from sessionlab.core.evm.encoding import NO_REQUESTS_HASH
from sessionlab.core.evm.records import Block, Log

EMPTY_OMMERS = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"
EMPTY_ROOT = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


def bloom_view(bloom: int) -> str:
    """Return a bloom filter as 256 bytes of hex."""
    return f"0x{bloom:0512x}"


LOG_BYTES = 1_024  # of an event's JSON without its data, roughly


def log_view(log: Log, timestamp: int) -> dict[str, Any]:
    """Return an event as JSON; ``timestamp`` is its block's."""
    assert log.block_number is not None and log.log_index is not None and log.transaction_index is not None
    GO_ON.get()(LOG_BYTES + 2 * len(log.data))
    return {
        "address": log.address,
        "topics": list(log.topics),
        "data": hex_data(log.data),
        "blockNumber": hex_quantity(log.block_number),
        "blockHash": log.block_hash,
        "blockTimestamp": hex_quantity(timestamp),
        "transactionHash": log.transaction_hash,
        "transactionIndex": hex_quantity(log.transaction_index),
        "logIndex": hex_quantity(log.log_index),
        "removed": False,
    }


def block_view(block: Block) -> dict[str, Any]:
    """Return a block as JSON, with the hashes of its transactions."""
    return {
        "number": hex_quantity(block.number),
        "hash": block.hash,
        "parentHash": block.parent_hash,
        "nonce": "0x0000000000000000",
        "sha3Uncles": EMPTY_OMMERS,
        "logsBloom": bloom_view(block.logs_bloom),
        "transactionsRoot": block.transactions_root,
        "stateRoot": block.state_root,
        "receiptsRoot": block.receipts_root,
        "miner": block.miner,
        "difficulty": "0x0",
        "totalDifficulty": "0x0",
        "extraData": hex_data(block.extra_data),
        "size": hex_quantity(block.size),
        "gasLimit": hex_quantity(block.gas_limit),
        "gasUsed": hex_quantity(block.gas_used),
        "timestamp": hex_quantity(block.timestamp),
        "mixHash": block.mix_hash,
        "baseFeePerGas": hex_quantity(block.base_fee_per_gas),
        "blobGasUsed": "0x0",
        "excessBlobGas": "0x0",
        "parentBeaconBlockRoot": ZERO_HASH,
        "requestsHash": hex_data(NO_REQUESTS_HASH),
        "withdrawals": [],
        "withdrawalsRoot": EMPTY_ROOT,
        "transactions": [transaction.hash for transaction in block.transactions],
        "uncles": [],
    }
