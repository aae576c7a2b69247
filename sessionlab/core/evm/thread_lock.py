"""The lock of one chain: one thread at a time takes steps on it, the others wait; all may read meanwhile."""

from __future__ import annotations

import os
import sys
from threading import RLock
from typing import Any

from sessionlab.core.base.errors import ChainError

#: Another object in each process that was forked. (``os.getpid`` would be a system call each time.)
_process = object()


def _forked() -> None:
    global _process
    _process = object()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forked)


class ThreadLock:
    """Held by the thread whose atomic section is open. ``frozen``: nobody can take it."""

    __slots__ = ("_frozen", "_lock", "_process", "_task")

    def __init__(self, *, frozen: bool = False) -> None:
        self._lock: Any = RLock()
        self._frozen, self._task, self._process = frozen, None, _process

    def owned(self) -> bool:
        """Whether the calling thread holds it. Everything that reads or changes a chain asks this first.

        Raises ChainError in a forked process: its steps would be lost, its reads old, and a lock never free.
        """
        if self._process is not _process:
            raise ChainError(
                "This lab belongs to the process that made it, and this is another one, forked from it.",
                field="process",
                fix="make a Lab in each worker, or serve it (sessionlab serve, or in_background(lab)) and use its URL.",
            )
        return bool(self._lock._is_owned())

    def __enter__(self) -> None:
        """Take it, after waiting for the thread that has it."""
        assert not self._frozen, "a frozen view is read and not changed"
        self._lock.acquire()
        self._task = current_task()

    def __exit__(self, *_: object) -> None:
        self._task = None
        self._lock.release()

    def check_task(self) -> None:
        """Raise ChainError if another task of this thread holds it: it awaits something within its atomic section."""
        if self._task is not None and self._task is not current_task():
            raise ChainError(
                "Another asyncio task is in the middle of an atomic section of this lab, and awaits something there.",
                field="task",
                fix="await nothing inside an atomic section, or give each task a lab of its own.",
            )


def current_task() -> Any:
    """Return the asyncio task that runs in this thread; None outside of tasks."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None
    try:
        return asyncio.current_task()
    except RuntimeError:  # no event loop runs in this thread
        return None
