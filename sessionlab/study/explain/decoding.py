"""A call in words: the function with its arguments if the ABI is known, else the raw data, marked as such."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sessionlab.core.base.abi_values import read_signature
from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.functions import KNOWN_FUNCTIONS, function_name
from sessionlab.core.permissions.operation import PlainCall
from sessionlab.study.own_contracts.errors import shown_value

#: Functions whose last argument is an amount of the called token.
OF_THE_TOKEN = ("transfer", "approve", "transferFrom", "increaseAllowance", "mint")
SHOWN_BYTES = 20


def describe(call: PlainCall, names: AddressBook, wallet: str = "") -> str:
    """``transfer(merchant, 5 LUSD) on dollar (0x…), with 0.3 ETH``. Never raises."""
    if call.target == wallet.lower():
        where = "the wallet itself"
    else:
        where = names.address(checksum(address_bytes(call.target)))
    if not call.data:
        return f"{names.amount(call.value, 'wei')} to {where}" if call.value else f"an empty call to {where}"
    worth = f", with {names.amount(call.value, 'wei')}" if call.value else ""
    return f"{_function(call, names)} on {where}{worth}"


def _function(call: PlainCall, names: AddressBook) -> str:
    if len(call.data) < 4:
        return f"{_raw(call.data)} (no function: under four bytes)"
    code = "0x" + call.data[:4].hex()
    signature = names.signature(call.data[:4])
    if signature is None:
        name = function_name(code)
        return f"{_raw(call.data)} ({'a function that is not known here' if name == code else name})"
    name, types = signature.partition("(")[0], read_signature(signature)[1]
    arguments = _arguments(call.data[4:], types)
    if arguments is None:
        return f"{name} with arguments that cannot be decoded: {_raw(call.data)}"
    shown = [_argument(value, names) for value in arguments]
    if name in OF_THE_TOKEN and code in KNOWN_FUNCTIONS and names.is_token(call.target):
        shown[-1] = names.amount(arguments[-1], call.target)
    return f"{name}({', '.join(shown)})"


def _arguments(data: bytes, types: Sequence[str]) -> list[Any] | None:
    from eth_abi.abi import decode

    try:
        return list(decode(types, data))
    except Exception:  # a decoder may raise anything on malformed data; show it raw
        return None


def _argument(value: Any, names: AddressBook) -> str:
    if isinstance(value, str) and value.startswith("0x"):
        address = checksum(address_bytes(value))
        return names.labels.get(address_bytes(address)) or names.address(address)
    return shown_value(value, names)


def _raw(data: bytes) -> str:
    shown = "0x" + data[:SHOWN_BYTES].hex()
    return shown + (f"… ({len(data)} bytes)" if len(data) > SHOWN_BYTES else "")
