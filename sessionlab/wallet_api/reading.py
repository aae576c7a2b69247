"""Reading requests: every value is checked, and what is wrong is named by its path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sessionlab.account import RawCall
from sessionlab.chain.addresses import address_bytes, checksum
from sessionlab.errors import InvalidInput

MAX_WORD = 2**256 - 1


def params_object(params: Any) -> Mapping[str, Any]:
    """The single object that a method takes."""
    if not isinstance(params, list | tuple) or len(params) != 1 or not isinstance(params[0], Mapping):
        raise InvalidInput("The method takes one object.", field="params", fix="send params: [{…}].")
    return params[0]


def required(data: Mapping[str, Any], name: str, where: str = "") -> Any:
    """A member that must be there."""
    if data.get(name) is None:
        raise InvalidInput(f"{name} is missing.", field=f"{where}{name}", fix=f"add {name}.")
    return data[name]


def address(value: Any, field: str) -> str:
    """An address in any case; a wrong checksum is refused. Returned with its checksum."""
    if not isinstance(value, str):
        raise InvalidInput(f"{value!r} is not an address.", field=field, asked=value, fix="0x and 40 hex digits.")
    return checksum(address_bytes(value, field))


def data(value: Any, field: str) -> bytes:
    """Bytes in 0x-hex."""
    if isinstance(value, str) and value.startswith("0x") and len(value) % 2 == 0:
        try:
            return bytes.fromhex(value[2:])
        except ValueError:
            pass
    raise InvalidInput(f"{str(value)[:40]!r} is not data in 0x-hex.", field=field, asked=str(value)[:80])


def quantity(value: Any, field: str, limit: int = MAX_WORD) -> int:
    """A number in 0x-hex; leading zeros are fine."""
    if isinstance(value, str) and value.startswith("0x") and len(value) > 2:
        try:
            number = int(value[2:], 16) if "_" not in value else -1
        except ValueError:
            number = -1
        if 0 <= number <= limit:
            return number
    raise InvalidInput(
        f"{str(value)[:80]!r} is not a number in 0x-hex of at most {limit.bit_length()} bits.",
        field=field,
        asked=str(value)[:80],
        fix="hex without a sign, like 0x1.",
    )


def calls(value: Any) -> list[RawCall]:
    """The calls of an operation."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidInput("calls is a list.", field="calls", asked=str(value)[:80])
    found = []
    for i, call in enumerate(value):
        where = f"calls[{i}]"
        if not isinstance(call, Mapping):
            raise InvalidInput(f"{where} is an object.", field=where, asked=str(call)[:80])
        found.append(
            RawCall(
                to=address(required(call, "to", f"{where}."), f"{where}.to"),
                value=quantity(call["value"], f"{where}.value") if call.get("value") is not None else 0,
                data=data(call["data"], f"{where}.data") if call.get("data") is not None else b"",
            )
        )
    return found


def signature(value: Any, field: str = "signature") -> bytes:
    """65 bytes r, s, v from the SDK's shapes: hex, or r, s and yParity or v."""
    if not isinstance(value, Mapping):
        raise InvalidInput("A signature is an object with type and data.", field=field)
    kind = value.get("type")
    if kind not in ("secp256k1", "ecdsa"):
        raise InvalidInput(f"Signatures of type {kind!r} are unknown here.", field=f"{field}.type", asked=kind)
    parts = required(value, "data", f"{field}.")
    if isinstance(parts, Mapping):
        r = quantity(required(parts, "r", f"{field}.data."), f"{field}.data.r")
        s = quantity(required(parts, "s", f"{field}.data."), f"{field}.data.s")
        if parts.get("yParity") is not None:
            v = 27 + quantity(parts["yParity"], f"{field}.data.yParity", 1)
        else:
            v = quantity(required(parts, "v", f"{field}.data."), f"{field}.data.v", 255)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])
    raw = data(parts, f"{field}.data")
    if len(raw) != 65:
        raise InvalidInput(f"A signature has 65 bytes, not {len(raw)}.", field=f"{field}.data")
    return raw
