"""Messages that a wallet signs (ERC-1271): the hash that its owner or a session signs, and the signature's form."""

from __future__ import annotations

from eth_utils.crypto import keccak

from sessionlab.core.erc4337.wallet_encoding import OWNER, SIGNATURE_PREFIX, typed_hash

REPLAY_SAFE_TYPE = keccak(b"ReplaySafeHash(bytes32 hash)")


def replay_safe_hash(*, wallet: str, chain_id: int, digest: bytes) -> bytes:
    """Return the hash that ERC-1271 signs in place of ``digest``. It is valid for one wallet on one chain only."""
    return typed_hash(wallet, chain_id, REPLAY_SAFE_TYPE + digest)


def message_envelope(signature: bytes, entity_id: int = OWNER) -> bytes:
    """Return an ERC-1271 signature for the wallet."""
    return b"\x00" + entity_id.to_bytes(4, "big") + SIGNATURE_PREFIX + signature
