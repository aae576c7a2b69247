"""Between a permission and what somebody types for it: names for addresses, amounts with units, functions by commas."""

from __future__ import annotations

from sessionlab.amounts import ether, format_ether, format_units, units
from sessionlab.chain.addresses import address_bytes, checksum
from sessionlab.errors import InvalidInput
from sessionlab.insight.names import Names
from sessionlab.permissions.functions import function_name
from sessionlab.permissions.types import PERMISSION_TYPES, NativeTokenTransfer, Permission

#: Field of a permission -> field of the form: an allowance and a limit are both amounts.
PLACES = {"address": "address", "functions": "functions", "allowance": "amount", "limit": "amount"}


def places(kind: str) -> tuple[str, ...]:
    """What a type of permission asks for: some of ``address``, ``amount`` and ``functions``."""
    return tuple(PLACES[field] for field in PERMISSION_TYPES[kind].model_fields)


def read(kind: str, typed: dict[str, str], names: Names) -> Permission:
    """The permission that somebody typed. InvalidInput names the field that cannot be read."""
    permission = PERMISSION_TYPES[kind]
    values: dict[str, object] = {}
    for field in permission.model_fields:
        text = typed.get(PLACES[field], "").strip()
        if field == "address":
            values[field] = find_address(text, names)
        elif field == "functions":
            values[field] = split_functions(text)
        else:
            values[field] = _amount(kind, text, values.get("address"), names)
    return permission(**values)


def write(permission: Permission, names: Names) -> dict[str, str]:
    """How somebody would type it."""
    typed = {}
    for field in type(permission).model_fields:
        value = getattr(permission, field)
        if field == "address":
            typed["address"] = names.labels.get(address_bytes(value), value)
        elif field == "functions":
            typed["functions"] = ", ".join(map(function_name, value))
        else:
            typed["amount"] = _written(permission, value, names)
    return typed


def find_address(text: str, names: Names) -> str:
    """An address from its name or its hex. InvalidInput if it is neither."""
    known = {label: checksum(address) for address, label in names.labels.items()}
    if text in known:
        return known[text]
    if not text.startswith("0x"):
        fix = f"use an address or one of: {', '.join(known)}."
        raise InvalidInput(f"Nothing here is called {text!r}.", field="address", asked=text, fix=fix)
    return checksum(address_bytes(text, "address"))


def split_functions(text: str) -> list[str]:
    """Signatures that are separated by commas; commas inside their brackets stay."""
    found, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return [one.strip() for one in found if one.strip()]


def _amount(kind: str, text: str, address: object, names: Names) -> int:
    """Ether, whole tokens where their decimals are known, else the smallest units; a unit behind it is left out."""
    number = text.partition(" ")[0].replace(",", "")
    if kind == NativeTokenTransfer.type:
        return int(text.split()[0].replace(",", "")) if text.endswith(" wei") else ether(number)
    token = names.tokens.get(address_bytes(str(address))) if address else None
    return units(number, token.decimals if token else 0)


def _written(permission: Permission, value: int, names: Names) -> str:
    if isinstance(permission, NativeTokenTransfer):
        return format_ether(value)
    token = names.tokens.get(address_bytes(permission.address)) if hasattr(permission, "address") else None
    return format_units(value, token.decimals, token.symbol) if token else f"{value:,}"
