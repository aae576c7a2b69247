"""Keccak with 256 bits, which is the one that Ethereum has."""

from __future__ import annotations

from sessionlab_standins import missing
from sessionlab_standins.keccak import keccak256


class Keccak:
    """A hash that is being fed."""

    digest_size = 32

    def __init__(self, data: bytes, update_after_digest: bool) -> None:
        self._data, self._goes_on, self._is_read = bytearray(), update_after_digest, False
        self.update(data)

    def update(self, data: bytes) -> Keccak:
        """Feed more. Raises TypeError for other than bytes; and after the digest, unless asked for at the start."""
        if self._is_read and not self._goes_on:
            raise TypeError("You can only call 'digest' or 'hexdigest' on this object")
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"Object type {type(data)} cannot be hashed")
        self._data += data
        return self

    def digest(self) -> bytes:
        """Return the 32 bytes."""
        self._is_read = True
        return keccak256(bytes(self._data))

    def hexdigest(self) -> str:
        """Return the digest in hexadecimal digits."""
        return self.digest().hex()


def new(
    *,
    data: bytes | None = None,
    digest_bits: int | None = None,
    digest_bytes: int | None = None,
    update_after_digest: bool = False,
) -> Keccak:
    """Return a hash. Raises NotInTheBrowser for the other lengths of Keccak, ValueError for what is not one."""
    if (digest_bits is None) == (digest_bytes is None):
        raise TypeError("Give one of digest_bits and digest_bytes")
    bits = digest_bits if digest_bytes is None else 8 * digest_bytes
    if bits not in (224, 256, 384, 512):
        raise ValueError("Keccak has 224, 256, 384 or 512 bits")
    if bits != 256:
        missing("Keccak with other than 256 bits")
    return Keccak(b"" if data is None else data, update_after_digest)
