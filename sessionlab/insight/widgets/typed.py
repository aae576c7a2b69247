"""Between a permission and what somebody types for it: names for addresses, amounts with units, functions by commas."""

from __future__ import annotations

from sessionlab.amounts import ether, format_ether, format_units, units
from sessionlab.chain.addresses import address_bytes, checksum
from sessionlab.errors import InvalidInput
from sessionlab.insight.names import Names
from sessionlab.permissions.fields import ADDRESS, AMOUNT, FUNCTIONS
from sessionlab.permissions.functions import function_name
from sessionlab.permissions.kinds import LIMITS, WEI
from sessionlab.permissions.types import PERMISSION_TYPES, Permission


def places(kind: str) -> dict[str, str]:
    """The fields of a permission type, each with its field in the form: amounts share one, and so do functions."""
    fields = PERMISSION_TYPES[kind].fields()
    return {name: name if form == ADDRESS else form for name, form in fields.items()}


def _form() -> dict[str, str]:
    found: dict[str, str] = {}
    for kind in PERMISSION_TYPES.values():
        found |= {place: kind.fields()[name] for name, place in places(kind.type).items()}
    order = (ADDRESS, AMOUNT, FUNCTIONS)
    return dict(sorted(found.items(), key=lambda item: order.index(item[1])))


#: Every field of the form, with the form of its value.
FORM = _form()
#: The types whose amount is typed and shown in ether.
IN_WEI = frozenset(limit.permission for limit in LIMITS.values() if limit.unit == WEI)


def read(kind: str, typed: dict[str, str], names: Names) -> Permission:
    """The permission that somebody typed. InvalidInput names the field that cannot be read."""
    permission = PERMISSION_TYPES[kind]
    values: dict[str, object] = {}
    for field, place in places(kind).items():
        text = typed.get(place, "").strip()
        if FORM[place] == ADDRESS:
            values[field] = find_address(text, names, field)
        elif FORM[place] == FUNCTIONS:
            values[field] = split_functions(text)
        else:
            values[field] = _amount(kind, text, values.get("address"), names)
    return permission(**values)


def write(permission: Permission, names: Names) -> dict[str, str]:
    """How somebody would type it."""
    typed = {}
    for field, place in places(permission.type).items():
        value = getattr(permission, field)
        if FORM[place] == ADDRESS:
            typed[place] = names.labels.get(address_bytes(value), value)
        elif FORM[place] == FUNCTIONS:
            typed[place] = ", ".join(map(function_name, value))
        else:
            typed[place] = _written(permission, value, names)
    return typed


def find_address(text: str, names: Names, field: str = "address") -> str:
    """An address from its name or its hex. InvalidInput if it is neither."""
    known = {label: checksum(address) for address, label in names.labels.items()}
    if text in known:
        return known[text]
    if not text.startswith("0x"):
        fix = f"use an address or one of: {', '.join(known)}."
        raise InvalidInput(f"Nothing here is called {text!r}.", field=field, asked=text, fix=fix)
    return checksum(address_bytes(text, field))


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
    if kind in IN_WEI:
        return int(text.split()[0].replace(",", "")) if text.endswith(" wei") else ether(number)
    token = names.tokens.get(address_bytes(str(address))) if address else None
    return units(number, token.decimals if token else 0)


def _written(permission: Permission, value: int, names: Names) -> str:
    if permission.type in IN_WEI:
        return format_ether(value)
    token = names.tokens.get(address_bytes(permission.address)) if hasattr(permission, "address") else None
    return format_units(value, token.decimals, token.symbol) if token else f"{value:,}"
