"""What a thread keeps from one call to the next, such as a lab: a forked process begins without it.

A lab belongs to the process that made it, so a worker that is forked from a process which keeps labs makes its own.
"""

from __future__ import annotations

import os
import sys
from threading import local
from typing import Any
from weakref import WeakSet

_kept: WeakSet[OfThisThread] = WeakSet()


class OfThisThread(local):
    """Attributes of one thread of one process."""

    def __init__(self) -> None:
        _kept.add(self)


def _forked() -> None:
    for kept in _kept:
        values: dict[str, Any] = vars(kept)
        values.clear()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forked)
