"""Encoding for a SessionWallet: calldata, nonce keys, signature envelopes and installs.

The conventions are those of the production account (Modular Account v2), taken from its published packages.
``sessionlab/core/contracts/SessionWallet.vy`` implements the contract side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_hash.auto import keccak

from sessionlab.core.base.abi_words import address_word, offsets, padded, word
from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.functions import EXECUTE, EXECUTE_BATCH, EXECUTE_USER_OP

OWNER = 0  # the owner's entity id
GLOBAL_NONCE_KEY, DEFERRED_NONCE_KEY = 1, 2  # flags of a nonce key

#: Precedes a 65-byte signature: the account's own validation (0xff), a key that signs directly (0x00).
SIGNATURE_PREFIX = b"\xff\x00"
#: For simulations: r, s and v that cost as much gas to check as real ones, and a signature made of them.
DUMMY_ECDSA = b"\x01" * 64 + b"\x1b"
DUMMY_SIGNATURE = SIGNATURE_PREFIX + DUMMY_ECDSA
#: What a wallet returns for a valid signature (ERC-1271).
VALID_SIGNATURE = bytes.fromhex("1626ba7e")

Row = tuple[int, str, bytes, int]
"""Kind, target, selector, amount: one elementary grant or limit, as the wallet stores it."""


def call_data(calls: Sequence[Call], *, wallet: str, wrapped: bool) -> bytes:
    """Return the operation's callData. One call becomes ``execute``; zero or several become ``executeBatch``.

    A single call to the wallet itself is just its data. ``wrapped`` wraps it in ``executeUserOp``, which spend limits
    require.
    """
    if len(calls) != 1:
        return execute_batch(calls, wrapped=wrapped)
    if address_bytes(calls[0].to) == address_bytes(wallet):
        return _wrap(calls[0].data, wrapped)
    return execute(calls[0], wrapped=wrapped)


def execute(call: Call, *, wrapped: bool) -> bytes:
    """Return the callData of one call."""
    return _wrap(EXECUTE + _call(call), wrapped)


def execute_batch(calls: Sequence[Call], *, wrapped: bool) -> bytes:
    """Return the callData of several calls. Either all succeed or all revert."""
    return _wrap(EXECUTE_BATCH + word(32) + _batch(calls), wrapped)


def read_calls(bare: bytes) -> list[Call]:
    """Return the calls in ``execute`` or ``executeBatch`` data; empty if it is anything else or malformed."""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    try:
        if bare[:4] == EXECUTE:
            result = [decode(["address", "uint256", "bytes"], bare[4:])]
        elif bare[:4] == EXECUTE_BATCH:
            (result,) = decode(["(address,uint256,bytes)[]"], bare[4:])
        else:
            return []
    except (DecodingError, OverflowError):
        return []
    return [Call(checksum(bytes.fromhex(to[2:])), value, data) for to, value, data in result]


def _wrap(bare: bytes, wrapped: bool) -> bytes:
    return EXECUTE_USER_OP + bare if wrapped else bare


def nonce_key_of(entity_id: int, *, is_global: bool, deferred: bool = False, nonce_key: int = 0) -> int:
    """Return the 192-bit nonce key: the session's own key, the entity id and flags."""
    flags = (GLOBAL_NONCE_KEY if is_global else 0) | (DEFERRED_NONCE_KEY if deferred else 0)
    return nonce_key << 40 | entity_id << 8 | flags


def entity_of(nonce: int) -> int:
    """Return the entity id that a nonce names: 0 for the owner's."""
    return nonce >> 64 + 8 & 2**32 - 1


OWNER_NONCE_KEY = nonce_key_of(OWNER, is_global=True)


def install_call(
    *,
    entity_id: int,
    key: str,
    rows: Sequence[Row],
    valid_after: int = 0,
    valid_until: int = 0,
    generation: int = 0,
) -> bytes:
    """Return the wallet call that installs a session. ``generation`` counts this entity id's revocations."""
    values = (entity_id, key, valid_after, valid_until, generation, list(rows))
    return artifact("SessionWallet").encode("installSession", *values)


def uninstall_call(entity_id: int, *, with_hook_data: bool = True) -> bytes:
    """Return the wallet call that revokes a session."""
    return artifact("SessionWallet").encode("uninstallSession", entity_id, with_hook_data)


def deferred_action(*, wallet: str, chain_id: int, nonce: int, deadline: int, call: bytes) -> dict[str, Any]:
    """Return the EIP-712 data that the owner signs so that the operation with this ``nonce`` installs the session."""
    return {
        "domain": {"chainId": chain_id, "verifyingContract": wallet},
        "types": {
            "DeferredAction": [
                {"name": "nonce", "type": "uint256"},
                {"name": "deadline", "type": "uint48"},
                {"name": "call", "type": "bytes"},
            ]
        },
        "primaryType": "DeferredAction",
        "message": {"nonce": hex(nonce), "deadline": deadline, "call": "0x" + call.hex()},
    }


_DEFERRED_TYPE = keccak(b"DeferredAction(uint256 nonce,uint48 deadline,bytes call)")
DOMAIN_TYPE = keccak(b"EIP712Domain(uint256 chainId,address verifyingContract)")


def deferred_action_hash(*, wallet: str, chain_id: int, nonce: int, deadline: int, call: bytes) -> bytes:
    """Return the EIP-712 hash of ``deferred_action``, computed without building its JSON."""
    return typed_hash(wallet, chain_id, _DEFERRED_TYPE + word(nonce) + word(deadline) + keccak(call))


def signature_envelope(signature: bytes) -> bytes:
    """Return the operation's signature field for a key's 65-byte signature."""
    return SIGNATURE_PREFIX + signature


def deferred_envelope(*, deadline: int, call: bytes, owner_signature: bytes, signature: bytes) -> bytes:
    """Return the first operation's signature: the deferred install and the owner's signature, then the key's."""
    locator = (OWNER << 8 | GLOBAL_NONCE_KEY).to_bytes(21, "big")
    encoded = locator + deadline.to_bytes(6, "big") + call
    owned = b"\x00" + owner_signature
    return (
        len(encoded).to_bytes(4, "big")
        + encoded
        + len(owned).to_bytes(4, "big")
        + owned
        + signature_envelope(signature)
    )


def typed_hash(wallet: str, chain_id: int, message: bytes) -> bytes:
    """Return the EIP-712 hash of an encoded message, in the domain of one wallet on one chain."""
    domain = keccak(DOMAIN_TYPE + word(chain_id) + address_word(wallet))
    return bytes(keccak(b"\x19\x01" + domain + keccak(message)))


def _call(call: Call) -> bytes:
    return address_word(call.to) + word(call.value) + word(96) + padded(call.data)


def _batch(calls: Sequence[Call]) -> bytes:
    encoded = [_call(call) for call in calls]
    return word(len(calls)) + b"".join(offsets(encoded, 32 * len(calls)) + encoded)
