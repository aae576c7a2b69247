"""The values of JSON-RPC: quantities, data, addresses and blocks, read strictly and written as the execution APIs write
them. The numbers and bytes that enter the chain are checked here too.

A quantity is 0x-hex without leading zeros; data is 0x-hex with two digits a byte. Reading allows leading zeros in a
quantity. Everything else raises InvalidInput, which names the value by its path.
"""

from __future__ import annotations

import re
from typing import Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.errors import InvalidInput

MAX_NONCE = 2**64 - 2  # EIP-2681
TAGS = ("latest", "pending", "safe", "finalized", "earliest")
#: Python's own readers take more: signs, spaces, underscores, digits of other scripts.
_HEX = re.compile(r"0x[0-9a-fA-F]*")
_ADDRESS_FIX = "write 0x and 40 hex digits."


# -- writing


def hex_quantity(value: int) -> str:
    """A number in 0x-hex."""
    return hex(value)


def hex_data(value: bytes) -> str:
    """Bytes in 0x-hex."""
    return "0x" + value.hex()


def hex_word(value: int) -> str:
    """A number as the 32 bytes of a word."""
    return f"0x{value:064x}"


# -- reading


def shown(value: Any) -> str:
    """A value in an error, cut short."""
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def address(value: Any, field: str) -> str:
    """An address in any case; a wrong checksum is refused. Returned with its checksum."""
    if not isinstance(value, str):
        raise InvalidInput(f"{shown(value)} is not an address.", field=field, asked=value, fix=_ADDRESS_FIX)
    return checksum(address_bytes(value, field))


def unchecked_address(value: Any, field: str) -> str:
    """An address in any case, returned in lower case. A wrong checksum passes: nodes do not check it."""
    if len(data(value, field)) != 20:
        message = f"{shown(value)} is not an address of 20 bytes."
        raise InvalidInput(message, field=field, asked=value, fix=_ADDRESS_FIX)
    return str(value).lower()


def data(value: Any, field: str) -> bytes:
    """Bytes in 0x-hex."""
    if isinstance(value, str) and len(value) % 2 == 0 and _HEX.fullmatch(value):
        return bytes.fromhex(value[2:])
    fix = "write 0x and an even number of hex digits."
    raise InvalidInput(f"{shown(value)} is not data in 0x-hex.", field=field, asked=value, fix=fix)


def sized_data(value: Any, field: str, size: int) -> bytes:
    """Bytes in 0x-hex, so many of them."""
    result = data(value, field)
    if len(result) != size:
        message, fix = f"This has {len(result)} bytes, not {size}.", f"write 0x and {2 * size} hex digits."
        raise InvalidInput(message, field=field, asked=len(result), left=size, fix=fix)
    return result


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


def block_id(value: Any, field: str = "block") -> int | str:
    """A block by its tag, number or hash, or by the object ``{blockNumber}`` or ``{blockHash}`` of EIP-1898."""
    if isinstance(value, dict):
        value = value.get("blockHash") or value.get("blockNumber")
    if value is None:
        return "latest"
    if value in TAGS:
        return str(value)
    if isinstance(value, str) and len(value) == 66:
        return value
    return quantity(value, field)


# -- checking


def check_number(value: Any, field: str, limit: int = MAX_UINT256) -> None:
    """Raise InvalidInput, naming the field, unless the value is an int from 0 to the limit."""
    if not isinstance(value, int) or not 0 <= value <= limit:
        fix = f"give a whole number of at most {limit.bit_length()} bits."
        raise InvalidInput(
            f"{value!r} is not a number from 0 to {limit}.", field=field, asked=value, left=limit, fix=fix
        )


def check_bytes(value: Any, field: str) -> None:
    """Raise InvalidInput, naming the field, unless the value is bytes."""
    if not isinstance(value, bytes):
        kind = type(value).__name__
        raise InvalidInput(f"{field} is bytes, not {kind}.", field=field, asked=kind, fix="give bytes.")
