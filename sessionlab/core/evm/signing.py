"""Fast signing: turn a key and transaction fields into a signed transaction, without going through JSON.

Keys are a Key or its 32 bytes, and stay with the caller: nothing here stores, prints or caches them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eth.vm.forks.prague.transactions import Authorization as RawAuthorization
from eth.vm.forks.prague.transactions import PragueTransactionBuilder
from eth_hash.auto import keccak
from rlp.codec import encode_raw  # type: ignore[import-untyped]

from sessionlab.core.base.addresses import Address, address_bytes, checksum
from sessionlab.core.base.doors import reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.keys import Key
from sessionlab.core.evm.encoding import number
from sessionlab.core.evm.records import Authorization

if TYPE_CHECKING:
    from eth.abc import SignedTransactionAPI

    from sessionlab.core.base.secp256k1 import PrivateKey

DYNAMIC_FEE, SET_CODE = b"\x02", b"\x04"
AUTHORIZATION_MAGIC = b"\x05"  # EIP-7702


def open_key(key: Any, field: str = "key") -> PrivateKey:
    """Read a Key, or 32 bytes, as a secp256k1 key. Raises InvalidInput, without showing the bytes, if not valid."""
    from sessionlab.core.base.secp256k1 import PrivateKey

    if isinstance(key, PrivateKey):
        return key
    key = key.private if isinstance(key, Key) else key
    try:
        if len(key) == 32:
            return PrivateKey(bytes(key))
    except (ValueError, TypeError):
        pass
    key = b""  # no frame of a traceback keeps it
    message, fix = "A private key is 32 bytes, from 1 to the order of secp256k1 − 1.", "give new_key().private."
    raise InvalidInput(message, field=field, fix=fix) from None


def address_of(key: PrivateKey) -> bytes:
    """Return the key's 20-byte account address."""
    return bytes(keccak(key.public_key.format(compressed=False)[1:])[12:])


def sign_transaction(
    key: PrivateKey,
    *,
    chain_id: int,
    nonce: int,
    max_fee: int,
    max_priority_fee: int,
    gas: int,
    to: bytes | None,
    value: int,
    data: bytes,
    authorizations: Sequence[Authorization] = (),
) -> SignedTransactionAPI:
    """Sign an EIP-1559 transaction, or an EIP-7702 one when there are authorizations."""
    head = [number(n) for n in (chain_id, nonce, max_priority_fee, max_fee, gas)]
    body: list[Any] = [*head, to or b"", number(value), data, []]
    raw = [raw_authorization(a) for a in authorizations]
    if raw:
        body.append([[number(a.chain_id), a.address, *map(number, (a.nonce, a.y_parity, a.r, a.s))] for a in raw])
    y_parity, r, s = _sign(key, keccak((SET_CODE if raw else DYNAMIC_FEE) + encode_raw(body)))
    fields = (chain_id, nonce, max_priority_fee, max_fee, gas, to or b"", value, data, ())
    builder = PragueTransactionBuilder
    signed: SignedTransactionAPI = (
        builder.new_set_code_transaction(*fields, raw, y_parity, r, s)  # type: ignore[arg-type]
        if raw
        else builder.new_dynamic_fee_transaction(*fields, y_parity, r, s)  # type: ignore[arg-type]
    )
    signed.__dict__["sender"] = address_of(key)  # already known; skips recovery from the signature
    return signed


@reads(key=open_key)
def authorize(key: Key | bytes, delegate: Address, *, chain_id: int, nonce: int) -> Authorization:
    """Sign an authorization for this key's account to run the code of ``delegate`` (EIP-7702).

    The zero address ends the delegation.
    """
    digest = authorization_hash(delegate, chain_id=chain_id, nonce=nonce)
    y_parity, r, s = _sign(open_key(key), digest)
    return Authorization(chain_id, checksum(address_bytes(delegate)), nonce, y_parity, r, s)


def authorization_hash(delegate: Address, *, chain_id: int, nonce: int) -> bytes:
    """Return the 32 bytes that an account signs to delegate (EIP-7702)."""
    message = encode_raw([number(chain_id), address_bytes(delegate, "delegate"), number(nonce)])
    return bytes(keccak(AUTHORIZATION_MAGIC + message))


def raw_authorization(a: Authorization) -> RawAuthorization:
    """Return an authorization as py-evm has it."""
    return RawAuthorization(a.chain_id, address_bytes(a.address), a.nonce, a.y_parity, a.r, a.s)


def _sign(key: PrivateKey, digest: bytes) -> tuple[int, int, int]:
    signature = key.sign_recoverable(digest, hasher=None)
    return signature[64], int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
