"""Keccak with 256 bits, which is the one that Ethereum has."""

from __future__ import annotations

from sessionlab_standins import missing
from sessionlab_standins.keccak import keccak256


class Keccak:
    """A hash that is being fed."""

    digest_size = 32

    def __init__(self, data: bytes, update_after_digest: bool) -> None:
        self._data, self._goes_on, self._is_read = bytearray(data), update_after_digest, False

    def update(self, data: bytes) -> Keccak:
        """Feed more. Raises TypeError after the digest was read, unless asked for at the start."""
        if self._is_read and not self._goes_on:
            raise TypeError("You can only call 'digest' or 'hexdigest' on this object")
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
    *, data: bytes | None = None, digest_bits: int = 0, digest_bytes: int = 0, update_after_digest: bool = False
) -> Keccak:
    """Return a hash. Raises NotInTheBrowser for other lengths."""
    if (digest_bits or 8 * digest_bytes) != 256:
        missing("Keccak with other than 256 bits")
    return Keccak(data or b"", update_after_digest)
