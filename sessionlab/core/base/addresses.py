"""Parse addresses and hashes: accept every valid spelling and return a single form."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, cast

from sessionlab.core.base.errors import InvalidInput

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress


class HasAddress(Protocol):
    """A wallet, a key or a contract."""

    @property
    def address(self) -> str: ...  # noqa: D102


Address = str | bytes | HasAddress
"""20 bytes, 0x-hex in any case, or what has an address. Mixed-case hex must carry a valid EIP-55 checksum."""

ZERO_ADDRESS, ZERO_HASH = "0x" + "00" * 20, "0x" + "00" * 32
#: What may be the name of an address: no hex without 0x, which may be a private key.
_NAME = re.compile(r"(?![0-9a-fA-F]{32,}$)[^\W\d][\w .-]{0,39}")


def address_bytes(address: Address, field: str = "address") -> bytes:
    """Return an address, or that of a wallet, key or contract, as 20 bytes. Raises InvalidInput for a wrong one."""
    if isinstance(address, str):
        return _parse(address, field)
    if isinstance(address, bytes) and len(address) == 20:
        return bytes(address)
    if isinstance(held := getattr(address, "address", None), str):
        return _parse(held, field)
    raise _malformed(address, field)


def is_name(value: object) -> bool:
    """Whether a value may be the name of an address, such as ``counter``."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


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
    is_session = hasattr(address, "wallet")
    fix = "give its .wallet or its .key." if is_session else "write 0x and 40 hex digits, or give 20 bytes."
    return InvalidInput(
        f"{asked!r} is not an address." if isinstance(address, str) else f"This is {asked}, not an address.",
        field=field,
        asked=asked,
        fix=fix,
    )
