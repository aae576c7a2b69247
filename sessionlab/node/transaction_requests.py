"""Read the transaction object of eth_sendTransaction and fill in what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import MAX_NONCE, data, plain, quantity, unchecked_address
from sessionlab.core.evm.chain import MAX_GAS, Chain
from sessionlab.core.evm.records import Authorization
from sessionlab.core.evm.rpc_methods import Params, need
from sessionlab.node.calls import estimate_gas
from sessionlab.node.chain_methods import DEFAULT_TIP
from sessionlab.node.raw_transactions import ACCESS_LIST, DYNAMIC_FEE, LEGACY, SET_CODE, AccessList, UnsignedTransaction

WHERE = "transaction"
FEES = ("maxFeePerGas", "maxPriorityFeePerGas")
KNOWN = (
    *("from", "to", "value", "data", "input", "gas", "gasPrice", *FEES),
    *("nonce", "chainId", "type", "accessList", "authorizationList"),
    *("chain", "hardfork", "networkId"),  # web3.js says what it takes the chain for; chainId is what counts
)
#: What ``eth_estimateGas`` is asked with, if the request leaves ``gas`` out.
ESTIMATED = ("from", "to", "value", "data", "input", "accessList", "authorizationList")


def read_request(chain: Chain, params: Params) -> tuple[str, UnsignedTransaction]:
    """Return the sender, in lower case, and the complete transaction. Raises InvalidInput with the malformed field."""
    given = _given(params)
    if "from" not in given:
        raise InvalidInput("A transaction that the node signs has a sender.", field="from", fix="add from.")
    sender = unchecked_address(given["from"], "from")
    unsigned = _unsigned(chain, given, sender, *_fees(chain, given))
    return sender, replace(unsigned, gas=_gas(chain, given))


def read_message(chain: Chain, params: Params) -> tuple[str | None, UnsignedTransaction]:
    """Return the sender and the transaction as which a call is to run. Raises InvalidInput with the malformed field.

    Unless it says otherwise, it has the block's gas, and no price. Its nonce counts for nothing, as in geth.
    """
    given = _given(params)
    sender = unchecked_address(given["from"], "from") if "from" in given else None
    fees = _fees(chain, given) if {"gasPrice", *FEES} & given.keys() else (0, 0)
    unsigned = _unsigned(chain, given, sender or ZERO_ADDRESS, *fees)
    gas = quantity(given["gas"], "gas", MAX_GAS) if "gas" in given else chain.gas_limit
    return sender, replace(unsigned, gas=min(gas, chain.gas_limit))


def _given(params: Params) -> dict[str, Any]:
    asked = need(params, 0, WHERE)
    if not isinstance(asked, Mapping):
        raise InvalidInput("A transaction is an object.", field=WHERE, asked=plain(asked))
    given = {name: value for name, value in asked.items() if value is not None}
    refuse_unknown(given, KNOWN, WHERE)
    return given


def _unsigned(chain: Chain, given: Mapping[str, Any], sender: str, fee: int, tip: int) -> UnsignedTransaction:
    """Return the transaction without its gas."""
    kind = _kind(given)
    to = None if given.get("to") in (None, "0x") else unchecked_address(given["to"], "to")
    if to is None and kind == SET_CODE:
        raise InvalidInput("A transaction with authorizations calls somebody (EIP-7702).", field="to")
    chain_id = _number(given, "chainId", chain.chain_id)
    if chain_id != chain.chain_id:
        fix = f"send {hex(chain.chain_id)}."
        raise InvalidInput(f"This is chain {chain.chain_id}.", field="chainId", asked=chain_id, fix=fix)
    return UnsignedTransaction(
        type=kind,
        chain_id=chain_id,
        nonce=_number(given, "nonce", None, MAX_NONCE) if "nonce" in given else chain.nonce(sender),
        max_fee=fee,
        max_priority_fee=tip,
        gas=0,
        to=to,
        value=_number(given, "value", 0),
        data=_data(given),
        access_list=read_access_list(given.get("accessList", ())),
        authorizations=[_authorization(item, i) for i, item in enumerate(given.get("authorizationList", ()))],
    )


def refuse_unknown(given: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    """Raise InvalidInput for the first name that is not known, with the known one that is closest."""
    for name in given:
        if name not in known:
            close = get_close_matches(str(name), known, n=1)
            fix = f"did you mean {close[0]}?" if close else f"use {', '.join(known)}."
            raise InvalidInput(f"A {where} has no field {str(name)[:40]!r}.", field=str(name)[:40] or where, fix=fix)


def read_access_list(value: Any) -> AccessList:
    """Read an access list (EIP-2930)."""
    shape = "write [{address, storageKeys: [0x…]}]."
    if not isinstance(value, list | tuple):
        raise InvalidInput("An access list is a list.", field="accessList", asked=plain(value), fix=shape)
    listed = []
    for entry in value:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("storageKeys", []), list | tuple):
            raise InvalidInput("An entry is an object.", field="accessList", asked=plain(entry), fix=shape)
        slots = tuple(quantity(slot, "accessList.storageKeys") for slot in entry.get("storageKeys", ()))
        listed.append((unchecked_address(entry.get("address"), "accessList.address"), slots))
    return listed


def _kind(given: Mapping[str, Any]) -> int:
    implied = LEGACY if "gasPrice" in given else DYNAMIC_FEE
    if "authorizationList" in given:
        implied = SET_CODE
    elif "gasPrice" in given and "accessList" in given:
        implied = ACCESS_LIST
    kind: int = _number(given, "type", implied)
    fields = {
        LEGACY: {"gasPrice"},
        ACCESS_LIST: {"gasPrice", "accessList"},
        DYNAMIC_FEE: {"accessList", *FEES},
        SET_CODE: {"accessList", "authorizationList", *FEES},
    }
    if kind not in fields:
        raise InvalidInput("This chain has types 0, 1, 2 and 4.", field="type", asked=kind, fix="leave it out.")
    for name in ("gasPrice", "accessList", "authorizationList", *FEES):
        if name in given and name not in fields[kind]:
            message = f"A transaction of type {kind} has no {name}."
            raise InvalidInput(message, field=name, fix="leave one of type and " + name + " out.")
    if kind == SET_CODE and not given.get("authorizationList"):
        raise InvalidInput("Type 4 carries authorizations (EIP-7702).", field="authorizationList", fix="add one.")
    return kind


def _fees(chain: Chain, given: Mapping[str, Any]) -> tuple[int, int]:
    """Return the fee cap and the tip, in wei per gas; a gas price is both."""
    if "gasPrice" in given or ("type" in given and quantity(given["type"], "type") in (LEGACY, ACCESS_LIST)):
        price = _number(given, "gasPrice", chain.base_fee + DEFAULT_TIP)
        return price, price
    cap = _number(given, "maxFeePerGas", None)
    tip = _number(given, "maxPriorityFeePerGas", DEFAULT_TIP if cap is None else min(DEFAULT_TIP, cap))
    return chain.base_fee + tip if cap is None else cap, tip


def _gas(chain: Chain, given: Mapping[str, Any]) -> int:
    if "gas" in given:
        return quantity(given["gas"], "gas", MAX_GAS)
    return int(estimate_gas(chain, [{name: given[name] for name in ESTIMATED if name in given}]), 16)


def _data(given: Mapping[str, Any]) -> bytes:
    both = [data(given[name], name) for name in ("input", "data") if name in given]
    if len(set(both)) > 1:
        raise InvalidInput("input and data differ.", field="data", fix="send one of them.")
    return both[0] if both else b""


def _number(given: Mapping[str, Any], name: str, default: Any, most: int | None = None) -> Any:
    if name not in given:
        return default
    return quantity(given[name], name) if most is None else quantity(given[name], name, most)


def _authorization(item: Any, index: int) -> Authorization:
    where = f"authorizationList[{index}]"
    if not isinstance(item, Mapping):
        raise InvalidInput("An authorization is an object.", field=where, asked=plain(item))
    parity = item.get("yParity", item.get("v"))
    return Authorization(
        quantity(item.get("chainId"), f"{where}.chainId"),
        unchecked_address(item.get("address"), f"{where}.address"),
        quantity(item.get("nonce"), f"{where}.nonce", MAX_NONCE),
        quantity(parity, f"{where}.yParity", 28) % 27,
        quantity(item.get("r"), f"{where}.r"),
        quantity(item.get("s"), f"{where}.s"),
    )
