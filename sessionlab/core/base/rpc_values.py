"""Values as JSON-RPC spells them: amounts and data in 0x-hex, addresses. What is wrong is named by its path."""

from __future__ import annotations

import re
from typing import Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.errors import InvalidInput

#: Python's own readers take more: signs, spaces, underscores, digits of other scripts.
_HEX = re.compile(r"0x[0-9a-fA-F]*")


def shown(value: Any) -> str:
    """A value in an error, cut short."""
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def address(value: Any, field: str) -> str:
    """An address in any case; a wrong checksum is refused. Returned with its checksum."""
    if not isinstance(value, str):
        fix = "write 0x and 40 hex digits."
        raise InvalidInput(f"{shown(value)} is not an address.", field=field, asked=value, fix=fix)
    return checksum(address_bytes(value, field))


def data(value: Any, field: str) -> bytes:
    """Bytes in 0x-hex."""
    if isinstance(value, str) and len(value) % 2 == 0 and _HEX.fullmatch(value):
        return bytes.fromhex(value[2:])
    fix = "write 0x and an even number of hex digits."
    raise InvalidInput(f"{shown(value)} is not data in 0x-hex.", field=field, asked=value, fix=fix)


def sized_data(value: Any, field: str, size: int) -> bytes:
    """Bytes in 0x-hex, so many of them."""
    found = data(value, field)
    if len(found) != size:
        message, fix = f"This has {len(found)} bytes, not {size}.", f"write 0x and {2 * size} hex digits."
        raise InvalidInput(message, field=field, asked=len(found), left=size, fix=fix)
    return found


def quantity(value: Any, field: str, limit: int = MAX_UINT256) -> int:
    """A number in 0x-hex; leading zeros are fine."""
    if isinstance(value, str) and len(value) > 2 and _HEX.fullmatch(value):
        number = int(value[2:], 16)
        if number <= limit:
            return number
    raise InvalidInput(
        f"{shown(value)} is not a number in 0x-hex of at most {limit.bit_length()} bits.",
        field=field,
        asked=value,
        fix="write it like 0x3e8, which is 1000.",
    )
