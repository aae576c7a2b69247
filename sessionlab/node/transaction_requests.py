"""Complete the transaction object of eth_sendTransaction and its like: what it leaves out is filled in."""

from __future__ import annotations

from dataclasses import replace

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import quantity
from sessionlab.core.evm.chain import MAX_GAS, Chain
from sessionlab.core.evm.rpc_methods import Params
from sessionlab.node.calls import estimate_gas
from sessionlab.node.chain_methods import DEFAULT_TIP
from sessionlab.node.raw_transactions import ACCESS_LIST, DYNAMIC_FEE, LEGACY, SET_CODE, UnsignedTransaction
from sessionlab.node.transaction_objects import TransactionObject, read_transaction

#: What ``eth_estimateGas`` is asked with, if the request leaves ``gas`` out.
ESTIMATED = ("from", "to", "value", "data", "input", "accessList", "authorizationList")


def read_request(chain: Chain, params: Params, *, to_send: bool = False) -> tuple[str, UnsignedTransaction]:
    """Return the sender, in lower case, and the complete transaction. Raises InvalidInput with the malformed field.

    ``to_send``: also raise ChainError for a nonce that is not the next, rather than estimate in a wrong state.
    """
    from sessionlab.core.evm.transaction_validation import check_nonce

    tx = read_transaction(chain, params)
    if tx.sender is None:
        raise InvalidInput("A transaction that the node signs has a sender.", field="from", fix="add from.")
    if tx.to is None and not tx.data:
        fix = "add to, or the init code as input."
        raise InvalidInput("contract creation without any data provided.", field="to", fix=fix)
    kind = _type(tx)
    fee, tip = _fees(tx, kind, chain.base_fee)
    unsigned = UnsignedTransaction(
        type=kind,
        chain_id=chain.chain_id,
        nonce=chain.nonce(tx.sender) if tx.nonce is None else tx.nonce,
        max_fee=fee,
        max_priority_fee=tip,
        gas=tx.gas or 0,
        to=tx.to,
        value=tx.value,
        data=tx.data,
        access_list=tx.access_list or (),
        authorizations=tx.authorizations,
    )
    if tx.gas is None:
        if to_send:
            check_nonce(unsigned.sent_by(tx.sender), chain.nonce(tx.sender))
        asked = {name: params[0][name] for name in ESTIMATED if params[0].get(name) is not None}
        unsigned = replace(unsigned, gas=quantity(estimate_gas(chain, [asked]), "gas"))
    elif tx.gas > MAX_GAS:
        quantity(hex(tx.gas), "gas", MAX_GAS)
    return tx.sender, unsigned


def _type(tx: TransactionObject) -> int:
    """Return the type that the object names, or else that its fields imply."""
    if tx.type == SET_CODE and not tx.authorizations:
        raise InvalidInput("Type 4 carries authorizations (EIP-7702).", field="authorizationList", fix="add one.")
    if tx.type is not None:
        return tx.type
    if tx.authorizations:
        return SET_CODE
    if tx.has_price:
        return LEGACY if tx.access_list is None else ACCESS_LIST
    return DYNAMIC_FEE


def _fees(tx: TransactionObject, kind: int, base_fee: int) -> tuple[int, int]:
    """Return the fee cap and the tip, in wei per gas; a gas price is both."""
    if tx.has_price or kind in (LEGACY, ACCESS_LIST):
        price = base_fee + DEFAULT_TIP if tx.max_fee is None else tx.max_fee
        return price, price
    cap, tip = tx.max_fee, tx.max_priority_fee
    if tip is None:
        tip = DEFAULT_TIP if cap is None else min(DEFAULT_TIP, cap)
    return base_fee + tip if cap is None else cap, tip
