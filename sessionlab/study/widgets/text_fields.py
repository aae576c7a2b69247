"""Convert between a permission and typed text: names for addresses, amounts with units, comma-separated functions."""

from __future__ import annotations

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.amounts import ether, format_ether, format_units, units
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.fields import ADDRESS, AMOUNT, FUNCTIONS
from sessionlab.core.permissions.functions import function_name
from sessionlab.core.permissions.limits import LIMITS, WEI
from sessionlab.core.permissions.types import PERMISSION_TYPES, Permission


def places(kind: str) -> dict[str, str]:
    """Map each field of a permission type to its field in the form: all amounts share one, and so do functions."""
    fields = PERMISSION_TYPES[kind].fields()
    return {name: name if form == ADDRESS else form for name, form in fields.items()}


def _form() -> dict[str, str]:
    result: dict[str, str] = {}
    for kind in PERMISSION_TYPES.values():
        result |= {index: kind.fields()[name] for name, index in places(kind.type).items()}
    order = (ADDRESS, AMOUNT, FUNCTIONS)
    return dict(sorted(result.items(), key=lambda item: order.index(item[1])))


#: Every field of the form, with the form of its value.
FORM = _form()
#: The types whose amount is typed and shown in ether.
IN_WEI = frozenset(limit.permission for limit in LIMITS.values() if limit.unit == WEI)


def read(kind: str, typed: dict[str, str], names: AddressBook) -> Permission:
    """Return the permission that was typed. Raises InvalidInput, which names the field that cannot be read."""
    permission = PERMISSION_TYPES[kind]
    values: dict[str, object] = {}
    for field, index in places(kind).items():
        text = typed.get(index, "").strip()
        if FORM[index] == ADDRESS:
            values[field] = find_address(text, names, field)
        elif FORM[index] == FUNCTIONS:
            values[field] = split_functions(text)
        else:
            values[field] = _amount(kind, text, values.get("address"), names)
    return permission(**values)


def write(permission: Permission, names: AddressBook) -> dict[str, str]:
    """Return the text that a user would type for a permission."""
    typed = {}
    for field, address in places(permission.type).items():
        value = getattr(permission, field)
        if FORM[address] == ADDRESS:
            typed[address] = names.labels.get(address_bytes(value), value)
        elif FORM[address] == FUNCTIONS:
            typed[address] = ", ".join(map(function_name, value))
        else:
            typed[address] = _written(permission, value, names)
    return typed


def find_address(text: str, names: AddressBook, field: str = "address") -> str:
    """Return an address from its name or hex. Raises InvalidInput if the text is neither."""
    return checksum(address_bytes(text, field)) if text.startswith("0x") else names.address_of(text, field)


def split_functions(text: str) -> list[str]:
    """Split signatures at commas, except those inside brackets."""
    result, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            result.append("")
        else:
            result[-1] += letter
    return [item.strip() for item in result if item.strip()]


def _amount(kind: str, text: str, address: object, names: AddressBook) -> int:
    """Read ether, or whole tokens if their decimals are known, else base units; a trailing unit is ignored."""
    number = text.partition(" ")[0].replace(",", "")
    if kind in IN_WEI:
        return int(text.split()[0].replace(",", "")) if text.endswith(" wei") else ether(number)
    token = names.tokens.get(address_bytes(str(address))) if address else None
    return units(number, token.decimals if token else 0)


def _written(permission: Permission, value: int, names: AddressBook) -> str:
    if permission.type in IN_WEI:
        return format_ether(value)
    token = names.tokens.get(address_bytes(permission.address)) if hasattr(permission, "address") else None
    return format_units(value, token.decimals, token.symbol) if token else f"{value:,}"
