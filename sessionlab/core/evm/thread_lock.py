"""The lock of one chain: one thread at a time takes steps on it, the others wait; all may read meanwhile."""

from __future__ import annotations

import os
import sys
from threading import RLock, current_thread
from typing import Any

from sessionlab.core.base.errors import ChainError

#: Another object in each process that was forked. (``os.getpid`` would be a system call each time.)
_process = object()


def _forked() -> None:
    global _process
    _process = object()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forked)

#: Seconds for which a thread may stand still in its atomic section while another waits; one that works moves on.
STANDSTILL = 5
STEP = 0.25


class ThreadLock:
    """Held by the thread whose atomic section is open. ``frozen``: nobody can take it."""

    __slots__ = ("_frozen", "_holder", "_lock", "_process", "_task")

    def __init__(self, *, frozen: bool = False) -> None:
        self._lock: Any = RLock()
        self._frozen, self._task, self._holder, self._process = frozen, None, current_thread(), _process

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
        if not self._lock.acquire(blocking=False):
            self._wait()
        self._task, self._holder = current_task(), current_thread()

    def _wait(self) -> None:
        """Wait until it is free. Raise ChainError if the thread that has it stands still: it may wait for this one."""
        before, still = None, 0
        while not self._lock.acquire(timeout=STEP):
            frame = sys._current_frames().get(self._holder.ident or 0)
            now = frame and (frame.f_code, frame.f_lasti)
            still = still + 1 if now == before else 0
            before = now
            if still * STEP >= STANDSTILL:
                raise ChainError(
                    f"The thread {self._holder.name} is in the middle of an atomic section of this lab, and has waited "
                    f"there for {STANDSTILL} seconds.",
                    field="thread",
                    asked=current_thread().name,
                    fix="inside an atomic section, wait for no thread and for no request to the lab's server.",
                )

    def __exit__(self, *_: object) -> None:
        self._task = None
        self._lock.release()

    def of_this_task(self) -> bool:
        """Whether the thread that holds it does so in the current asyncio task, or outside of tasks."""
        return self._task is None or self._task is current_task()

    def check_task(self) -> None:
        """Raise ChainError if another task of this thread holds it: it awaits something within its atomic section."""
        if not self.of_this_task():
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
