"""Keccak-256 as Ethereum has it (FIPS 202's permutation, the padding of the submission): JavaScript's in a browser.

In Python, a hash takes a millisecond; in JavaScript, ten microseconds, and an operation takes hundreds of them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from itertools import islice

RATE = 136  # bytes that a permutation takes in
LANES = 25
WORD = 2**64 - 1
#: FIPS 202, 3.2.2 and 3.2.3: along this path of lanes, lane t is turned by the t-th triangular number.
PATH = (10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1)
TURNS = tuple(step * (step + 1) // 2 % 64 for step in range(1, LANES))


def _round_constants() -> tuple[int, ...]:
    """FIPS 202, 3.2.5: bits 2^j − 1 of each constant, from a shift register."""

    def bits() -> list[int]:
        register, result = 1, []
        for _ in range(24 * 7):
            result.append(register & 1)
            register = register << 1 ^ (0x171 if register & 0x80 else 0)
        return result

    bit = iter(bits())
    return tuple(sum(one << 2**j - 1 for j, one in enumerate(islice(bit, 7))) for _ in range(24))


ROUND_CONSTANTS = _round_constants()


def _turn(word: int, by: int) -> int:
    return (word << by | word >> 64 - by) & WORD


def _permute(state: list[int]) -> None:
    for constant in ROUND_CONSTANTS:
        columns = [state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] for x in range(5)]
        for x in range(5):
            change = columns[x - 1] ^ _turn(columns[(x + 1) % 5], 1)
            for lane in range(x, LANES, 5):
                state[lane] ^= change
        carried = state[1]
        for turn, lane in zip(TURNS, PATH, strict=True):
            state[lane], carried = _turn(carried, turn), state[lane]
        for start in range(0, LANES, 5):
            row = state[start : start + 5]
            for x in range(5):
                state[start + x] = row[x] ^ ~row[(x + 1) % 5] & row[(x + 2) % 5] & WORD
        state[0] ^= constant


def in_python(data: bytes) -> bytes:
    """Return the hash, computed here."""
    fill = bytearray(RATE - len(data) % RATE)
    fill[0] |= 0x01
    fill[-1] |= 0x80
    data, state = bytes(data) + fill, [0] * LANES
    for start in range(0, len(data), RATE):
        for lane in range(RATE // 8):
            state[lane] ^= int.from_bytes(data[start + 8 * lane :][:8], "little")
        _permute(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def _in_javascript() -> Callable[[bytes], bytes]:
    """Return the function of ``keccak.js``. Raises ImportError where there is no JavaScript."""
    from pyodide.code import run_js  # type: ignore[import-not-found]  # there is no such package outside of a browser
    from pyodide.ffi import to_js  # type: ignore[import-not-found]

    hash_of = run_js(files(__package__).joinpath("keccak.js").read_text())
    return lambda data: bytes(hash_of(to_js(bytes(data))).to_bytes())


try:
    keccak256 = _in_javascript()
except ImportError:
    keccak256 = in_python
