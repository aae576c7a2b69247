"""Precompiles that run for long in one piece: they ask on their way whether they may go on.

py-evm computes pairings and powers in Python, slower than their gas suggests: one call can take minutes. Without a
bound, what they do is the same. A power of large numbers would also hold the interpreter until it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from sessionlab.core.base.work import GO_ON

PIECE = 256  # bits of an exponent, at most, between two questions
#: Squares of a modulus' bits that make one piece: some 20 milliseconds.
SQUARES = 2**31


SLOW = (
    ("ecpairing", "validate_point"),
    ("bls12_381.bls12_381_g1", "bls12_multiply_optimized"),
    ("bls12_381.bls12_381_g2", "bls12_multiply_optimized"),
    ("bls12_381.bls12_381_pairing", "bls12_multiply_optimized"),
    ("bls12_381.bls12_381_pairing", "pairing"),
)
"""Modules of ``eth.precompiles`` and functions in them that are called again and again for one call."""


@cache
def ask_in_slow_precompiles() -> None:
    """Have them ask, in this process. Where py-evm has moved a function, that one does not."""
    for module_name, name in SLOW:
        module = import_module(f"eth.precompiles.{module_name}")
        if hasattr(module, name):
            setattr(module, name, _asking(getattr(module, name)))
    vars(import_module("eth.precompiles.modexp"))["pow"] = power  # in place of the builtin
    rounds: Any = import_module("eth._utils.blake2.compression").Blake2b
    rounds.sigma_schedule = AskingSchedule(rounds.sigma_schedule)


class AskingSchedule(tuple[tuple[int, ...], ...]):
    """Blake2's schedule of words, one row for each round, over and over; its first row asks."""

    __slots__ = ()

    def __getitem__(self, row: Any) -> Any:
        if row == 0:
            GO_ON.get()(0)
        return super().__getitem__(row)


def _asking(function: Callable[..., Any]) -> Callable[..., Any]:
    def asking(*args: Any) -> Any:
        GO_ON.get()(0)
        return function(*args)

    return asking


def power(base: int, exponent: int, modulus: int) -> int:
    """Return what ``pow`` does, in pieces.

    >>> power(3, 10**200, 10**9 + 7) == pow(3, 10**200, 10**9 + 7)
    True
    """
    size = max(1, min(PIECE, SQUARES // (modulus.bit_length() + 1) ** 2))
    bits, base = f"{exponent:b}", remainder(base, modulus)
    result = 1 % modulus
    for start in range(0, len(bits), size):
        GO_ON.get()(0)
        piece = bits[start : start + size]
        if size > 1:
            result = pow(result, 1 << len(piece), modulus) * pow(base, int(piece, 2), modulus) % modulus
        else:
            result = remainder(result * result, modulus)
            result = remainder(result * base, modulus) if piece == "1" else result
    return result


def remainder(number: int, modulus: int) -> int:
    """Return what ``%`` does, in pieces: a division of long numbers is the slow part of a power.

    >>> remainder(10**70_000 + 1, 10**30_000 + 9) == (10**70_000 + 1) % (10**30_000 + 9)
    True
    """
    size = max(1, SQUARES // (modulus.bit_length() + 1))
    result = 0
    for end in range(number.bit_length() // size, -1, -1):
        GO_ON.get()(0)
        piece = (number >> end * size) & ((1 << size) - 1)
        result = (result << size | piece) % modulus
    return result
