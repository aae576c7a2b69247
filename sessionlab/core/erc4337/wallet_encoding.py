"""What a SessionWallet understands: call data, nonce keys, signature envelopes, installs.

These conventions are the production account's (Modular Account v2), as its published packages have them;
``sessionlab/core/contracts/SessionWallet.vy`` is the other side.
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

#: Before the 65 bytes of a signature: the account's own validation (0xff), a key that signs itself (0x00).
SIGNATURE_PREFIX = b"\xff\x00"
#: r, s and v that cost as much to check as real ones, for simulations; and a signature of them.
DUMMY_ECDSA = b"\x01" * 64 + b"\x1b"
DUMMY_SIGNATURE = SIGNATURE_PREFIX + DUMMY_ECDSA
#: What a wallet answers if a signature of it is valid (ERC-1271).
VALID_SIGNATURE = bytes.fromhex("1626ba7e")

Row = tuple[int, str, bytes, int]
"""Kind, target, selector, amount: one elementary right, as the wallet keeps it."""


def call_data(calls: Sequence[Call], *, wallet: str, wrapped: bool) -> bytes:
    """The operation's callData. One call is ``execute``; none or several are ``executeBatch``; a single call of
    the wallet itself is its bare data. ``wrapped`` puts it into ``executeUserOp``, which spend limits need.
    """
    if len(calls) != 1:
        return execute_batch(calls, wrapped=wrapped)
    if address_bytes(calls[0].to) == address_bytes(wallet):
        return _wrap(calls[0].data, wrapped)
    return execute(calls[0], wrapped=wrapped)


def execute(call: Call, *, wrapped: bool) -> bytes:
    """The callData of one call."""
    return _wrap(EXECUTE + _call(call), wrapped)


def execute_batch(calls: Sequence[Call], *, wrapped: bool) -> bytes:
    """The callData of several calls: all happen, or none."""
    return _wrap(EXECUTE_BATCH + word(32) + _batch(calls), wrapped)


def read_calls(bare: bytes) -> list[Call]:
    """The calls in ``execute`` or ``executeBatch`` data; none if it is something else or malformed."""
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
    """The 192-bit key of a nonce: the session's own key, entity id, flags."""
    flags = (GLOBAL_NONCE_KEY if is_global else 0) | (DEFERRED_NONCE_KEY if deferred else 0)
    return nonce_key << 40 | entity_id << 8 | flags


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
    """The call of the wallet that installs a session. ``generation`` counts the revocations of this entity id."""
    values = (entity_id, key, valid_after, valid_until, generation, list(rows))
    return artifact("SessionWallet").encode("installSession", *values)


def uninstall_call(entity_id: int, *, with_hook_data: bool = True) -> bytes:
    """The call of the wallet that revokes a session."""
    return artifact("SessionWallet").encode("uninstallSession", entity_id, with_hook_data)


def deferred_action(*, wallet: str, chain_id: int, nonce: int, deadline: int, call: bytes) -> dict[str, Any]:
    """The typed data (EIP-712) that the owner signs so that the first operation with ``nonce`` installs a session."""
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
REPLAY_SAFE_TYPE = keccak(b"ReplaySafeHash(bytes32 hash)")
DOMAIN_TYPE = keccak(b"EIP712Domain(uint256 chainId,address verifyingContract)")


def deferred_action_hash(*, wallet: str, chain_id: int, nonce: int, deadline: int, call: bytes) -> bytes:
    """The EIP-712 hash of ``deferred_action``, without the detour through its JSON."""
    return _typed(wallet, chain_id, _DEFERRED_TYPE + word(nonce) + word(deadline) + keccak(call))


def replay_safe_hash(*, wallet: str, chain_id: int, digest: bytes) -> bytes:
    """What the owner signs for ERC-1271 in place of ``digest``, so that it counts for one wallet on one chain."""
    return _typed(wallet, chain_id, REPLAY_SAFE_TYPE + digest)


def signature_envelope(signature: bytes) -> bytes:
    """What goes into the operation for the 65 bytes that a key signed."""
    return SIGNATURE_PREFIX + signature


def deferred_envelope(*, deadline: int, call: bytes, owner_signature: bytes, signature: bytes) -> bytes:
    """The first operation's signature: the deferred install and the owner's signature over it in front."""
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


def message_envelope(signature: bytes, entity_id: int = OWNER) -> bytes:
    """An ERC-1271 signature of the wallet."""
    return b"\x00" + entity_id.to_bytes(4, "big") + SIGNATURE_PREFIX + signature


def _typed(wallet: str, chain_id: int, message: bytes) -> bytes:
    domain = keccak(DOMAIN_TYPE + word(chain_id) + address_word(wallet))
    return bytes(keccak(b"\x19\x01" + domain + keccak(message)))


def _call(call: Call) -> bytes:
    return address_word(call.to) + word(call.value) + word(96) + padded(call.data)


def _batch(calls: Sequence[Call]) -> bytes:
    encoded = [_call(call) for call in calls]
    return word(len(calls)) + b"".join(offsets(encoded, 32 * len(calls)) + encoded)
