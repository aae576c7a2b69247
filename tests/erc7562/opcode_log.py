"""A full opcode trace of a run, as geth's struct logger writes one: every opcode of every call, with stack and memory.

It is written by py-evm's own loop, not by the lab's interpreter. What it means is for ``checker.py``, afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eth.abc import ComputationAPI, MessageAPI, StateAPI, TransactionContextAPI
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.logic.invalid import InvalidOpcode

MEMORY_OPCODES = (0x20, 0xF1, 0xF2, 0xF4, 0xFA)  # KECCAK256 and the calls read it


@dataclass
class Step:
    """One opcode, before it runs. ``stack``: its top first. ``following``: the next byte of code."""

    frame: int
    pc: int
    op: int
    stack: list[int]
    memory: bytes
    following: int | None
    #: Of an opcode that names an account: the code it has at this moment.
    code_of: bytes = b""


@dataclass
class Call:
    """A call or creation: who makes it, whose storage and whose code it has, and how it ends."""

    number: int
    parent: int | None
    caller: bytes
    account: bytes
    code_address: bytes
    data: bytes
    creates: bool
    precompile: bool = False
    error: str | None = None
    output: bytes = b""


@dataclass
class Log:
    """Steps, and beginnings and ends of calls, in order."""

    entries: list[Step | Call | tuple[str, int]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    open: list[int] = field(default_factory=list)


def logged(state: Any) -> Log:
    """Log whatever runs on this state from now on."""
    state.computation_class, state.opcode_log = LoggedComputation, Log()
    log: Log = state.opcode_log
    return log


class _Stepping:
    def __init__(self, op: int) -> None:
        self._op, self._real = op, PragueComputation.opcodes.get(op) or InvalidOpcode(op)

    def __call__(self, computation: Any) -> None:
        log: Log = computation.state.opcode_log
        op, code = self._op, bytes(computation.msg.code)
        pc = computation.code.program_counter - 1
        stack = [_number(value) for value in reversed(computation._stack.values[-7:])]
        memory = bytes(computation._memory._bytes) if op in MEMORY_OPCODES else b""
        step = Step(log.open[-1], pc, op, stack, memory, code[pc + 1] if pc + 1 < len(code) else None)
        at = {0x3B: 0, 0x3C: 0, 0x3F: 0, 0xF1: 1, 0xF2: 1, 0xF4: 1, 0xFA: 1}.get(op)
        if at is not None and len(stack) > at:
            step.code_of = bytes(computation.state.get_code((stack[at] % 2**160).to_bytes(20, "big")))
        log.entries.append(step)
        self._real(computation=computation)


class LoggedComputation(PragueComputation):
    """py-evm's frame, with every opcode noted."""

    opcodes: Any = {op: _Stepping(op) for op in range(256)}  # noqa: RUF012  py-evm declares it so

    def __init__(self, state: StateAPI, message: MessageAPI, transaction_context: TransactionContextAPI) -> None:
        super().__init__(state, message, transaction_context)
        log: Log = state.opcode_log  # type: ignore[attr-defined]
        account, creates = bytes(message.storage_address), bool(message.is_create)
        code = account if creates else bytes(message.code_address)
        made = Call(
            len(log.calls),
            log.open[-1] if log.open else None,
            bytes(message.sender),
            account,
            code,
            b"" if creates else bytes(message.data),
            creates,
            not creates and message.code_address in self.precompiles,
        )
        log.calls.append(made)
        log.open.append(made.number)
        log.entries.append(made)

    @classmethod
    def apply_message(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> Any:
        frame: Any = super().apply_message(state, message, transaction_context, parent_computation)
        cls._ended(state, frame)
        return frame

    @classmethod
    def apply_create_message(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> Any:
        frame: Any = super().apply_create_message(state, message, transaction_context, parent_computation)
        made: Call = frame.logged
        if frame.is_error and made.error is None:  # what the code costs to keep was too much
            made.error = type(frame.error).__name__
        return frame

    @staticmethod
    def _ended(state: Any, frame: Any) -> None:
        log: Log = state.opcode_log
        made = frame.logged = log.calls[log.open.pop()]
        made.error = type(frame.error).__name__ if frame.is_error else None
        made.output = bytes(frame.output)
        log.entries.append(("end", made.number))


def _number(value: Any) -> int:
    return value if isinstance(value, int) else int.from_bytes(value, "big")
