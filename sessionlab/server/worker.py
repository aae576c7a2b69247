"""One thread that runs everything that touches the lab, in order of arrival.

This is a dedicated thread instead of a pool's: its stack is large enough for the EVM's deepest calls, and it never
keeps the process from exiting.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

#: py-evm's recursion grows with the EVM call depth, and macOS gives threads only 512 KiB.
STACK_BYTES = 64 * 2**20


class Worker:
    """Runs jobs one after the other."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        before = threading.stack_size(STACK_BYTES)
        try:
            self._thread = threading.Thread(target=self._work, name="sessionlab lab", daemon=True)
            self._thread.start()
        finally:
            threading.stack_size(before)

    async def run(self, job: Callable[[], T]) -> T:
        """Run a job; returns its result or raises its error. The job runs even if the caller stops waiting."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def act() -> None:
            try:
                result = job()
            except BaseException as error:
                _tell(loop, _settle, done, None, error)
            else:
                _tell(loop, _settle, done, result, None)

        self._jobs.put(act)
        return await done

    def stop(self, seconds: float) -> bool:
        """Finish the queued jobs and stop; returns False if that takes longer than ``seconds``."""
        self._jobs.put(None)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _tell(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *values: Any) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody is waiting
        loop.call_soon_threadsafe(function, *values)


def _settle(done: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if done.cancelled():
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)
