"""eth_call and eth_estimateGas: a transaction object with all its fields, run as the transaction it describes.

As in geth, gas is free unless a fee is given, the intrinsic gas is charged, authorizations are applied first
(EIP-7702; invalid ones are skipped), and ``gas`` is capped at the block's limit. A field that is not known is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sessionlab.core.base.addresses import ZERO_ADDRESS, address_bytes
from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.base.rpc_values import (
    an_object,
    block_id,
    hex_data,
    hex_quantity,
    quantity,
    sized_data,
    unchecked_address,
)
from sessionlab.core.evm.chain import MAX_GAS, MAX_TIME, Chain
from sessionlab.core.evm.lookup import BlockId
from sessionlab.core.evm.overlay import StateOverlay
from sessionlab.core.evm.overrides import Overrides
from sessionlab.core.evm.records import CallFailed
from sessionlab.core.evm.rpc_methods import Params, at, block_context
from sessionlab.core.evm.rpc_overrides import read_overrides
from sessionlab.node.transaction_objects import read_transaction
from sessionlab.node.unsigned import UnsignedCall, estimate

#: A block override's field (geth's names, and those of its older versions): the chain's name, and the most it can be.
BLOCK_FIELDS: Mapping[str, tuple[str, int]] = {
    "number": ("number", MAX_TIME),
    "time": ("timestamp", MAX_TIME),
    "gasLimit": ("gas_limit", MAX_GAS),
    "feeRecipient": ("coinbase", 0),
    "prevRandao": ("mix_hash", 0),
    "baseFeePerGas": ("base_fee", MAX_UINT256),
}
OLD_NAMES = {"coinbase": "feeRecipient", "random": "prevRandao", "baseFee": "baseFeePerGas", "timestamp": "time"}


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What a request describes: a transaction, and the state and block that it runs in."""

    transaction: UnsignedCall
    block: BlockId
    overrides: Overrides
    context: Mapping[str, Any]

    def open(self, chain: Chain) -> StateOverlay:
        """Open a fresh copy of the state."""
        return chain.overlay(block=self.block, overrides=self.overrides, context=self.context)


def call(chain: Chain, params: Params) -> str:
    """Answer eth_call, with state and block overrides. Raises CallFailed if the call fails."""
    asked = read_asked(chain, params)
    result = asked.open(chain).transact(asked.transaction)
    if not result.success:
        raise CallFailed(f"execution halted: {result.halt}", result)
    return hex_data(result.output)


def estimate_gas(chain: Chain, params: Params) -> str:
    """Answer eth_estimateGas with a gas limit that was tried."""
    asked = read_asked(chain, params)
    transaction, fee = asked.transaction, asked.transaction.max_fee_per_gas
    if fee:
        allowed = _allowed(asked.open(chain), transaction)
        if allowed < transaction.gas:
            transaction = replace(transaction, gas=allowed)
            if allowed < transaction.intrinsic_gas:
                raise _over_allowance(allowed, transaction)
    try:
        return hex_quantity(estimate(transaction, lambda tried: asked.open(chain).transact(tried)))
    except CallFailed as error:
        if error.result.halt == "OutOfGas":
            raise _over_allowance(transaction.gas, transaction) from error
        raise


def _allowed(state: StateOverlay, transaction: UnsignedCall) -> int:
    """Return how much gas the sender can pay for at this fee."""
    has, value = state.balance(transaction.sender), transaction.value
    if has < value:
        message = f"The sender has {has} wei, and sends {value}."
        facts = {"field": "value", "asked": value, "left": has, "fix": "send less, or fund the sender."}
        sender = hex_data(transaction.sender)
        raise ChainError(message, kind="insufficient funds for transfer", sender=sender, **facts)
    left = has - value
    return left // transaction.max_fee_per_gas


def _over_allowance(allowed: int, transaction: UnsignedCall) -> ChainError:
    kind, message = "gas required exceeds allowance", f"The transaction runs out of {allowed} gas."
    fix = "offer more gas, or fund the sender; a call that never ends needs more than any block has."
    return ChainError(message, kind=kind, sender=hex_data(transaction.sender), field="gas", left=allowed, fix=fix)


def read_asked(chain: Chain, params: Params) -> CallRequest:
    """Read a transaction object, a block, state overrides and block overrides. Raises InvalidInput with the field."""
    return read_call(chain, params, read_overrides(at(params, 2)), read_block_overrides(at(params, 3)))


def read_call(
    chain: Chain, params: Params, overrides: Overrides, block_overrides: Mapping[str, Any] | None = None
) -> CallRequest:
    """Read a transaction object and a block. What the object leaves out: the block's gas, and no price."""
    tx, block = read_transaction(chain, params), block_id(at(params, 1))
    sender = tx.sender or ZERO_ADDRESS
    if tx.nonce is not None:
        overrides = {**overrides, sender: {"nonce": tx.nonce, **overrides.get(sender, {})}}
    transaction = UnsignedCall(
        sender=address_bytes(sender),
        to=b"" if tx.to is None else address_bytes(tx.to),
        data=tx.data,
        value=tx.value,
        gas=chain.gas_limit if tx.gas is None else min(tx.gas, chain.gas_limit),
        max_fee_per_gas=tx.max_fee or 0,
        max_priority_fee_per_gas=tx.max_priority_fee or 0,
        access_list=tuple((address_bytes(address), tuple(slots)) for address, slots in tx.access_list or ()),
        authorizations=tx.authorizations,
    )
    return CallRequest(transaction, block, overrides, {**block_context(chain, block), **(block_overrides or {})})


def read_block_overrides(value: Any) -> dict[str, Any]:
    """Read the fourth parameter of eth_call: what code is to see of its block."""
    if value is None:
        return {}
    result: dict[str, Any] = {}
    for name, given in an_object(value, "blockOverrides", (*BLOCK_FIELDS, *OLD_NAMES)).items():
        if given is None:
            continue
        field = f"blockOverrides.{name}"
        inside, most = BLOCK_FIELDS[OLD_NAMES.get(name, name)]
        if inside in result:
            raise InvalidInput("This is overridden twice, by an old and a new name.", field=field, fix="leave one out.")
        if inside == "coinbase":
            result[inside] = address_bytes(unchecked_address(given, field))
        elif inside == "mix_hash":
            result[inside] = sized_data(given, field, 32)
        else:
            result[inside] = quantity(given, field, most)
    return result
