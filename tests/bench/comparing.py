"""Comparing policies: four permissions against four, a hundred against a hundred, and how that grows.

Lists are equal, which is the dearest case: nothing ends the search early.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from statistics import median
from time import perf_counter

import sessionlab as sl
from tests.bench.figures import Figure, bounded, compared
from tests.bench.timing import interleaved
from tests.comparing.drawn import NOW
from tests.comparing.pairs import Kind, pair

GROWTH = (50, 100)
QUICK = (10, 20)


def figures(quick: bool) -> list[Figure]:
    """Measure."""
    from sessionlab.study.comparing.search import beyond

    pairs = [pair(Kind(), seed) for seed in range(20 if quick else 200)]
    few = []
    for a, b in pairs:
        start = perf_counter()
        beyond(a, b, NOW), beyond(b, a, NOW)
        few.append((perf_counter() - start) * 1_000)
    small, large = QUICK if quick else GROWTH
    times = interleaved({str(size): _equal(size) for size in (small, large)}, 2 if quick else 5)
    note = "Twice as many permissions: at each address, one function stands for those that are granted anywhere alike."
    return [
        bounded("comparing drawn lists of up to 4", median(few), "ms", at_most=20),
        bounded(f"comparing {large} permissions with {large}", times[str(large)], "ms", at_most=2_000),
        compared("its growth", times[str(large)], "ms", times[str(small)], f"{small} with {small}", note=note),
    ]


def _equal(size: int) -> Callable[[], None]:
    draw = Random(size)
    permissions: list[sl.Permission] = []
    for number in range(1, size):
        address = f"0x{number:040x}"
        if number % 3:
            functions = [f"0x{draw.randrange(2**32):08x}" for _ in range(3)]
            permissions.append(sl.FunctionsOnContract(address=address, functions=functions))
        else:
            permissions.append(sl.Erc20TokenTransfer(address=address, allowance=number))
    permissions.append(sl.FunctionsOnAllContracts(functions=[f"0x{draw.randrange(2**32):08x}" for _ in range(20)]))

    def act() -> None:
        if sl.compare(permissions, permissions).relation != "equal":
            raise RuntimeError("A list is not equal to itself.")

    return act
