"""Convert the chain's records to JSON-RPC form: camelCase names, numbers and bytes as hex."""

from __future__ import annotations

from typing import Any

from sessionlab.core.base.addresses import ZERO_HASH
from sessionlab.core.base.rpc_values import hex_data, hex_quantity, hex_word
from sessionlab.core.evm.encoding import NO_REQUESTS_HASH
from sessionlab.core.evm.records import Authorization, Block, Log, Transaction

EMPTY_OMMERS = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"
EMPTY_ROOT = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


def bloom_view(bloom: int) -> str:
    """Return a bloom filter as 256 bytes of hex."""
    return f"0x{bloom:0512x}"


def log_view(log: Log) -> dict[str, Any]:
    """Return an event as JSON."""
    assert log.block_number is not None and log.log_index is not None and log.transaction_index is not None
    return {
        "address": log.address,
        "topics": list(log.topics),
        "data": hex_data(log.data),
        "blockNumber": hex_quantity(log.block_number),
        "blockHash": log.block_hash,
        "transactionHash": log.transaction_hash,
        "transactionIndex": hex_quantity(log.transaction_index),
        "logIndex": hex_quantity(log.log_index),
        "removed": False,
    }


def authorization_view(a: Authorization) -> dict[str, Any]:
    """Return an EIP-7702 authorization as JSON."""
    return {
        "chainId": hex_quantity(a.chain_id),
        "address": a.address,
        "nonce": hex_quantity(a.nonce),
        "yParity": hex_quantity(a.y_parity),
        "r": hex_quantity(a.r),
        "s": hex_quantity(a.s),
    }


def transaction_view(tx: Transaction) -> dict[str, Any]:
    """Return a mined transaction as JSON, with the fields of its type."""
    view: dict[str, Any] = {
        "hash": tx.hash,
        "type": hex_quantity(tx.type),
        "from": tx.sender,
        "to": tx.to,
        "nonce": hex_quantity(tx.nonce),
        "value": hex_quantity(tx.value),
        "input": hex_data(tx.data),
        "gas": hex_quantity(tx.gas),
        "gasPrice": hex_quantity(tx.gas_price),
        "v": hex_quantity(tx.v),
        "r": hex_quantity(tx.r),
        "s": hex_quantity(tx.s),
        "blockNumber": hex_quantity(tx.block_number),
        "blockHash": tx.block_hash,
        "transactionIndex": hex_quantity(tx.index),
    }
    if tx.chain_id is not None:
        view["chainId"] = hex_quantity(tx.chain_id)
    if tx.type >= 1:
        view["yParity"] = hex_quantity(tx.v)
        view["accessList"] = [
            {"address": address, "storageKeys": [hex_word(slot) for slot in slots]} for address, slots in tx.access_list
        ]
    if tx.type >= 2:
        view["maxFeePerGas"] = hex_quantity(tx.max_fee_per_gas)
        view["maxPriorityFeePerGas"] = hex_quantity(tx.max_priority_fee_per_gas)
    if tx.type == 4:
        view["authorizationList"] = [authorization_view(a) for a in tx.authorization_list]
    return view


def block_view(block: Block, full: bool = False) -> dict[str, Any]:
    """Return a block as JSON; ``full`` includes whole transactions instead of hashes."""
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
        "transactions": [transaction_view(tx) if full else tx.hash for tx in block.transactions],
        "uncles": [],
    }
