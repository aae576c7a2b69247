"""Timing: interleaved, so that what else the machine does hits everybody, and medians of it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter

Action = Callable[[], object]


def interleaved(actions: Mapping[str, Action], rounds: int, warm: int = 0) -> dict[str, float]:
    """Run every action once in each round; returns each one's median in milliseconds."""
    taken: dict[str, list[float]] = {name: [] for name in actions}
    gc.collect()
    for number in range(warm + rounds):
        for name, action in actions.items():
            took = milliseconds(action)
            if number >= warm:
                taken[name].append(took)
    return {name: median(found) for name, found in taken.items()}


def repeated(action: Action, times: int) -> Action:
    """Do an action many times, where once is too short for the clock."""

    def run() -> None:
        for _ in range(times):
            action()

    return run


def milliseconds(action: Action) -> float:
    """Time one run."""
    start = perf_counter()
    action()
    return (perf_counter() - start) * 1_000
