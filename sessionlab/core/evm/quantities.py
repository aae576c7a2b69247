"""Between JSON-RPC's hex strings and Python's values, strictly (the encoding rules of the execution APIs).

A quantity is 0x-hex without leading zeros; data is 0x-hex with two digits a byte. Reading is one rung more
lenient than writing: leading zeros in a quantity pass, everything else raises InvalidInput that names the
field.
"""

from __future__ import annotations

from typing import Any

from sessionlab.core.base import rpc_values as wire
from sessionlab.core.base.errors import InvalidInput

TAGS = ("latest", "pending", "safe", "finalized", "earliest")


def hex_quantity(value: int) -> str:
    """Spell a number."""
    return hex(value)


def hex_data(value: bytes) -> str:
    """Spell bytes."""
    return "0x" + value.hex()


def hex_word(value: int) -> str:
    """Spell a number as the 32 bytes of a word."""
    return f"0x{value:064x}"


def read_quantity(value: Any, field: str) -> int:
    """Read a number from 0x-hex."""
    return wire.quantity(value, field)


def read_data(value: Any, field: str) -> bytes:
    """Read bytes from 0x-hex."""
    return wire.data(value, field)


def read_address(value: Any, field: str) -> str:
    """Read an address in any case. A wrong checksum passes: nodes do not judge it."""
    if len(read_data(value, field)) != 20:
        fix = "write 0x and 40 hex digits."
        raise InvalidInput(f"{wire.shown(value)} is not an address of 20 bytes.", field=field, asked=value, fix=fix)
    return str(value).lower()


def read_block(value: Any, field: str = "block") -> int | str:
    """Read a tag, a number or a hash; also the object ``{blockNumber}`` or ``{blockHash}`` of EIP-1898."""
    if isinstance(value, dict):
        value = value.get("blockHash") or value.get("blockNumber")
    if value is None:
        return "latest"
    if value in TAGS:
        return str(value)
    if isinstance(value, str) and len(value) == 66:
        return value
    return read_quantity(value, field)
