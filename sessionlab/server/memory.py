"""Have the process stay small: glibc keeps what threads took, and a server would stay as large as ever."""

from __future__ import annotations

import ctypes
import gc
import threading
from functools import cache
from typing import Any

#: Bytes of work after which it is worth a few milliseconds.
WORTH = 2**21
M_ARENA_MAX = -8  # malloc.h of glibc
_owed = threading.Event()  # set after large work, until its garbage was collected


@cache
def _of_the_c_library(name: str) -> Any:
    """A function of glibc's malloc. None where there is none."""
    try:
        return getattr(ctypes.CDLL(None), name, None)
    except (OSError, TypeError):  # no such library to look into: Windows
        return None


def use_one_arena() -> None:
    """Serve all threads from one heap, where the C library can; to be called before there are threads.

    A heap for each thread would keep what its largest request left in pieces. Threads of Python take turns, so they do
    not wait for the one.
    """
    limit = _of_the_c_library("mallopt")
    if limit is not None:
        limit(M_ARENA_MAX, 1)


def give_back() -> None:
    """Give freed memory back to the system, where the C library can, after large work."""
    _owed.set()
    _trim()


def tidy() -> None:
    """Collect the garbage of large work, if there was any since: for when nobody waits, as it takes 0.1 seconds."""
    if _owed.is_set():
        _owed.clear()
        gc.collect()
        _trim()


def _trim() -> None:
    trim = _of_the_c_library("malloc_trim")
    if trim is not None:
        trim(0)
