"""What eth-keys signs and recovers with: the curve of this package. Its own takes ten times as long."""

from __future__ import annotations

from eth_keys.backends.native import NativeECCBackend
from eth_keys.datatypes import PrivateKey, PublicKey, Signature
from eth_keys.exceptions import BadSignature

from sessionlab_standins import secp256k1


class Backend(NativeECCBackend):  # type: ignore[misc]  # eth-keys does not say that it is typed
    """eth-keys asks for it by the variable ``ECC_BACKEND_CLASS``."""

    def ecdsa_sign(self, msg_hash: bytes, private_key: PrivateKey) -> Signature:
        """Sign a hash of 32 bytes."""
        signed = secp256k1.PrivateKey(private_key.to_bytes()).sign_recoverable(msg_hash, hasher=None)
        return Signature(signed, backend=self)

    def ecdsa_recover(self, msg_hash: bytes, signature: Signature) -> PublicKey:
        """Return the signer's key. Raises BadSignature if there is none."""
        try:
            found = secp256k1.PublicKey.from_signature_and_message(signature.to_bytes(), msg_hash, hasher=None)
        except (TypeError, ValueError) as error:
            raise BadSignature(str(error)) from None
        return PublicKey(found.format(compressed=False)[1:], backend=self)

    def private_key_to_public_key(self, private_key: PrivateKey) -> PublicKey:
        """Return the public key of a private one."""
        made = secp256k1.PrivateKey(private_key.to_bytes()).public_key
        return PublicKey(made.format(compressed=False)[1:], backend=self)
