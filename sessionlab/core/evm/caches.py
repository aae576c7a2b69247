"""Caches for pure functions of py-evm and its tries, enabled when the first chain is created.

Consecutive operations hash the same slots and walk the same tries; without these caches, which patch third-party
modules, an operation takes about 15% longer. They are bounded in size and never see private keys. Two labs in two
threads gain more: each hash lets go of the interpreter's lock, and the threads wait for each other.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

SHORT = 600  # bytes: the longest node of a trie; longer inputs are mostly new
ENTRIES = 1_024  # of each cache; an operation takes the same time with 512 and with 8,192


@cache
def enable_caches() -> None:
    """Enable the caches in this process. If a newer library has moved a function, chains are only slower."""
    import eth.db.hash_trie
    import eth.db.storage
    import eth.vm.logic.sha3
    import trie.hexary
    import trie.utils.nodes

    hexary_trie = trie.hexary.HexaryTrie
    places: tuple[tuple[Any, str, Any], ...] = (
        (eth.db.hash_trie.HashTrie, "keymap", lambda plain: staticmethod(_caching_short(plain))),
        (eth.db.storage, "keccak", _caching_short),
        (eth.vm.logic.sha3, "keccak", _caching_short),
        (trie.hexary, "keccak", _caching_short),
        (trie.hexary, "bytes_to_nibbles", lru_cache(ENTRIES)),
        (trie.hexary, "decode_node", _caching_nodes),
        # The library's own cache keeps 4,096 nodes, each with the trie that asked, and that with its database.
        (hexary_trie, "_node_to_db_mapping", lambda plain: getattr(hexary_trie, "_create_node_to_db_mapping", plain)),
        (trie.utils.nodes, "decode_nibbles", lru_cache(ENTRIES)),
    )
    for module, name, caching in places:
        if hasattr(module, name):
            setattr(module, name, caching(getattr(module, name)))


def _caching_short(plain: Any) -> Any:
    known = lru_cache(ENTRIES)(plain)

    def keccak(data: bytes | bytearray) -> bytes:
        digest: bytes = plain(data) if len(data) > SHORT else known(bytes(data))
        return digest

    return keccak


def _caching_nodes(plain: Any) -> Any:
    """Decode each node once. Each caller gets a copy of its lists, because callers may modify them."""
    known = lru_cache(ENTRIES)(plain)

    def decode_node(encoded: Any) -> Any:
        if not isinstance(encoded, bytes):
            return plain(encoded)
        node = known(encoded)
        return _copied(node) if isinstance(node, list) else node

    return decode_node


def _copied(node: list[Any]) -> list[Any]:
    return [_copied(item) if isinstance(item, list) else item for item in node]
