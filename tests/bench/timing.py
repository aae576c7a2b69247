"""Timing: interleaved, so that what else the machine does hits everybody, and medians of it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from statistics import median
from time import perf_counter

Action = Callable[[], object]
Reading = Callable[[], float]
"""Measures something itself, and says how much it was."""


def interleaved(actions: Mapping[str, Action], rounds: int, warm: int = 0) -> dict[str, float]:
    """Time every action once in each round; returns each one's median in milliseconds."""
    gc.collect()
    return medians({name: _timed(action) for name, action in actions.items()}, rounds, warm)


def medians(readings: Mapping[str, Reading], rounds: int, warm: int = 0) -> dict[str, float]:
    """Take every reading once in each round; returns each one's median, without the warm-up's."""
    taken: dict[str, list[float]] = {name: [] for name in readings}
    for number in range(warm + rounds):
        for name, reading in readings.items():
            value = reading()
            if number >= warm:
                taken[name].append(value)
    return {name: median(found) for name, found in taken.items()}


def repeated(action: Action, times: int) -> Action:
    """Do an action many times, where once is too short for the clock."""

    def run() -> None:
        for _ in range(times):
            action()

    return run


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this thread, and the threads it starts, on one core where the system can (Linux).

    One thread at a time runs Python. Between cores, the hand-over alone costs two loops of plain Python up to a fifth
    of their time, which says nothing of what is measured.
    """
    if sys.platform != "linux":
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _timed(action: Action) -> Reading:
    def read() -> float:
        start = perf_counter()
        action()
        return (perf_counter() - start) * 1_000

    return read
