"""Parse addresses and hashes: accept every valid spelling and return a single form."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, cast

from sessionlab.core.base.errors import InvalidInput

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

Address = str | bytes
"""20 bytes, or 0x-hex in any case. Mixed-case hex must carry a valid EIP-55 checksum."""


class HasAddress(Protocol):
    """A wallet, a key or anything else with an address."""

    @property
    def address(self) -> str:
        """Its address."""


AddressLike = Address | HasAddress
"""Whatever stands for an address in Python."""

ZERO_ADDRESS, ZERO_HASH = "0x" + "00" * 20, "0x" + "00" * 32


def address_bytes(address: Address, field: str = "address") -> bytes:
    """Return an address as 20 bytes. Raises InvalidInput for a wrong length, digit or checksum."""
    if isinstance(address, str):
        return _parse(address, field)
    if isinstance(address, bytes) and len(address) == 20:
        return bytes(address)
    raise _malformed(address, field)


@lru_cache(4096)
def _parse(address: str, field: str) -> bytes:
    try:
        raw = bytes.fromhex(address[2:])
    except ValueError:
        raise _malformed(address, field) from None
    if not address.startswith("0x") or len(address) != 42 or len(raw) != 20:
        raise _malformed(address, field)
    digits = address[2:]
    if digits not in (digits.lower(), digits.upper()) and checksum(raw) != address:
        raise InvalidInput(
            f"{address} has a wrong checksum.",
            field=field,
            asked=address,
            fix=f"write {checksum(raw)}, if you mean it.",
        )
    return raw


@lru_cache(4096)
def checksum(address: bytes) -> ChecksumAddress:
    """Return 20 bytes as 0x-hex with the EIP-55 checksum."""
    from eth_hash.auto import keccak

    digits = address.hex()
    marks = keccak(digits.encode()).hex()
    return cast(
        "ChecksumAddress",
        "0x" + "".join(d.upper() if int(m, 16) >= 8 else d for d, m in zip(digits, marks, strict=False)),
    )


def hash_bytes(value: str | bytes, field: str = "hash") -> bytes:
    """Return a hash, given as bytes or 0x-hex, as bytes. Raises InvalidInput unless it has 32 bytes."""
    try:
        raw = bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else value
    except ValueError:
        raw = b""
    if not isinstance(raw, bytes) or len(raw) != 32:  # bytes(n) would return n zero bytes
        fix = "write 0x and 64 hex digits, or give 32 bytes."
        raise InvalidInput("A hash is 32 bytes of 0x-hex.", field=field, asked=str(value)[:80], fix=fix)
    return bytes(raw)


def _malformed(address: object, field: str) -> InvalidInput:
    asked = address[:80] if isinstance(address, str) else f"a value of type {type(address).__name__}"
    return InvalidInput(
        f"{asked!r} is not an address." if isinstance(address, str) else f"This is {asked}, not an address.",
        field=field,
        asked=asked,
        fix="write 0x and 40 hex digits, or give 20 bytes.",
    )
