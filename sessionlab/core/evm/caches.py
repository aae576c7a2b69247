"""Pure functions under the state, remembered: keccak of what the EVM and its tries hash, and trie nodes.

One operation hashes the same addresses and slots, and walks the same tries, as the one before it: two of
three hashes and most nodes were there already. These are functions of bytes alone, so an answer that is
remembered is the answer; how many are remembered is bounded. Only the places that hash state are touched:
nothing of a key passes through them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

SHORT = 128  # bytes; longer inputs are mostly new
ENTRIES = 8_192

_done: list[bool] = []


def remember() -> None:
    """Put the remembering functions in the place of the plain ones. Repeating is safe.

    Where a newer library has moved one, the chain is slower and otherwise the same.
    """
    import eth.db.hash_trie
    import eth.db.storage
    import eth.vm.logic.sha3
    import trie.hexary
    import trie.utils.nodes
    from eth_hash.auto import keccak

    if _done:
        return
    _done.append(True)
    hashed = _remembering_short(keccak)
    for module in (eth.db.storage, eth.vm.logic.sha3, trie.hexary):
        _replace(module, "keccak", lambda _: hashed)
    _replace(eth.db.hash_trie.HashTrie, "keymap", lambda _: staticmethod(hashed))
    _replace(trie.hexary, "bytes_to_nibbles", lru_cache(ENTRIES))
    _replace(trie.hexary, "decode_node", _remembering_nodes)
    for name in ("decode_nibbles", "remove_nibbles_terminator"):
        _replace(trie.utils.nodes, name, lru_cache(ENTRIES))


def _replace(where: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    if hasattr(where, name):
        setattr(where, name, wrap(getattr(where, name)))


def _remembering_short(plain: Any) -> Any:
    known = lru_cache(ENTRIES)(plain)

    def hashed(data: bytes | bytearray) -> bytes:
        found: bytes = plain(data) if len(data) > SHORT else known(bytes(data))
        return found

    return hashed


def _remembering_nodes(plain: Any) -> Any:
    """Decode each node once. Its lists are the caller's to change, so each caller gets a copy."""
    known = lru_cache(ENTRIES)(plain)

    def decode_node(encoded: Any) -> Any:
        if not isinstance(encoded, bytes):
            return plain(encoded)
        found = known(encoded)
        return _copied(found) if isinstance(found, list) else found

    return decode_node


def _copied(node: list[Any]) -> list[Any]:
    return [_copied(item) if isinstance(item, list) else item for item in node]
