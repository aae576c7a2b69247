"""Give freed memory back to the system: glibc keeps what threads took, and a server would stay as large as ever."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

#: Bytes of work after which it is worth a few milliseconds.
WORTH = 2**21


@cache
def _trim() -> Callable[[int], int] | None:
    try:
        trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    except (OSError, TypeError):  # no such library to look into: Windows
        return None
    return trim


def give_back() -> None:
    """Do so where the C library can; elsewhere do nothing."""
    trim = _trim()
    if trim is not None:
        trim(0)
