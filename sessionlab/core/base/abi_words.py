"""The ABI's words: what call data and user operations are laid out in, 32 bytes each."""

from __future__ import annotations

from collections.abc import Sequence

from sessionlab.core.base.addresses import address_bytes


def word(value: int) -> bytes:
    """A number."""
    return value.to_bytes(32, "big")


def pair(high: int, low: int) -> bytes:
    """Two numbers of 128 bits in one word."""
    return high.to_bytes(16, "big") + low.to_bytes(16, "big")


def address_word(address: str) -> bytes:
    """An address."""
    return bytes(12) + address_bytes(address)


def padded(data: bytes) -> bytes:
    """The length of some bytes, and the bytes, filled up to whole words."""
    return word(len(data)) + data + bytes(-len(data) % 32)


def offsets(tails: Sequence[bytes], first: int) -> list[bytes]:
    """Where each of some tails begins when they stand one after the other from byte ``first`` on."""
    result = []
    for tail in tails:
        result.append(word(first))
        first += len(tail)
    return result
