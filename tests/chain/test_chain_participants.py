"""Who accompanies the chain goes back with it; what a companion raises stops neither the chain nor the others."""

from __future__ import annotations

from typing import Any

import pytest

from sessionlab.core.base.errors import ChainError
from sessionlab.core.evm import Chain


class Notes:
    """A companion that writes down block numbers, and raises when it is told to."""

    def __init__(self, chain: Chain) -> None:
        self.lines: tuple[int, ...] = ()
        self.forgets: Exception | None = None
        self.remembers: Exception | None = None
        chain.accompany(self._remember, self._restore)

    def write(self, chain: Chain) -> None:
        self.lines += (chain.height,)

    def _remember(self) -> tuple[int, ...]:
        if self.remembers:
            raise self.remembers
        return self.lines

    def _restore(self, memory: tuple[int, ...]) -> None:
        if self.forgets:
            raise self.forgets
        self.lines = memory


def _everything(chain: Chain, *notes: Notes) -> Any:
    return chain.height, chain.state_root, chain.now, list(chain.moment().snapshots), [one.lines for one in notes]


def test_companions_go_back_with_the_chain(chain: Chain) -> None:
    first, second = Notes(chain), Notes(chain)
    first.write(chain)
    before, snapshot = _everything(chain, first, second), chain.snapshot()
    chain.mine(2)
    second.write(chain)
    chain.revert(snapshot)
    assert _everything(chain, first, second) == before


def test_what_fails_within_a_step_takes_the_companions_back_too(chain: Chain) -> None:
    notes = Notes(chain)
    before = _everything(chain, notes)
    with pytest.raises(RuntimeError, match="mine"), chain.all_or_nothing():
        chain.mine()
        notes.write(chain)
        chain.snapshot()
        chain.travel(50)
        raise RuntimeError("mine")
    assert _everything(chain, notes) == before


def test_a_step_within_a_step_is_undone_alone(chain: Chain) -> None:
    notes = Notes(chain)
    with chain.all_or_nothing():
        chain.mine()
        notes.write(chain)
        before = _everything(chain, notes)
        with pytest.raises(RuntimeError), chain.all_or_nothing():
            chain.mine()
            notes.write(chain)
            raise RuntimeError
        assert _everything(chain, notes) == before
    assert _everything(chain, notes) == before


def test_a_companion_that_cannot_go_back_stops_nobody_else_and_is_heard(chain: Chain) -> None:
    first, broken, last = Notes(chain), Notes(chain), Notes(chain)
    before, snapshot = _everything(chain, first, last), chain.snapshot()
    chain.mine()
    for one in (first, broken, last):
        one.write(chain)
    broken.forgets = RuntimeError("I remember")
    with pytest.raises(RuntimeError, match="I remember"):
        chain.revert(snapshot)
    assert _everything(chain, first, last) == before
    assert broken.lines == (1,)
    with pytest.raises(ChainError, match=f"no snapshot {snapshot}"):
        chain.revert(snapshot)


def test_a_companion_that_cannot_go_back_after_a_failure_is_noted_on_what_failed(chain: Chain) -> None:
    broken, last = Notes(chain), Notes(chain)
    before = _everything(chain, last)
    broken.forgets = RuntimeError("I remember")
    with pytest.raises(ValueError, match="mine") as error, chain.all_or_nothing():
        chain.mine()
        last.write(chain)
        raise ValueError("mine")
    assert error.value.__notes__ == ["While going back, a callback failed too: RuntimeError('I remember')"]
    assert _everything(chain, last) == before


def test_a_companion_that_cannot_remember_keeps_a_step_from_beginning(chain: Chain) -> None:
    notes = Notes(chain)
    before = _everything(chain, notes)
    notes.remembers = RuntimeError("I forgot")
    for step in (chain.snapshot, chain.mine):
        with pytest.raises(RuntimeError, match="I forgot"):
            step()
    notes.remembers = None
    assert _everything(chain, notes) == before
    chain.mine()
    assert chain.height == before[0] + 1


def test_an_interrupt_while_going_back_is_heard_when_all_have(chain: Chain) -> None:
    notes, last = Notes(chain), Notes(chain)
    before, snapshot, interrupts = _everything(chain, notes, last), chain.snapshot(), [KeyboardInterrupt()]

    def interrupt(memory: Any) -> None:
        if interrupts:
            raise interrupts.pop()

    chain.accompany(lambda: None, interrupt)
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
