"""Atomic sections: what happens within ``with`` is undone if it ends in an exception, an interrupt included.

A context manager of two plain methods, and not a generator: one that an interrupt left hanging would be closed by
the garbage collector at some later time, and would undo what was done since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.evm.engine import Snapshot


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One moment of a chain and of its participants."""

    engine: Snapshot
    captured: Sequence[Any]  # one of each participant, in the order of registration
    snapshots: Mapping[int, Checkpoint]
    before: int  # the number that the next snapshot was to get

    def live(self) -> dict[int, Checkpoint]:
        """The snapshots that there were, by number."""
        return {number: checkpoint for number, checkpoint in self.snapshots.items() if number < self.before}


class AtomicSection(AbstractContextManager[None]):
    """Restores the checkpoint at which it was entered if what is within raises.

    An exception in a participant's ``restore`` is noted on the exception that caused it.
    """

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def __enter__(self) -> None:
        self._checkpoint = self._chain.checkpoint()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        try:
            failures = self._chain.restore(self._checkpoint)
        except BaseException:  # an interrupt is raised after everything is restored
            self._chain.restore(self._checkpoint)
            raise
        for failure in failures:
            error.add_note(f"While going back, a participant failed too: {failure!r}")
