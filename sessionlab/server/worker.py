"""The threads that run requests: one for what changes the lab, in order of arrival, and a few for what only reads it.

Few run the EVM at once, so that quick reads, which are answered where they arrive, get the interpreter in time.

They are not a pool's: their stacks are large enough for the EVM's deepest calls, and they never keep the process from
exiting.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from time import monotonic
from typing import Any, TypeVar

T = TypeVar("T")

#: py-evm's recursion grows with the EVM call depth, and macOS gives threads only 512 KiB.
STACK_BYTES = 64 * 2**20
#: Seconds of a job after which another thread goes on: the memory of a stack is given back when its thread ends.
LONG = 0.1
#: Threads for reads that may take long.
LONG_READERS = 2


class Workers:
    """The threads of one server: for steps, for reads, and for those of them that turn out to be long.

    Quick reads are answered where they arrive.
    """

    def __init__(self) -> None:
        self.steps, self.short, self.long = Worker(), Worker(), Worker(LONG_READERS)

    def stop(self, seconds: float) -> bool:
        """Finish the queued jobs and stop; returns False if that takes longer than ``seconds``."""
        stopped = [worker.stop(seconds) for worker in (self.steps, self.short, self.long)]
        return all(stopped)


class Worker:
    """Runs jobs one after the other, or with more threads so many at a time."""

    def __init__(self, threads: int = 1) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._changing = threading.Lock()
        for _ in range(threads):
            self._begin()

    async def run(self, job: Callable[[], T]) -> T:
        """Run a job; returns its result or raises its error. If the caller stops waiting first, it is not begun."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def act() -> None:
            if done.cancelled():
                return
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
        for _ in self._threads:
            self._jobs.put(None)
        end = monotonic() + seconds
        while (alive := [thread for thread in self._threads if thread.is_alive()]) and monotonic() < end:
            alive[0].join(end - monotonic())
        return not alive

    def _begin(self) -> None:
        thread = threading.Thread(target=self._work, name="sessionlab lab", daemon=True)
        before = threading.stack_size(STACK_BYTES)
        try:
            thread.start()
        finally:
            threading.stack_size(before)
        with self._changing:
            self._threads = [*(other for other in self._threads if other is not threading.current_thread()), thread]

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            begun = monotonic()
            job()
            if monotonic() - begun > LONG and self._is_replaced():
                return

    def _is_replaced(self) -> bool:
        """Begin another thread in this one's place; returns whether it could be begun. If not, this one goes on."""
        try:
            self._begin()
        except RuntimeError:  # the machine has no room for one
            return False
        return True


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
