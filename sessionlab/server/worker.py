"""Threads that run jobs for coroutines, in order of arrival.

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
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator

T = TypeVar("T")

#: py-evm's recursion grows with the EVM call depth, and macOS gives threads only 512 KiB.
STACK_BYTES = 64 * 2**20
#: Seconds of a job after which another thread goes on: the memory of a stack is given back when its thread ends.
LONG = 0.1


class Reply(Generic[T]):
    """What a coroutine waits for, and another thread finds. Made where the coroutine runs."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[T] = self._loop.create_future()

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for it."""
        return not self._future.cancelled()

    def settle(self, job: Callable[[], T], leaving: type[Exception] | tuple[()] = ()) -> None:
        """Run a job and pass on its result or its error. An error of the kind ``leaving`` is raised here instead."""
        try:
            result = job()
        except leaving:
            raise
        except BaseException as error:
            self._pass_on(None, error)
        else:
            self._pass_on(result, None)

    def __await__(self) -> Generator[Any, None, T]:
        return self._future.__await__()

    def _pass_on(self, result: Any, error: BaseException | None) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody is waiting
            self._loop.call_soon_threadsafe(_settle, self._future, result, error)


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
        reply = Reply[T]()

        def act() -> None:
            if reply.is_wanted:
                reply.settle(job)

        self._jobs.put(act)
        return await reply

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
        while (job := self._next()) is not None:
            begun = monotonic()
            job()
            if monotonic() - begun > LONG and self._is_replaced():
                return

    def _next(self) -> Callable[[], None] | None:
        """Wait for the next job; None ends the thread."""
        return self._jobs.get()

    def _is_replaced(self) -> bool:
        """Begin another thread in this one's place; returns whether it could be begun. If not, this one goes on."""
        try:
            self._begin()
        except RuntimeError:  # the machine has no room for one
            return False
        return True


def _settle(done: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if done.cancelled():
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)
