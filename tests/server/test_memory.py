"""Garbage of large work is collected once it is over: when nobody waits, and not again for nothing."""

from __future__ import annotations

import gc
from weakref import ref

from sessionlab.server import memory


class Loop:
    """Refers to itself, so that only a collection ends it."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_is_collected_after_large_work_alone() -> None:
    gc.disable()
    try:
        memory.give_back()
        first = ref(Loop())
        memory.tidy()
        assert first() is None
        second = ref(Loop())
        memory.tidy()
        assert second() is not None
    finally:
        gc.enable()
