"""All or nothing: what happens within ``with`` is undone if it ends in an exception, an interrupt included.

A context manager of two plain methods, and not a generator: one that an interrupt left hanging would be closed by
the garbage collector at some later time, and would undo what was done since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessionlab.core.evm.engine import Snapshot


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the chain and those who accompany it remember of one moment."""

    engine: Snapshot
    memories: Sequence[Any]  # one of each companion, in the order in which they came
    snapshots: Mapping[int, Checkpoint]
    before: int  # the number that the next snapshot was to get

    def standing(self) -> dict[int, Checkpoint]:
        """The snapshots that there were, by number."""
        return {number: moment for number, moment in self.snapshots.items() if number < self.before}

    def remind(self, companions: Sequence[Callable[[Any], None]]) -> list[Exception]:
        """Give each companion its memory; one that came later has none. Returns what they raised."""
        failures = []
        for restore, memory in zip(companions, self.memories, strict=False):
            try:
                restore(memory)
            except Exception as error:
                failures.append(error)
        return failures


class AtomicSection(AbstractContextManager[None]):
    """Returns to the moment at which it was entered, unless what is within goes through.

    ``restore`` gives back what went wrong on the way; it is noted on the exception that caused it.
    """

    def __init__(self, remember: Callable[[], Checkpoint], restore: Callable[[Checkpoint], list[Exception]]) -> None:
        self._remember, self._restore = remember, restore

    def __enter__(self) -> None:
        self._moment = self._remember()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        for problem in _go_back(self._restore, self._moment):
            error.add_note(f"While going back, a callback failed too: {problem!r}")


def _go_back(restore: Callable[[Checkpoint], list[Exception]], moment: Checkpoint) -> list[Exception]:
    """Restore a moment whole: an interrupt on the way is heard when it is done."""
    try:
        return restore(moment)
    except BaseException:
        restore(moment)
        raise
