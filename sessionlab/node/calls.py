"""eth_call and eth_estimateGas: a transaction object with all its fields, run as the transaction it describes.

As in geth, gas is free unless a fee is given, the intrinsic gas is charged, authorizations are applied first
(EIP-7702; invalid ones are skipped), and ``gas`` is capped at the block's limit. A field that is not known is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sessionlab.core.base.addresses import ZERO_ADDRESS, address_bytes
from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.base.rpc_values import (
    MAX_NONCE,
    an_object,
    block_id,
    data,
    hex_data,
    hex_quantity,
    plain,
    quantity,
    sized_data,
    unchecked_address,
)
from sessionlab.core.evm.chain import MAX_GAS, MAX_TIME, Chain
from sessionlab.core.evm.lookup import BlockId
from sessionlab.core.evm.overlay import StateOverlay
from sessionlab.core.evm.overrides import Overrides
from sessionlab.core.evm.records import Authorization, CallFailed
from sessionlab.core.evm.rpc_methods import Params, at, block_context, need
from sessionlab.core.evm.rpc_overrides import read_overrides
from sessionlab.node.unsigned import UnsignedCall, estimate

FIELDS = (
    "from",
    "to",
    "gas",
    "gasPrice",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
    "value",
    "nonce",
    "data",
    "input",
    "accessList",
    "authorizationList",
    "chainId",
    "type",
    *("chain", "hardfork", "networkId"),  # web3.js says what it takes the chain for; chainId is what counts
)
ENTRY = ("address", "storageKeys")
AUTHORIZATION = ("chainId", "address", "nonce", "yParity", "v", "r", "s")
#: Fields that a transaction of a type cannot have.
FOREIGN: Mapping[int, Sequence[str]] = {
    0: ("accessList", "maxFeePerGas", "maxPriorityFeePerGas", "authorizationList"),
    1: ("maxFeePerGas", "maxPriorityFeePerGas", "authorizationList"),
    2: ("authorizationList",),  # a gasPrice counts as both fees, because clients send it with every type
    4: (),
}
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
    left = state.balance(transaction.sender) - transaction.value
    if left < 0:
        kind, message = "insufficient funds for transfer", "The sender has less than the value that it sends."
        raise ChainError(message, kind=kind, sender=hex_data(transaction.sender), field="value", left=hex(left))
    return left // transaction.max_fee_per_gas


def _over_allowance(allowed: int, transaction: UnsignedCall) -> ChainError:
    kind, message = "gas required exceeds allowance", f"The transaction runs out of {allowed} gas."
    fix = "offer more gas, or fund the sender; a call that never ends needs more than any block has."
    return ChainError(message, kind=kind, sender=hex_data(transaction.sender), field="gas", left=allowed, fix=fix)


def read_asked(chain: Chain, params: Params) -> CallRequest:
    """Read a transaction object, a block, state overrides and block overrides. Raises InvalidInput with the field."""
    tx = an_object(need(params, 0, "transaction"), "transaction", FIELDS, "")
    block = block_id(at(params, 1))
    context = {**block_context(chain, block), **read_block_overrides(at(params, 3))}
    overrides = dict(read_overrides(at(params, 2)))
    _check_type(tx)
    _check_chain_id(chain, tx)
    sender = ZERO_ADDRESS if tx.get("from") is None else unchecked_address(tx["from"], "from")
    if tx.get("nonce") is not None:
        overrides[sender] = {"nonce": quantity(tx["nonce"], "nonce", MAX_NONCE), **overrides.get(sender, {})}
    gas = chain.gas_limit if tx.get("gas") is None else min(quantity(tx["gas"], "gas"), chain.gas_limit)
    fee, tip = _fees(tx)
    transaction = UnsignedCall(
        sender=address_bytes(sender),
        to=b"" if tx.get("to") is None else address_bytes(unchecked_address(tx["to"], "to")),
        data=_input(tx),
        value=0 if tx.get("value") is None else quantity(tx["value"], "value"),
        gas=gas,
        max_fee_per_gas=fee,
        max_priority_fee_per_gas=tip,
        access_list=_access_list(tx.get("accessList")),
        authorizations=_authorizations(tx.get("authorizationList")),
    )
    if transaction.authorizations and not transaction.to:
        raise InvalidInput("A transaction with authorizations calls somebody (EIP-7702).", field="to", fix="add to.")
    return CallRequest(transaction, block, overrides, context)


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


def _input(tx: Mapping[str, Any]) -> bytes:
    named = {name: data(tx[name], name) for name in ("input", "data") if tx.get(name) is not None}
    if len(set(named.values())) > 1:
        message = 'both "data" and "input" are set and not equal.'
        raise InvalidInput(message, field="data", asked=tx["data"], left=tx["input"], fix="send input alone.")
    return next(iter(named.values()), b"")


def _check_type(tx: Mapping[str, Any]) -> None:
    if tx.get("type") is None:
        return
    kind = quantity(tx["type"], "type")
    if kind not in FOREIGN:
        message = f"Transactions of type {kind} are not run here."
        raise ChainError(message, kind="transaction type not supported", field="type", asked=kind, left=list(FOREIGN))
    for name in FOREIGN[kind]:
        if tx.get(name) not in (None, [], ()):
            message = f"A transaction of type {kind} has no {name}."
            raise InvalidInput(message, field=name, asked=plain(tx[name]), fix=f"leave out type or {name}.")


def _check_chain_id(chain: Chain, tx: Mapping[str, Any]) -> None:
    if tx.get("chainId") is not None and (asked := quantity(tx["chainId"], "chainId")) != chain.chain_id:
        message = f"This is chain {chain.chain_id}, not {asked}."
        fix = f"use {hex(chain.chain_id)}, or leave chainId out."
        kind = "chainId does not match node's"
        raise ChainError(message, kind=kind, field="chainId", asked=asked, left=chain.chain_id, fix=fix)


def _fees(tx: Mapping[str, Any]) -> tuple[int, int]:
    given = {
        name: quantity(tx[name], name)
        for name in ("gasPrice", "maxFeePerGas", "maxPriorityFeePerGas")
        if tx.get(name) is not None
    }
    if "gasPrice" not in given:
        return given.get("maxFeePerGas", 0), given.get("maxPriorityFeePerGas", 0)
    if len(given) > 1:
        message = "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified."
        raise InvalidInput(message, field="gasPrice", asked=tx["gasPrice"], fix="send one of them.")
    return given["gasPrice"], given["gasPrice"]


def _access_list(value: Any) -> tuple[tuple[bytes, tuple[int, ...]], ...]:
    return tuple(
        (
            address_bytes(unchecked_address(entry.get("address"), f"{where}.address")),
            tuple(
                int.from_bytes(sized_data(slot, f"{where}.storageKeys", 32), "big")
                for slot in _list(entry.get("storageKeys"), f"{where}.storageKeys")
            ),
        )
        for where, entry in _entries(value, "accessList", ENTRY)
    )


def _authorizations(value: Any) -> tuple[Authorization, ...]:
    return tuple(_authorization(entry, where) for where, entry in _entries(value, "authorizationList", AUTHORIZATION))


def _authorization(entry: Mapping[str, Any], where: str) -> Authorization:
    def number(name: str, most: int = MAX_UINT256) -> int:
        return quantity(entry.get(name), f"{where}.{name}", most)

    parity = number("v", 28) % 27 if entry.get("yParity") is None else number("yParity", 1)
    target = unchecked_address(entry.get("address"), f"{where}.address")
    return Authorization(number("chainId"), target, number("nonce", 2**64 - 1), parity, number("r"), number("s"))


def _entries(value: Any, field: str, known: Sequence[str]) -> list[tuple[str, Mapping[str, Any]]]:
    names = [f"{field}[{index}]" for index in range(len(_list(value, field)))]
    return [(where, an_object(entry, where, known)) for where, entry in zip(names, value or (), strict=True)]


def _list(value: Any, field: str) -> Sequence[Any]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise InvalidInput("This is a list.", field=field, asked=plain(value), fix="put it into [ ].")
    return value
