"""Read request parameters. Every value is checked; errors name the bad value by its path."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import address, an_object, data, flag, meant, quantity, short, shown, sized_data
from sessionlab.core.erc4337.call import Call

SIGNATURE_BYTES = 65  # r, s, v


def params_object(params: Any, known: Collection[str]) -> Mapping[str, Any]:
    """Return the single object that a method takes, with these fields."""
    if not isinstance(params, list | tuple) or len(params) != 1 or not isinstance(params[0], Mapping):
        raise InvalidInput("The method takes one object.", field="params", fix="send params: [{…}].")
    return an_object(params[0], "params", known, "")


def optional_object(data: Mapping[str, Any], name: str, known: Collection[str], where: str = "") -> Mapping[str, Any]:
    """Return a member that is an object with these fields; empty if it is missing."""
    value = data.get(name)
    return {} if value is None else an_object(value, f"{where}{name}", known)


def required(data: Mapping[str, Any], name: str, where: str = "") -> Any:
    """Return a required member. Raises InvalidInput if it is missing."""
    if data.get(name) is None:
        raise InvalidInput(f"{where}{name} is missing.", field=f"{where}{name}", fix=f"add {name}.")
    return data[name]


def calls(value: Any) -> list[Call]:
    """Read the calls of an operation."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidInput("calls must be a list.", field="calls", asked=value, fix="put the calls into [ ].")
    result = []
    for i, call in enumerate(value):
        where = f"calls[{i}]"
        an_object(call, where, ("to", "value", "data"))
        result.append(
            Call(
                to=address(required(call, "to", f"{where}."), f"{where}.to"),
                value=quantity(call["value"], f"{where}.value") if call.get("value") is not None else 0,
                data=data(call["data"], f"{where}.data") if call.get("data") is not None else b"",
            )
        )
    return result


def signature(value: Any, field: str = "signature") -> bytes:
    """Read a signature in the SDK's forms (hex, or r, s and yParity or v) as 65 bytes r, s, v."""
    kind = an_object(value, field, ("type", "data")).get("type")
    if kind not in ("secp256k1", "ecdsa"):
        message = f"Signatures of type {shown(kind)} are not supported here."
        raise InvalidInput(message, field=f"{field}.type", asked=kind, fix="use secp256k1.")
    parts = required(value, "data", f"{field}.")
    if isinstance(parts, Mapping):
        an_object(parts, f"{field}.data", ("r", "s", "yParity", "v"))
        r = quantity(required(parts, "r", f"{field}.data."), f"{field}.data.r")
        s = quantity(required(parts, "s", f"{field}.data."), f"{field}.data.s")
        if parts.get("yParity") is not None:
            v = 27 + quantity(parts["yParity"], f"{field}.data.yParity", 1)
        else:
            v = quantity(required(parts, "v", f"{field}.data."), f"{field}.data.v", 255)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])
    return sized_data(parts, f"{field}.data", SIGNATURE_BYTES)


#: Read here, and handed on.
__all__ = [
    "address",
    "an_object",
    "data",
    "flag",
    "meant",
    "optional_object",
    "params_object",
    "quantity",
    "short",
    "shown",
    "sized_data",
]
