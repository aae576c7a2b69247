"""State overrides in JSON-RPC form: ``{address: {balance, nonce, code, state, stateDiff}}``, all in 0x-hex."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sessionlab.core.base.addresses import Address
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import an_object, data, quantity, shown, unchecked_address
from sessionlab.core.base.work import GO_ON
from sessionlab.core.evm.overrides import Overrides

STORAGE = 8_192  # bytes of the journal that the EVM opens for an account whose storage is changed
SHAPE = "write {address: {balance, nonce, code, state or stateDiff}}."


def read_overrides(value: Any, field: str = "overrides") -> Overrides:
    """Read state overrides; a missing value means none. Raises InvalidInput with the malformed field."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidInput("State overrides are an object.", field=field, asked=value, fix=SHAPE)
    result: dict[Address, Mapping[str, Any]] = {}
    for given, account in value.items():
        address = unchecked_address(given, field)
        _once(address, result, field)
        result[address] = _override(account, field)
    return result


def _once(key: object, known: Mapping[Any, Any], field: str) -> None:
    if key in known:  # in other letters, or with other zeros in front
        raise InvalidInput(f"{shown(key)} is overridden twice.", field=field, fix="leave one out.")


def _override(account: Any, field: str) -> dict[str, Any]:
    known = an_object(account, field, ("balance", "nonce", "code", "state", "stateDiff"))
    read: dict[str, Any] = {name: given for name, given in known.items() if given is not None}
    for name in ("balance", "nonce"):
        if name in read:
            read[name] = quantity(read[name], f"{field}.{name}")
    if "code" in read:
        read["code"] = data(read["code"], f"{field}.code")
    for name in ("state", "stateDiff"):
        if name in read:
            GO_ON.get()(STORAGE)
            read[name] = _words(read[name], f"{field}.{name}")
    return read


def _words(words: Any, field: str) -> dict[int, int]:
    if not isinstance(words, Mapping):
        raise InvalidInput("Slots and their words are an object.", field=field, asked=words, fix=SHAPE)
    result: dict[int, int] = {}
    for slot, word in words.items():
        GO_ON.get()(64)  # numbers can be chosen so that each is compared with all before it
        number = quantity(slot, field)
        _once(number, result, field)
        result[number] = quantity(word, field)
    return result
