"""The loop that takes requests and sends answers goes first: other threads give way while the loop has work.

Python hands the interpreter from thread to thread in no order, and the loop needs it anew after every read and write.
If it took its chance against threads that run the EVM, a few large bodies would hold up every quick read.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from time import monotonic

#: Seconds that work stands still at most, and that it then runs at least: an endless row of reads does not stop it.
STAND, RUN = 0.01, 0.002

#: Set while the loop waits for something to do. There is one for a process, as there is one interpreter.
_idle = threading.Event()
_idle.set()


class Selector(selectors.DefaultSelector):
    """Waits for the loop's sockets, and says so."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready. Only a loop with nothing to do lets others on."""
        ready = super().select(0)
        if not ready and (timeout is None or timeout > 0):
            _idle.set()
            ready = super().select(timeout)
        _idle.clear()
        return ready

    def close(self) -> None:
        """Let others on for good."""
        super().close()
        _idle.set()


def new() -> asyncio.AbstractEventLoop:
    """Return a loop that goes first."""
    return asyncio.SelectorEventLoop(Selector())


class GivingWay:
    """What runs in another thread than the loop, and has to give way to it."""

    def __init__(self) -> None:
        self._runs_until = 0.0

    def __call__(self) -> float:
        """Stand still while the loop has work, for at most ``STAND`` seconds; returns how long."""
        if _idle.is_set() or (begun := monotonic()) < self._runs_until:
            return 0
        _idle.wait(STAND)
        ended = monotonic()
        self._runs_until = ended + RUN
        return ended - begun
