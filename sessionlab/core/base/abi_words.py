"""The 32-byte words in which the ABI lays out calldata and user operations."""

from __future__ import annotations

from collections.abc import Sequence

from sessionlab.core.base.addresses import address_bytes


def word(value: int) -> bytes:
    """Encode a number as one word."""
    return value.to_bytes(32, "big")


def pair(high: int, low: int) -> bytes:
    """Pack two 128-bit numbers into one word."""
    return high.to_bytes(16, "big") + low.to_bytes(16, "big")


def address_word(address: str) -> bytes:
    """Encode an address as one word."""
    return bytes(12) + address_bytes(address)


def padded(data: bytes) -> bytes:
    """Encode bytes as their length followed by the bytes, zero-padded to whole words."""
    return word(len(data)) + data + bytes(-len(data) % 32)


def offsets(tails: Sequence[bytes], first: int) -> list[bytes]:
    """Return the offset of each tail, as words, when the tails are concatenated starting at byte ``first``."""
    result = []
    for tail in tails:
        result.append(word(first))
        first += len(tail)
    return result
