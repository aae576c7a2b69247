"""Encode a block as bytes.

RLP of headers and receipts, their tries and blooms (yellow paper 4.3, EIP-2718, Prague).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from eth_hash.auto import keccak
from rlp.codec import encode_raw  # type: ignore[import-untyped]

EMPTY_LIST_HASH = keccak(encode_raw([]))  # ommers: none
EMPTY_TRIE_ROOT = keccak(encode_raw(b""))
NO_REQUESTS_HASH = bytes.fromhex(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)  # sha256 of nothing

RawLog = tuple[bytes, tuple[int, ...], bytes]
"""Address, topics and data: a log as the EVM emits it."""


def number(value: int) -> bytes:
    """Encode a number for RLP: big-endian without leading zeros, 0 as the empty string."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def bloom_of(logs: Iterable[RawLog]) -> int:
    """Fold the addresses and topics of logs into a 2048-bit filter."""
    bloom = 0
    for address, topics, _ in logs:
        bloom |= bloom_bits(address)
        for topic in topics:
            bloom |= bloom_bits(topic.to_bytes(32, "big"))
    return bloom


@lru_cache(4096)
def bloom_bits(item: bytes) -> int:
    """Return the three bloom bits of an address or topic."""
    digest = keccak(item)
    bits = 0
    for i in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[i : i + 2], "big") & 2047)
    return bits


def receipt_bytes(kind: int, status: int, cumulative_gas: int, bloom: int, logs: Sequence[RawLog]) -> bytes:
    """Encode a receipt; a typed transaction's receipt starts with its type."""
    entries = [[address, [t.to_bytes(32, "big") for t in topics], data] for address, topics, data in logs]
    body = encode_raw([number(status), number(cumulative_gas), bloom.to_bytes(256, "big"), entries])
    return bytes([kind] if kind else b"") + bytes(body)


def trie_root(items: Sequence[bytes]) -> bytes:
    """Return the root of the trie that maps each index to its item."""
    if not items:
        return EMPTY_TRIE_ROOT
    if len(items) == 1:  # one leaf: its path is the nibbles of rlp(0) = 0x80, of even length
        return keccak(encode_raw([b"\x20\x80", items[0]]))
    from trie.hexary import HexaryTrie

    trie = HexaryTrie({})
    for index, item in enumerate(items):
        trie[encode_raw(number(index))] = item
    return bytes(trie.root_hash)


def header_bytes(
    *,
    parent_hash: bytes,
    coinbase: bytes,
    state_root: bytes,
    transactions_root: bytes,
    receipts_root: bytes,
    bloom: int,
    block_number: int,
    gas_limit: int,
    gas_used: int,
    timestamp: int,
    extra_data: bytes,
    mix_hash: bytes,
    base_fee: int,
) -> bytes:
    """Encode a Prague header without withdrawals, blobs or requests. Its keccak is the block's hash."""
    fields: list[Any] = [parent_hash, EMPTY_LIST_HASH, coinbase, state_root, transactions_root, receipts_root]
    fields += [bloom.to_bytes(256, "big"), b"", number(block_number), number(gas_limit), number(gas_used)]
    fields += [number(timestamp), extra_data, mix_hash, bytes(8), number(base_fee), EMPTY_TRIE_ROOT]
    fields += [b"", b"", bytes(32), NO_REQUESTS_HASH]
    return bytes(encode_raw(fields))


def block_size(header: bytes, transactions: Sequence[bytes]) -> int:
    """Return the size in bytes of the whole block: header and transactions, no ommers, no withdrawals."""
    typed = [t if t[0] >= 0xC0 else encode_raw(t) for t in transactions]
    body = len(header) + _with_prefix(sum(map(len, typed))) + 2
    return _with_prefix(body)


def _with_prefix(length: int) -> int:
    return length + 1 if length < 56 else length + 1 + len(number(length))
