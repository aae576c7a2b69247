"""Signing keys for owners, sessions and sponsors. The private key is never displayed.

>>> from sessionlab.core.base.keys import derive_key
>>> derive_key(0, "owner")
<Key 0xCc50cbda1D6DCEecb8EDe134dE4cC2F297111aB3>
"""

from __future__ import annotations

import re
import secrets
from functools import cached_property
from typing import TYPE_CHECKING, Any

from eth_hash.auto import keccak

from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.amounts import as_index
from sessionlab.core.base.doors import BYTES, kind, reads
from sessionlab.core.base.errors import InvalidInput, Stays
from sessionlab.core.base.frozen import Frozen

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from sessionlab.core.base.secp256k1 import PrivateKey

MOST_TYPED = 5_000_000  # characters of the types times values of a message: each value hashes the names of its types
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Key(Frozen, Stays):
    """A secp256k1 key. Its repr, str and errors show only the address.

    ``key.private`` returns the 32 secret bytes; nothing else reveals them.
    """

    __slots__ = ("__dict__", "_secret")
    _frozen, _fix = True, "make another key."
    _instead = (
        "to use it elsewhere, hand over key.private, the secret itself, and turn it back into a key with sl.Key(…)."
    )

    def __init__(self, private: bytes) -> None:
        if not isinstance(private, bytes) or len(private) != 32:
            private = b""  # no frame of a traceback keeps it
            fix = "make one with new_key(), or with Key(bytes.fromhex('…')) from 64 hex digits."
            raise InvalidInput("A private key is 32 bytes.", field="private", fix=fix)
        if not 0 < int.from_bytes(private, "big") < CURVE_ORDER:
            private = b""
            raise InvalidInput("This is not a key of secp256k1.", field="private", fix="make one with new_key().")
        self._secret = private

    def __repr__(self) -> str:
        return f"<Key {self.address}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and other._secret == self._secret

    def __hash__(self) -> int:
        return hash(self.address)

    @property
    def private(self) -> bytes:
        """The 32 bytes of the private key."""
        return self._secret

    @cached_property
    def _signer(self) -> PrivateKey:
        from sessionlab.core.base.secp256k1 import PrivateKey

        return PrivateKey(self._secret)

    @cached_property
    def address(self) -> ChecksumAddress:
        """The key's account address, with its EIP-55 checksum."""
        return checksum(keccak(self._signer.public_key.format(compressed=False)[1:])[12:])

    def sign_hash(self, digest: bytes) -> bytes:
        """Sign 32 bytes without hashing them; returns 65 bytes r, s, v (27 or 28). RFC 6979, low s (EIP-2)."""
        if not isinstance(digest, bytes) or len(digest) != 32:
            fix = "sign_message() signs bytes of any length."
            raise InvalidInput("A hash is 32 bytes.", field="digest", asked=type(digest).__name__, fix=fix)
        signature = self._signer.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes([27 + signature[64]])

    @reads(raw=BYTES)
    def sign_message(self, raw: bytes) -> bytes:
        """Sign raw bytes as ``personal_sign`` does (EIP-191)."""
        return self.sign_hash(personal_hash(raw))

    def sign_typed_data(self, typed_data: dict[str, Any]) -> bytes:
        """Sign EIP-712 typed data, given in the JSON format of ``eth_signTypedData_v4``.

        Raises InvalidInput if a member of a type is missing, or if there is one that no type names.
        """
        try:
            for member, kind in (("message", typed_data["primaryType"]), ("domain", "EIP712Domain")):
                _check_members(typed_data["types"], kind, typed_data[member], member)
            if (length := len(str(typed_data["types"]))) * _size(typed_data["message"]) > MOST_TYPED:
                raise ValueError(f"types of {length:,} characters take too long for so large a message")
            digest = typed_data_hash(typed_data)
        except Exception as error:  # the encoder raises many types for malformed data
            message = f"This is not complete typed data (EIP-712): {type(error).__name__}: {str(error)[:120]}."
            fix = "give domain, types, primaryType and message, with every member of their types and no other."
            raise InvalidInput(message, field="typed_data", fix=fix) from None
        return self.sign_hash(digest)


KEY = kind(Key, "a Key", "make one with new_key(), or with Key(bytes.fromhex('…')) from 64 hex digits.")


def new_key(seed: int | str | None = None) -> Key:
    """Create a random key, or always the same key for a given ``seed`` (for tests and lessons, never for funds).

    Raises InvalidInput for the text of a private key, which is not a seed.
    """
    if seed is None:
        return Key((secrets.randbelow(CURVE_ORDER - 1) + 1).to_bytes(32, "big"))
    if isinstance(seed, str) and re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", seed.strip()):
        seed, fix = "", "Key(bytes.fromhex('…')) makes the key of 64 hex digits, without 0x."
        raise InvalidInput("A seed is a number or a word, not a private key.", field="seed", fix=fix)
    if not isinstance(seed, str) and as_index(seed) is None:
        fix = "give a number or a word, such as new_key(1); Key(…) makes the key of 32 bytes."
        raise InvalidInput(f"A seed is not of type {type(seed).__name__}.", field="seed", fix=fix)
    return derive_key(seed, "key")


def derive_key(seed: int | str, role: str) -> Key:
    """Return the key for a role in a lab with this seed."""
    return Key(keccak(f"sessionlab {seed} {role}".encode()))


def personal_hash(raw: bytes) -> bytes:
    """Return the hash that ``personal_sign`` signs for raw bytes (EIP-191, version 0x45)."""
    return bytes(keccak(b"\x19Ethereum Signed Message:\n" + str(len(raw)).encode() + raw))


def typed_data_hash(typed_data: dict[str, Any]) -> bytes:
    """Return the EIP-712 hash of typed data."""
    from eth_account.messages import _hash_eip191_message, encode_typed_data

    return bytes(_hash_eip191_message(encode_typed_data(full_message=typed_data)))


def _size(value: Any) -> int:
    """Return how many values a message has."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_size, parts))


def _check_members(types: Any, kind: str, value: Any, path: str) -> None:
    """Raise KeyError unless a value has all members of its type and no others, and so have those inside it."""
    if kind.endswith("]"):
        for number, item in enumerate(value):
            _check_members(types, kind.rpartition("[")[0], item, f"{path}[{number}]")
    elif kind in types and value is not None:
        if different := {member["name"] for member in types[kind]} ^ set(value):
            raise KeyError(f"{path}.{min(different)} is missing, or not in its type")
        for member in types[kind]:
            _check_members(types, member["type"], value[member["name"]], f"{path}.{member['name']}")
