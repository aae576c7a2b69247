"""Convert mined transactions to JSON-RPC form."""

from __future__ import annotations

from typing import Any

from sessionlab.core.base.rpc_values import hex_data, hex_quantity, hex_word
from sessionlab.core.evm.records import Authorization, Transaction


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


def transaction_view(tx: Transaction, timestamp: int) -> dict[str, Any]:
    """Return a mined transaction as JSON, with the fields of its type; ``timestamp`` is its block's."""
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
        "blockTimestamp": hex_quantity(timestamp),
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
