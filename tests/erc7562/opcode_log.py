"""A full opcode trace of a run, as geth's struct logger writes one: every opcode of every call, with stack and memory.

It is written by py-evm's own loop, not by the lab's interpreter, and it knows no rule: what it means is for
``checker.py``, afterwards. How a call ended is read from py-evm's frame when all is over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.logic.invalid import InvalidOpcode

#: Opcodes that read memory, and those that name an account: only with these are memory and code worth keeping.
READ_MEMORY = {0x20, 0xF1, 0xF2, 0xF4, 0xFA}
NAME_AN_ACCOUNT = {0x3B, 0x3C, 0x3F, 0xF1, 0xF2, 0xF4, 0xFA}


@dataclass
class Call:
    """A call or creation: who makes it, in whose name and with whose code it runs, and py-evm's frame."""

    number: int
    parent: Call | None
    frame: Any = field(repr=False)

    @property
    def caller(self) -> bytes:
        return bytes(self.frame.msg.sender)

    @property
    def account(self) -> bytes:
        return bytes(self.frame.msg.storage_address)

    @property
    def creates(self) -> bool:
        return bool(self.frame.msg.is_create)

    @property
    def code_address(self) -> bytes:
        """Whose code it is. A constructor's is its own account's."""
        return self.account if self.creates else bytes(self.frame.msg.code_address)

    @property
    def data(self) -> bytes:
        return b"" if self.creates else bytes(self.frame.msg.data)

    @property
    def error(self) -> str | None:
        return type(self.frame.error).__name__ if self.frame.is_error else None

    @property
    def output(self) -> bytes:
        return bytes(self.frame.output)


@dataclass
class Step:
    """One opcode, before it runs. ``stack``: its top first. ``following``: the next byte of code."""

    call: Call
    op: int
    stack: list[int]
    memory: bytes
    following: int | None
    #: The code that accounts on the stack have at this moment.
    codes: dict[bytes, bytes]


@dataclass
class Log:
    """Opcodes, and the beginnings of calls, in order."""

    entries: list[Step | Call] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def begin(self, frame: Any) -> Call:
        """Note that a call begins: its caller is the last one that is one level higher."""
        above = [call for call in self.calls if call.frame.msg.depth == frame.msg.depth - 1]
        call = Call(len(self.calls), above[-1] if above else None, frame)
        self.calls.append(call)
        self.entries.append(call)
        return call


def logged(state: Any) -> Log:
    """Log whatever runs on this state from now on."""
    state.computation_class, state.opcode_log = LoggedComputation, Log()
    log: Log = state.opcode_log
    return log


def _noting(op: int) -> Any:
    """Return py-evm's opcode, which is noted before it runs."""
    real: Any = PragueComputation.opcodes.get(op) or InvalidOpcode(op)

    def run(computation: Any) -> None:
        code, pc = bytes(computation.msg.code), computation.code.program_counter
        words = computation._stack.values[:-8:-1]
        top = [word if isinstance(word, int) else int.from_bytes(word, "big") for word in words]
        asked = [(word % 2**160).to_bytes(20, "big") for word in top[:2] if op in NAME_AN_ACCOUNT]
        held = {account: bytes(computation.state.get_code(account)) for account in asked}
        memory = bytes(computation._memory._bytes) if op in READ_MEMORY else b""
        step = Step(computation.logged, op, top, memory, code[pc] if pc < len(code) else None, held)
        computation.state.opcode_log.entries.append(step)
        real(computation=computation)

    return run


class LoggedComputation(PragueComputation):
    """py-evm's frame, with every opcode noted."""

    opcodes: Any = {op: _noting(op) for op in range(256)}  # noqa: RUF012  py-evm declares it so

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.logged = self.state.opcode_log.begin(self)  # type: ignore[attr-defined]
