"""What is remembered is what would be computed: tries and hashes come out the same, whoever asks."""

import random

import eth.db.hash_trie
import eth.db.storage
import eth.vm.logic.sha3
import pytest
import trie.hexary
import trie.utils.nodes
from eth_hash.backends.pycryptodome import keccak256 as reference
from rlp.codec import encode_raw

from sessionlab.core.evm import caches as remembered
from sessionlab.core.evm.caches import remember


@pytest.fixture(autouse=True)
def _remembering():
    remember()


def test_hashes_are_keccak():
    draw = random.Random(1)
    for size in [0, 1, 20, 32, 64, 127, 128, 129, 1_000] * 2:
        data = draw.randbytes(size)
        expected = reference(data)
        for hashed in (eth.db.storage.keccak, eth.db.hash_trie.HashTrie.keymap, trie.hexary.keccak):
            assert hashed(data) == hashed(bytearray(data)) == expected


def test_a_node_may_be_changed_by_whoever_asked_for_it():
    encoded = encode_raw([b"\x20", [b"\x01", b"\x02"]])
    first = trie.hexary.decode_node(encoded)
    first[1][0] = b"changed"
    first.append(b"more")
    assert trie.hexary.decode_node(encoded) == [b"\x20", [b"\x01", b"\x02"]]
    assert trie.hexary.decode_node(b"") == b"" and trie.hexary.decode_node([b"a"]) == [b"a"]


def test_tries_agree_with_a_dictionary_and_with_each_other():
    draw, known, one = random.Random(2), {}, trie.hexary.HexaryTrie({})
    for _ in range(400):
        key = draw.randbytes(1) * draw.randrange(1, 4)
        if draw.random() < 0.3:
            known.pop(key, None)
            one.delete(key)
        else:
            known[key] = draw.randbytes(draw.randrange(1, 60))
            one.set(key, known[key])
        assert one.get(key) == known.get(key, b"")
    other = trie.hexary.HexaryTrie({})
    for key in sorted(known, reverse=True):
        other.set(key, known[key])
    assert one.root_hash == other.root_hash


def test_repeating_changes_nothing():
    before = trie.hexary.decode_node, trie.utils.nodes.decode_nibbles, eth.db.storage.keccak
    remember()
    assert (trie.hexary.decode_node, trie.utils.nodes.decode_nibbles, eth.db.storage.keccak) == before


def test_every_place_was_found():
    """A library that moved one would only make the chain slower: here is where that is noticed."""
    places = [trie.hexary.bytes_to_nibbles, trie.utils.nodes.decode_nibbles]
    places += [trie.utils.nodes.remove_nibbles_terminator]
    assert all(hasattr(place, "cache_info") for place in places)
    hashing = (eth.db.storage.keccak, eth.vm.logic.sha3.keccak, trie.hexary.keccak)
    assert {function.__module__ for function in (*hashing, trie.hexary.decode_node)} == {remembered.__name__}
    assert eth.db.hash_trie.HashTrie.keymap is trie.hexary.keccak
    remembered._replace(trie.hexary, "no_such_function", lambda plain: plain)
    assert not hasattr(trie.hexary, "no_such_function")
