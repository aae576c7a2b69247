"""The chain's records in eth-tester's shape: snake_case names, raw bytes, ints."""

from __future__ import annotations

from typing import Any

from sessionlab.core.evm.encoding import NO_REQUESTS_HASH
from sessionlab.core.evm.records import Block, Log, Receipt, Transaction
from sessionlab.core.evm.rpc_views import EMPTY_OMMERS, EMPTY_ROOT


def _raw(spelled: str) -> bytes:
    return bytes.fromhex(spelled[2:])


def block_dict(block: Block, full: bool) -> dict[str, Any]:
    """Convert a block; ``full`` includes its transactions instead of their hashes."""
    return {
        "number": block.number,
        "hash": _raw(block.hash),
        "parent_hash": _raw(block.parent_hash),
        "nonce": bytes(8),
        "sha3_uncles": _raw(EMPTY_OMMERS),
        "logs_bloom": block.logs_bloom,
        "transactions_root": _raw(block.transactions_root),
        "receipts_root": _raw(block.receipts_root),
        "state_root": _raw(block.state_root),
        "coinbase": _raw(block.miner),
        "difficulty": 0,
        "total_difficulty": 0,
        "mix_hash": _raw(block.mix_hash),
        "size": block.size,
        "extra_data": block.extra_data.rjust(32, b"\0"),
        "gas_limit": block.gas_limit,
        "gas_used": block.gas_used,
        "timestamp": block.timestamp,
        "transactions": [transaction_dict(tx) if full else _raw(tx.hash) for tx in block.transactions],
        "uncles": [],
        "base_fee_per_gas": block.base_fee_per_gas,
        "withdrawals": [],
        "withdrawals_root": _raw(EMPTY_ROOT),
        "parent_beacon_block_root": bytes(32),
        "blob_gas_used": 0,
        "excess_blob_gas": 0,
        "requests_hash": NO_REQUESTS_HASH,
    }


def transaction_dict(tx: Transaction, pending: bool = False) -> dict[str, Any]:
    """Convert a transaction, with the fields of its type."""
    view: dict[str, Any] = {
        "type": tx.type,
        "hash": _raw(tx.hash),
        "nonce": tx.nonce,
        "block_hash": None if pending else _raw(tx.block_hash),
        "block_number": None if pending else tx.block_number,
        "transaction_index": None if pending else tx.index,
        "from": _raw(tx.sender),
        "to": _raw(tx.to) if tx.to else b"",
        "value": tx.value,
        "gas": tx.gas,
        "gas_price": tx.gas_price,
        "data": tx.data,
        "v": tx.v,
        "r": tx.r,
        "s": tx.s,
    }
    if tx.type >= 1:
        view["y_parity"], view["chain_id"] = tx.v, tx.chain_id
        view["access_list"] = tuple((_raw(address), slots) for address, slots in tx.access_list)
    if tx.type >= 2:
        view["max_fee_per_gas"] = tx.max_fee_per_gas
        view["max_priority_fee_per_gas"] = tx.max_priority_fee_per_gas
    if tx.type == 4:
        names = ("chain_id", "nonce", "y_parity", "r", "s")
        view["authorization_list"] = [
            {"address": _raw(a.address), **{name: getattr(a, name) for name in names}} for a in tx.authorization_list
        ]
    return view


def receipt_dict(receipt: Receipt, pending: bool = False) -> dict[str, Any]:
    """Convert a transaction's receipt."""
    return {
        "block_hash": None if pending else _raw(receipt.block_hash),
        "block_number": None if pending else receipt.block_number,
        "contract_address": _raw(receipt.contract_address) if receipt.contract_address else None,
        "cumulative_gas_used": receipt.cumulative_gas_used,
        "effective_gas_price": receipt.effective_gas_price,
        "from": _raw(receipt.sender),
        "gas_used": receipt.gas_used,
        "logs": [log_dict(log, pending) for log in receipt.logs],
        "state_root": bytes([1]) if receipt.status else b"",
        "status": receipt.status,
        "to": _raw(receipt.to) if receipt.to else b"",
        "transaction_hash": _raw(receipt.transaction_hash),
        "transaction_index": None if pending else receipt.transaction_index,
        "type": receipt.type,
    }


def log_dict(log: Log, pending: bool = False) -> dict[str, Any]:
    """Convert one log."""
    assert log.transaction_hash is not None and log.block_hash is not None
    return {
        "type": "pending" if pending else "mined",
        "log_index": log.log_index,
        "transaction_index": None if pending else log.transaction_index,
        "transaction_hash": _raw(log.transaction_hash),
        "block_hash": None if pending else _raw(log.block_hash),
        "block_number": None if pending else log.block_number,
        "address": _raw(log.address),
        "data": log.data,
        "topics": [_raw(topic) for topic in log.topics],
    }
