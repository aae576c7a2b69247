"""Atomic sections: everything done in the ``with`` block is undone if it raises, including on an interrupt.

They are also how threads share a chain: one thread's section at a time changes it, and the others see it before or
after.

The context manager is a class, not a generator: the garbage collector would close an interrupted generator at some
later time and undo whatever had happened since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessionlab.core.evm.head import Head
    from sessionlab.core.evm.snapshots import BaseChain


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The captured state of a chain and its participants."""

    head: Head
    captured: Sequence[Any]  # one per participant, in registration order
    snapshots: Mapping[int, Checkpoint]
    before: int  # the number of the next snapshot at capture time

    def live(self) -> dict[int, Checkpoint]:
        """The snapshots that existed at capture time, by number."""
        return {number: checkpoint for number, checkpoint in self.snapshots.items() if number < self.before}


class AtomicSection(AbstractContextManager[None]):
    """Restores the checkpoint taken on entry if the ``with`` block raises.

    The outermost section of a thread holds the chain's lock: it waits for other threads' sections, and they see what it
    did when it ends. If a participant's ``restore`` raises, that exception is added as a note to the original one.
    """

    def __init__(self, chain: BaseChain) -> None:
        self._chain = chain

    def __enter__(self) -> None:
        lock = self._chain.engine.lock
        self._outermost = not lock.owned()
        try:
            if self._outermost:
                lock.__enter__()
                self._chain.engine.move(self._chain.engine.head.read())  # once: the whole section sees one time
            else:
                lock.check_task()
            self._checkpoint = self._chain.checkpoint()
        except BaseException:
            self._leave()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None:
                self._go_back(error)
        finally:
            self._leave()

    def _go_back(self, error: BaseException) -> None:
        try:
            failures = self._chain.restore(self._checkpoint)
        except BaseException:  # re-raise an interrupt only after everything is restored
            self._chain.restore(self._checkpoint)
            raise
        for failure in failures:
            error.add_note(f"While going back, a participant failed too: {failure!r}")

    def _leave(self) -> None:
        """Publish the head and let go of the lock, if this section took it."""
        try:
            self._let_go()
        except BaseException:  # re-raise an interrupt only after the lock is free
            self._let_go()
            raise

    def _let_go(self) -> None:
        engine = self._chain.engine
        if self._outermost and engine.lock.owned():
            engine.publish()
            engine.lock.__exit__()
