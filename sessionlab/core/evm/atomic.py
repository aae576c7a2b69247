"""Atomic sections: everything done in the ``with`` block is undone if it raises, including on an interrupt.

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
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.evm.engine import Snapshot


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The captured state of a chain and its participants."""

    engine: Snapshot
    captured: Sequence[Any]  # one per participant, in registration order
    snapshots: Mapping[int, Checkpoint]
    before: int  # the number of the next snapshot at capture time

    def live(self) -> dict[int, Checkpoint]:
        """The snapshots that existed at capture time, by number."""
        return {number: checkpoint for number, checkpoint in self.snapshots.items() if number < self.before}


class AtomicSection(AbstractContextManager[None]):
    """Restores the checkpoint taken on entry if the ``with`` block raises.

    If a participant's ``restore`` raises, that exception is added as a note to the original one.
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
        except BaseException:  # re-raise an interrupt only after everything is restored
            self._chain.restore(self._checkpoint)
            raise
        for failure in failures:
            error.add_note(f"While going back, a participant failed too: {failure!r}")
