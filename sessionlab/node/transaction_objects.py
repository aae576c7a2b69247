"""Read a transaction object of JSON-RPC: every field is read or refused by name, whichever method takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.base.rpc_values import MAX_NONCE, an_object, data, plain, quantity, sized_data, unchecked_address
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.records import Authorization
from sessionlab.core.evm.rpc_methods import Params, need
from sessionlab.node.raw_transactions import AccessList

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


@dataclass(frozen=True, slots=True)
class TransactionObject:
    """What a transaction object says, in gas and wei; None where it says nothing. Without ``to`` it creates."""

    type: int | None
    sender: str | None
    to: str | None
    data: bytes
    value: int
    gas: int | None
    nonce: int | None
    max_fee: int | None
    max_priority_fee: int | None
    has_price: bool  # the fees come from a gas price
    access_list: AccessList | None
    authorizations: tuple[Authorization, ...]


def read_transaction(chain: Chain, params: Params) -> TransactionObject:
    """Read the first parameter. Raises InvalidInput or ChainError with the field."""
    tx = an_object(need(params, 0, "transaction"), "transaction", FIELDS, "")

    def number(name: str, most: int = MAX_UINT256) -> int | None:
        return None if tx.get(name) is None else quantity(tx[name], name, most)

    kind = _type(tx)
    _check_chain_id(chain, number("chainId"))
    fee, tip = _fees({name: number(name) for name in ("gasPrice", "maxFeePerGas", "maxPriorityFeePerGas")})
    result = TransactionObject(
        type=kind,
        sender=None if tx.get("from") is None else unchecked_address(tx["from"], "from"),
        to=None if tx.get("to") in (None, "0x") else unchecked_address(tx["to"], "to"),
        data=_input(tx),
        value=number("value") or 0,
        gas=number("gas"),
        nonce=number("nonce", MAX_NONCE),
        max_fee=fee,
        max_priority_fee=tip,
        has_price=tx.get("gasPrice") is not None,
        access_list=_access_list(tx.get("accessList")),
        authorizations=_authorizations(tx.get("authorizationList")),
    )
    if result.authorizations and result.to is None:
        raise InvalidInput("A transaction with authorizations calls somebody (EIP-7702).", field="to", fix="add to.")
    return result


def _input(tx: Mapping[str, Any]) -> bytes:
    named = {name: data(tx[name], name) for name in ("input", "data") if tx.get(name) is not None}
    if len(set(named.values())) > 1:
        message = 'both "data" and "input" are set and not equal.'
        raise InvalidInput(message, field="data", asked=tx["data"], left=tx["input"], fix="send input alone.")
    return next(iter(named.values()), b"")


def _type(tx: Mapping[str, Any]) -> int | None:
    if tx.get("type") is None:
        return None
    kind = quantity(tx["type"], "type")
    if kind not in FOREIGN:
        message = f"Transactions of type {kind} are not run here."
        raise ChainError(message, kind="transaction type not supported", field="type", asked=kind, left=list(FOREIGN))
    for name in FOREIGN[kind]:
        if tx.get(name) not in (None, [], ()):
            message = f"A transaction of type {kind} has no {name}."
            raise InvalidInput(message, field=name, asked=plain(tx[name]), fix=f"leave out type or {name}.")
    return kind


def _check_chain_id(chain: Chain, asked: int | None) -> None:
    if asked not in (None, chain.chain_id):
        message = f"This is chain {chain.chain_id}, not {asked}."
        fix = f"use {hex(chain.chain_id)}, or leave chainId out."
        kind = "chainId does not match node's"
        raise ChainError(message, kind=kind, field="chainId", asked=asked, left=chain.chain_id, fix=fix)


def _fees(given: Mapping[str, int | None]) -> tuple[int | None, int | None]:
    """Return the fee cap and the tip, in wei per gas; a gas price is both."""
    price, fee, tip = given.values()
    if price is None:
        return fee, tip
    if (fee, tip) != (None, None):
        message = "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified."
        raise InvalidInput(message, field="gasPrice", asked=hex(price), fix="send one of them.")
    return price, price


def _access_list(value: Any) -> AccessList | None:
    if value is None:
        return None
    return tuple(
        (
            unchecked_address(entry.get("address"), f"{where}.address"),
            tuple(
                int.from_bytes(sized_data(slot, f"{where}.storageKeys", 32), "big")
                for slot in _list(_given(entry, "storageKeys", where), f"{where}.storageKeys")
            ),
        )
        for where, entry in _entries(value, "accessList", ENTRY)
    )


def _authorizations(value: Any) -> tuple[Authorization, ...]:
    if value is not None and not _list(value, "authorizationList"):
        message, fix = "EIP-7702 transaction with empty auth list.", "add an authorization, or leave it out."
        raise InvalidInput(message, field="authorizationList", asked="[]", fix=fix)
    return tuple(_authorization(entry, where) for where, entry in _entries(value, "authorizationList", AUTHORIZATION))


def _authorization(entry: Mapping[str, Any], where: str) -> Authorization:
    def number(name: str, most: int = MAX_UINT256) -> int:
        return quantity(entry.get(name), f"{where}.{name}", most)

    parity = number("v", 28) % 27 if entry.get("yParity") is None else number("yParity", 1)
    target = unchecked_address(entry.get("address"), f"{where}.address")
    return Authorization(number("chainId"), target, number("nonce", 2**64 - 1), parity, number("r"), number("s"))


def _given(entry: Mapping[str, Any], name: str, where: str) -> Any:
    if entry.get(name) is None:
        raise InvalidInput(f"An entry has {name}.", field=f"{where}.{name}", fix="send [] for none.")
    return entry[name]


def _entries(value: Any, field: str, known: Sequence[str]) -> list[tuple[str, Mapping[str, Any]]]:
    names = [f"{field}[{index}]" for index in range(len(_list(value, field)))]
    return [(where, an_object(entry, where, known)) for where, entry in zip(names, value or (), strict=True)]


def _list(value: Any, field: str) -> Sequence[Any]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise InvalidInput("This is a list.", field=field, asked=plain(value), fix="put it into [ ].")
    return value
