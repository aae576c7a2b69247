"""Read and write JSON-RPC values: quantities, data, addresses and blocks, as the execution APIs define them.

A quantity is 0x-hex without leading zeros, although reading accepts leading zeros. Data is 0x-hex with two digits per
byte. Anything else raises InvalidInput with the value's path as its field.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.errors import InvalidInput

MAX_NONCE = 2**64 - 2  # EIP-2681
TAGS = ("latest", "pending", "safe", "finalized", "earliest")
#: Stricter than int() and bytes.fromhex(), which accept signs, spaces, underscores or non-ASCII digits.
_HEX = re.compile(r"0x[0-9a-fA-F]*")
_LONGEST = 48  # characters of a field's name
_ADDRESS_FIX = "write 0x and 40 hex digits."


# -- writing


def hex_quantity(value: int) -> str:
    """Encode a number as a quantity."""
    return hex(value)


def hex_data(value: bytes) -> str:
    """Encode bytes as data."""
    return "0x" + value.hex()


def hex_word(value: int) -> str:
    """Encode a number as 32 bytes of data."""
    return f"0x{value:064x}"


# -- reading


def plain(value: Any) -> Any:
    """Return a value for an error to keep: itself if it is plain, else its text. An error that keeps it can travel."""
    return value if isinstance(value, bool | int | float | str | None) else shown(value)


def shown(value: Any) -> str:
    """Return a value for an error message, truncated."""
    text = f"a value of {len(value)} bytes" if isinstance(value, bytes) else repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def address(value: Any, field: str) -> str:
    """Read an address in any case and return it with its checksum. Raises InvalidInput for a wrong checksum."""
    return checksum(address_bytes(_text(value, field), field))


def unchecked_address(value: Any, field: str) -> str:
    """Read an address in any case and return it in lower case. Accepts wrong checksums, as nodes do."""
    if not _HEX.fullmatch(_text(value, field)) or len(value) != 42:
        message = f"{shown(value)} is not an address of 20 bytes."
        raise InvalidInput(message, field=field, asked=value, fix=_ADDRESS_FIX)
    return str(value).lower()


def _text(value: Any, field: str) -> str:
    """Return an address as it was written. Anything but text is not shown: it could be a private key."""
    if isinstance(value, str):
        return value
    message = "An address is missing." if value is None else f"A {type(value).__name__} is not an address."
    raise InvalidInput(message, field=field, fix=_ADDRESS_FIX)


def an_object(value: Any, field: str, known: Collection[str], where: str | None = None) -> Mapping[str, Any]:
    """Return a JSON object that has no field but these. One that is not known is refused by its name, not dropped.

    ``where`` is the path of its fields, ``field.`` by default. Raises InvalidInput.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{shown(value)} is not an object.", field=field, asked=plain(value), fix="write {…}.")
    for name in value:
        if name not in known and value[name] is not None:
            told = short(name)
            path, message = f"{field}." if where is None else where, f"{shown(told)} is not a known field here."
            fix = meant(name, known)
            raise InvalidInput(message, field=f"{path}{told}" or "''", asked=plain(value[name]), fix=fix)
    return value


def short(name: str) -> str:
    """Return a name that nobody knows, for an error message: a long one could be a private key."""
    return name if len(name) <= _LONGEST else f"{name[:8]}…"


def meant(name: str, known: Collection[str]) -> str:
    """Return the fix for a name that is not known."""
    close = get_close_matches(name, known, n=1) or [
        field for field in known if len(field) > 2 and name.startswith(field)
    ]
    return f"did you mean {close[0]!r}?" if close else f"leave it out; there are: {', '.join(known)}."


def data(value: Any, field: str) -> bytes:
    """Read data of any length."""
    if isinstance(value, str) and len(value) % 2 == 0 and _HEX.fullmatch(value):
        return bytes.fromhex(value[2:])
    fix = "write 0x and an even number of hex digits."
    raise InvalidInput(f"{shown(value)} is not data in 0x-hex.", field=field, asked=value, fix=fix)


def sized_data(value: Any, field: str, size: int) -> bytes:
    """Read data of exactly ``size`` bytes."""
    result = data(value, field)
    if len(result) != size:
        message, fix = f"This has {len(result)} bytes, not {size}.", f"write 0x and {2 * size} hex digits."
        raise InvalidInput(message, field=field, asked=len(result), left=size, fix=fix)
    return result


def flag(value: Any, field: str) -> bool:
    """Read true or false; a missing value is false."""
    if value is not None and not isinstance(value, bool):
        message = f"{shown(value)} is neither true nor false."
        raise InvalidInput(message, field=field, asked=plain(value), fix="send one of them.")
    return bool(value)


def quantity(value: Any, field: str, limit: int = MAX_UINT256) -> int:
    """Read a quantity up to ``limit``. Leading zeros are accepted."""
    if isinstance(value, str) and len(value) > 2 and _HEX.fullmatch(value):
        number = int(value[2:], 16)
        if number <= limit:
            return number
    message = f"{shown(value)} is not a number in 0x-hex of at most {limit.bit_length()} bits."
    raise InvalidInput(message, field=field, asked=value, fix="write it like 0x3e8, which is 1000.")


def block_id(value: Any, field: str = "block") -> int | str:
    """Read a block's tag, number or hash, or the object ``{blockNumber}`` or ``{blockHash}`` of EIP-1898."""
    if isinstance(value, Mapping):
        named = an_object(value, field, ("blockHash", "blockNumber", "requireCanonical"))
        flag(named.get("requireCanonical"), f"{field}.requireCanonical")
        given = [named[name] for name in ("blockHash", "blockNumber") if named.get(name) is not None]
        if len(given) != 1:
            raise InvalidInput("A block has blockHash or blockNumber.", field=field, fix="send one of them.")
        if named.get("blockHash") is not None:
            return hex_data(sized_data(given[0], f"{field}.blockHash", 32))
        value = given[0]
    if value is None:
        return "latest"
    if value in TAGS:
        return str(value)
    if isinstance(value, str) and len(value) == 66:
        return value
    try:
        return quantity(value, field)
    except InvalidInput as error:
        error.fix = f"write a number like 0x3e8, a block's hash, or one of {', '.join(TAGS)}."
        raise
