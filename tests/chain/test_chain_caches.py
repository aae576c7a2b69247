"""What is cached is what would be computed; only a chain switches the caches on."""

import gc
import random
import subprocess
import sys
import weakref

import eth.vm.logic.sha3
import pytest
import trie.hexary
import trie.utils.nodes
from eth_hash.backends.pycryptodome import keccak256 as reference
from rlp.codec import encode_raw

from sessionlab.core.evm import caches


@pytest.fixture(autouse=True)
def _caching():
    caches.enable_caches()


def test_hashes_are_keccak():
    draw = random.Random(1)
    for size in [0, 1, 20, 32, 64, 127, 128, 129, 1_000] * 2:
        data = draw.randbytes(size)
        hashed = eth.vm.logic.sha3.keccak
        assert hashed(data) == hashed(bytearray(data)) == reference(data)


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


def test_a_trie_is_not_kept():
    """The library's own cache kept the tries that asked it, and with them the databases that they were opened on."""

    class Database(dict):
        """A dictionary that can be referred to weakly."""

    database = Database()
    done, kept = trie.hexary.HexaryTrie(database, prune=True), weakref.ref(database)
    for key in range(40):
        done.set(key.to_bytes(2, "big"), bytes(40))
    del done, database
    gc.collect()
    assert kept() is None


def test_every_place_was_found():
    """A library that moved one would only make the chain slower: here is where that is noticed."""
    assert all(
        hasattr(place, "cache_info") for place in (trie.hexary.bytes_to_nibbles, trie.utils.nodes.decode_nibbles)
    )
    assert {place.__module__ for place in (eth.vm.logic.sha3.keccak, trie.hexary.decode_node)} == {caches.__name__}


def test_repeating_changes_nothing():
    before = trie.hexary.decode_node, trie.utils.nodes.decode_nibbles, eth.vm.logic.sha3.keccak
    caches.enable_caches()
    assert (trie.hexary.decode_node, trie.utils.nodes.decode_nibbles, eth.vm.logic.sha3.keccak) == before


WATCHED = """
import sys

import eth.vm.forks.prague, eth_account, eth_keys, rlp, trie.hexary, web3

LIBRARIES = {"eth", "eth_account", "eth_hash", "eth_keys", "eth_utils", "py_ecc", "rlp", "trie", "web3"}


def functions():
    found = {}
    for module in [module for name, module in sys.modules.items() if name.partition(".")[0] in LIBRARIES]:
        owners = [module, *(value for value in vars(module).values() if isinstance(value, type))]
        for owner in owners:
            for name, value in list(vars(owner).items()):
                if callable(value) or isinstance(value, (staticmethod, classmethod, property)):
                    found[f"{module.__name__}.{name}" if owner is module else (owner, name)] = value
    return found


def patched():
    now = functions()
    return sorted(str(place) for place, value in before.items() if now.get(place) is not value)


before = functions()
import sessionlab, sessionlab.core.evm, sessionlab.core.evm.engine

assert len(before) > 1_000 and patched() == [], patched()
sessionlab.core.evm.Chain({})
assert patched() == [
    "(<class 'eth.db.hash_trie.HashTrie'>, 'keymap')",
    "(<class 'trie.hexary.HexaryTrie'>, '_node_to_db_mapping')",
    "eth.db.storage.keccak",
    "eth.vm.logic.sha3.keccak",
    "trie.hexary.bytes_to_nibbles",
    "trie.hexary.decode_node",
    "trie.hexary.keccak",
    "trie.utils.nodes.decode_nibbles",
], patched()
"""

DEFERRED = """
import sys

import sessionlab, sessionlab.core.evm
from sessionlab.core.evm.fast_imports import SLOW_MODULES

foreign = {name for name, module in sys.modules.items() if type(module).__module__.startswith("sessionlab")}
assert foreign == set(SLOW_MODULES), foreign
"""


@pytest.mark.parametrize("script", [WATCHED, DEFERRED], ids=["until a chain is made", "but for the pairing tables"])
def test_importing_patches_no_library(script):
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
