"""Participants go back with the chain; one that raises stops neither the chain nor the others."""

from __future__ import annotations

from typing import Any

import pytest

from sessionlab.core.base.errors import ChainError
from sessionlab.core.evm import Chain


class Notes:
    """A participant that writes down block numbers, and raises when it is told to."""

    def __init__(self, chain: Chain) -> None:
        self.lines: tuple[int, ...] = ()
        self.restore_raises: Exception | None = None
        self.capture_raises: Exception | None = None
        chain.register_participant(self)

    def write(self, chain: Chain) -> None:
        self.lines += (chain.height,)

    def capture(self) -> tuple[int, ...]:
        if self.capture_raises:
            raise self.capture_raises
        return self.lines

    def restore(self, captured: tuple[int, ...]) -> None:
        if self.restore_raises:
            raise self.restore_raises
        self.lines = captured


def _everything(chain: Chain, *notes: Notes) -> Any:
    return chain.height, chain.state_root, chain.now, list(chain.checkpoint().snapshots), [one.lines for one in notes]


def test_participants_go_back_with_the_chain(chain: Chain) -> None:
    first, second = Notes(chain), Notes(chain)
    first.write(chain)
    before, snapshot = _everything(chain, first, second), chain.snapshot()
    chain.mine(2)
    second.write(chain)
    chain.revert(snapshot)
    assert _everything(chain, first, second) == before


def test_a_failure_in_an_atomic_section_takes_the_participants_back_too(chain: Chain) -> None:
    notes = Notes(chain)
    before = _everything(chain, notes)
    with pytest.raises(RuntimeError, match="mine"), chain.atomic():
        chain.mine()
        notes.write(chain)
        chain.snapshot()
        chain.travel(50)
        raise RuntimeError("mine")
    assert _everything(chain, notes) == before


def test_an_atomic_section_within_another_is_undone_alone(chain: Chain) -> None:
    notes = Notes(chain)
    with chain.atomic():
        chain.mine()
        notes.write(chain)
        before = _everything(chain, notes)
        with pytest.raises(RuntimeError), chain.atomic():
            chain.mine()
            notes.write(chain)
            raise RuntimeError
        assert _everything(chain, notes) == before
    assert _everything(chain, notes) == before


def test_a_participant_that_cannot_restore_stops_no_other_and_is_heard(chain: Chain) -> None:
    first, broken, last = Notes(chain), Notes(chain), Notes(chain)
    before, snapshot = _everything(chain, first, last), chain.snapshot()
    chain.mine()
    for one in (first, broken, last):
        one.write(chain)
    broken.restore_raises = RuntimeError("cannot restore")
    with pytest.raises(RuntimeError, match="cannot restore"):
        chain.revert(snapshot)
    assert _everything(chain, first, last) == before
    assert broken.lines == (1,)
    with pytest.raises(ChainError, match=f"no snapshot {snapshot}"):
        chain.revert(snapshot)


def test_a_participant_that_cannot_restore_after_a_failure_is_noted_on_the_failure(chain: Chain) -> None:
    broken, last = Notes(chain), Notes(chain)
    before = _everything(chain, last)
    broken.restore_raises = RuntimeError("cannot restore")
    with pytest.raises(ValueError, match="mine") as error, chain.atomic():
        chain.mine()
        last.write(chain)
        raise ValueError("mine")
    assert error.value.__notes__ == ["While going back, a participant failed too: RuntimeError('cannot restore')"]
    assert _everything(chain, last) == before


def test_a_participant_that_cannot_capture_keeps_a_step_from_beginning(chain: Chain) -> None:
    notes = Notes(chain)
    before = _everything(chain, notes)
    notes.capture_raises = RuntimeError("cannot capture")
    for step in (chain.snapshot, chain.mine):
        with pytest.raises(RuntimeError, match="cannot capture"):
            step()
    notes.capture_raises = None
    assert _everything(chain, notes) == before
    chain.mine()
    assert chain.height == before[0] + 1


def test_an_interrupt_while_going_back_is_heard_when_all_have(chain: Chain) -> None:
    notes, last = Notes(chain), Notes(chain)
    before, snapshot, interrupts = _everything(chain, notes, last), chain.snapshot(), [KeyboardInterrupt()]

    class Interrupting:
        def capture(self) -> None: ...

        def restore(self, captured: None) -> None:
            if interrupts:
                raise interrupts.pop()

    chain.register_participant(Interrupting())
    snapshot = chain.snapshot()
    chain.mine()
    notes.write(chain)
    last.write(chain)
    after = _everything(chain, notes, last)
    with pytest.raises(KeyboardInterrupt):
        chain.revert(snapshot)
    assert _everything(chain, notes, last) == after, "the revert as a whole was undone"
    chain.revert(snapshot)
    assert (chain.height, notes.lines, last.lines) == (before[0], (), ())
