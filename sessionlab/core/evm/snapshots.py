"""Going back: snapshots that users ask for, checkpoints, atomic sections, and what goes back together with a chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import as_index
from sessionlab.core.base.errors import ChainError, Stays
from sessionlab.core.base.frozen import Frozen
from sessionlab.core.base.participant import Participant
from sessionlab.core.base.rpc_values import plain
from sessionlab.core.evm.atomic import AtomicSection, Checkpoint

if TYPE_CHECKING:
    from sessionlab.core.evm.engine import Engine


MAX_SNAPSHOTS = 10_000
SHOWN = 16  # the newest ones, that an error names


class BaseChain(Frozen, Stays):
    """A chain as something that goes back."""

    engine: Engine
    _snapshots: dict[int, Checkpoint]
    _next_snapshot: int
    _participants: list[Participant]

    def load_snapshots(self, snapshots: Mapping[int, Checkpoint], next_snapshot: int) -> None:
        """Replace all snapshots with these, and set the number of the next one."""
        self._snapshots, self._next_snapshot = dict(snapshots), next_snapshot

    def snapshot(self) -> int:
        """Take a snapshot, including the clock, and return its number for ``revert``. Numbers are never reused.

        Raises ChainError if there are MAX_SNAPSHOTS that nobody has reverted to.
        """
        with self.atomic():
            if (taken := len(self._snapshots)) >= MAX_SNAPSHOTS:
                message, fix = (
                    f"There are {taken:,} snapshots already.",
                    "revert to an early one, which drops the later.",
                )
                raise ChainError(message, field="snapshot", asked=taken + 1, left=MAX_SNAPSHOTS, fix=fix)
            now = self.checkpoint()
            self._next_snapshot = now.before + 1
            self._snapshots[now.before] = now
        return now.before

    def revert(self, snapshot: int) -> None:
        """Return to a snapshot, and drop it and all later ones.

        Raises ChainError if it is unknown or already used. If a participant's ``restore`` raises, everything else is
        still restored.
        """
        with self.atomic():
            number = as_index(snapshot)
            checkpoint = None if number is None else self._snapshots.get(number)
            if checkpoint is None:
                raise ChainError(
                    f"There is no snapshot {snapshot}.",
                    field="snapshot",
                    asked=plain(snapshot),
                    left=list(self._snapshots)[-SHOWN:],
                    fix="take one with snapshot(); each serves one revert.",
                )
            failures = self.restore(checkpoint)
        if failures:
            raise failures[0]

    def register_participant(self, participant: Participant) -> None:
        """Register state that is captured at snapshots and atomic sections, and restored with the chain."""
        self._participants.append(participant)

    def atomic(self) -> AtomicSection:
        """Return a context manager that undoes all changes to the chain and its participants if its block raises.

        Other threads wait to change the chain until it ends, and read the chain from before it; so do other tasks of
        asyncio, whose changes are refused. Inside, wait for no thread and await nothing that uses the lab: after five
        seconds in which the section stands still, a thread that waits for it gets a ChainError.
        """
        return AtomicSection(self)

    def checkpoint(self) -> Checkpoint:
        """Return a checkpoint of the chain and its participants for ``restore``. Very cheap."""
        captured = [participant.capture() for participant in self._participants]
        return Checkpoint(self.engine.head, captured, self._snapshots, self._next_snapshot)

    def restore(self, checkpoint: Checkpoint) -> list[Exception]:
        """Return to a checkpoint. If a participant raises, the others are still restored; returns what was raised.

        Participants registered after the checkpoint are left as they are.
        """
        if not self.engine.lock.owned():
            with self.atomic():
                return self.restore(checkpoint)
        self.engine.move(checkpoint.head)
        self._snapshots = checkpoint.live()
        failures = []
        for participant, captured in zip(self._participants, checkpoint.captured, strict=False):
            try:
                participant.restore(captured)
            except Exception as error:
                failures.append(error)
        return failures
