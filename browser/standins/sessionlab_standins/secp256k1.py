"""What sessionlab uses of coincurve, in Python: recoverable ECDSA over secp256k1 (SEC 1, SEC 2, RFC 6979, low s).

Signatures are the same bytes. Running times depend on the secrets, so keys that are worth something have no place here.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from functools import cache

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
WINDOW = 4  # bits of a scalar that are taken at once
DIGITS = 256 // WINDOW

Hasher = Callable[[bytes], bytes]
Affine = tuple[int, int]
#: Jacobian coordinates: (x / z², y / z³); z is 0 for the point at infinity.
Point = tuple[int, int, int]
INFINITY: Point = (0, 0, 0)


def sha256(message: bytes) -> bytes:
    """Return what is signed of a message, unless another hasher is given, or None for what is a hash already."""
    return hashlib.sha256(message).digest()


class PublicKey:
    """A point of the curve."""

    def __init__(self, point: Affine) -> None:
        self._point = point

    def format(self, compressed: bool = True) -> bytes:
        """Return the point as bytes (SEC 1, 2.3.3): 33 of them, or 65."""
        x, y = (part.to_bytes(32, "big") for part in self._point)
        return bytes([2 + self._point[1] % 2]) + x if compressed else b"\4" + x + y

    @classmethod
    def from_signature_and_message(cls, signature: bytes, message: bytes, hasher: Hasher | None = sha256) -> PublicKey:
        """Return the key that signed a message (SEC 1, 4.1.6).

        ``signature``: r, s and the recovery id, 65 bytes. Raises ValueError if no key can have signed it.
        """
        digest = _hashed(message, hasher)
        if len(signature) != 65:
            raise ValueError("a signature has 65 bytes")
        _check_bytes(signature)
        r, s, recovery_id = (
            int.from_bytes(signature[:32], "big"),
            int.from_bytes(signature[32:64], "big"),
            signature[64],
        )
        x = r + N * (recovery_id >> 1)
        if not (0 < r < N and 0 < s < N) or recovery_id > 3 or x >= P:
            raise ValueError("no key has this signature")
        y = _height(x, odd=recovery_id & 1)
        inverse = pow(r, -1, N)
        of_g, of_point = -int.from_bytes(digest, "big") * inverse % N, s * inverse % N
        total = _times(of_point, (x, y))
        if of_g:
            total = _add(total, _affine(_times_g(of_g)))
        return cls(_affine(total))


class PrivateKey:
    """A secret number from 1 to N − 1, as at most 32 bytes. Raises ValueError for any other."""

    def __init__(self, secret: bytes) -> None:
        self._number = int.from_bytes(memoryview(secret), "big")
        if len(secret) > 32 or not 0 < self._number < N:
            raise ValueError("a private key has at most 32 bytes, from 1 to the order of the curve − 1")
        self.secret = self._number.to_bytes(32, "big")
        self.public_key = PublicKey(_affine(_times_g(self._number)))

    def sign_recoverable(self, message: bytes, hasher: Hasher | None = sha256) -> bytes:
        """Sign a message: returns r, s and the recovery id, 65 bytes."""
        digest = int.from_bytes(_hashed(message, hasher), "big")
        nonce = _nonce(self.secret, (digest % N).to_bytes(32, "big"))
        x, y = _affine(_times_g(nonce))
        r, recovery_id = x % N, y % 2 | (x >= N) << 1
        s = pow(nonce, -1, N) * (digest + r * self._number) % N
        if s > N // 2:  # the other signature of the two is malleable (BIP 62)
            s, recovery_id = N - s, recovery_id ^ 1
        return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([recovery_id])


def _hashed(message: bytes, hasher: Hasher | None) -> bytes:
    digest = message if hasher is None else hasher(message)
    if len(digest) != 32:
        raise ValueError("a hash has 32 bytes")
    _check_bytes(digest)
    return digest


def _check_bytes(given: bytes) -> None:
    if not isinstance(given, bytes):
        raise TypeError(f"expected bytes, not {type(given).__name__}")


def _nonce(secret: bytes, digest: bytes) -> int:
    """RFC 6979, section 3.2, with SHA-256."""
    value, key = b"\1" * 32, b"\0" * 32
    for step in (b"\0", b"\1"):
        key = _mac(key, value + step + secret + digest)
        value = _mac(key, value)
    while True:
        value = _mac(key, value)
        if 0 < int.from_bytes(value, "big") < N:
            return int.from_bytes(value, "big")
        key = _mac(key, value + b"\0")
        value = _mac(key, value)


def _mac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def _height(x: int, odd: int) -> int:
    """Return the y of a point with this x. P is 3 modulo 4, so that a root is a power."""
    square = (x * x * x + 7) % P
    y = pow(square, (P + 1) // 4, P)
    if y * y % P != square:
        raise ValueError("no point of the curve has this x")
    return y if y % 2 == odd else P - y


def _double(point: Point) -> Point:
    x, y, z = point
    square = y * y % P
    s, m = 4 * x * square % P, 3 * x * x % P
    new = (m * m - 2 * s) % P
    return new, (m * (s - new) - 8 * square * square) % P, 2 * y * z % P


def _add(point: Point, other: Affine) -> Point:
    x, y, z = point
    if not z:
        return (*other, 1)
    square = z * z % P
    h, r = (other[0] * square - x) % P, (other[1] * square * z - y) % P
    if not h:
        return INFINITY if r else _double(point)
    square = h * h % P
    cube, v = square * h % P, x * square % P
    new = (r * r - cube - 2 * v) % P
    return new, (r * (v - new) - y * cube) % P, h * z % P


def _affine(point: Point) -> Affine:
    if not point[2]:
        raise ValueError("the point at infinity is not a key")
    return _all_affine([point])[0]


def _all_affine(points: Sequence[Point]) -> list[Affine]:
    """Divide many points by their z with one inversion (Montgomery's trick)."""
    before, product = [], 1
    for point in points:
        before.append(product)
        product = product * point[2] % P
    inverse, result = pow(product, -1, P), []
    for (x, y, z), product in zip(reversed(points), reversed(before), strict=True):
        one, inverse = inverse * product % P, inverse * z % P
        square = one * one % P
        result.append((x * square % P, y * square * one % P))
    return result[::-1]


def _multiples(point: Affine) -> list[Point]:
    """Return the point once to fifteen times."""
    found: list[Point] = [(*point, 1)]
    while len(found) < 2**WINDOW - 1:
        found.append(_add(found[-1], point))
    return found


def _digits(number: int) -> list[int]:
    """Return the hexadecimal digits of a scalar, the lowest first."""
    return [number >> WINDOW * place & 2**WINDOW - 1 for place in range(DIGITS)]


@cache
def _multiples_of_g() -> list[list[Affine]]:
    """For each place of a scalar, what each digit there stands for: a product takes additions alone."""
    base, rows = G, []
    for _ in range(DIGITS):
        rows.append(_all_affine(_multiples(base)))
        base = _affine(_add((*rows[-1][-1], 1), base))
    return rows


def _times_g(number: int) -> Point:
    result = INFINITY
    for digit, row in zip(_digits(number), _multiples_of_g(), strict=True):
        if digit:
            result = _add(result, row[digit - 1])
    return result


def _times(number: int, point: Affine) -> Point:
    row, result = _all_affine(_multiples(point)), INFINITY
    for digit in reversed(_digits(number)):
        if result[2]:
            for _ in range(WINDOW):
                result = _double(result)
        if digit:
            result = _add(result, row[digit - 1])
    return result
