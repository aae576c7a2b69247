"""Watch the validation of a bundle's operations in the EVM, opcode by opcode.

    observation = Observation([operation])
    observe(state, observation)         # a state, before handleOps runs on it
    …
    observation.trace(0)                # what the first operation's validation did

Watching changes nothing: not the result, and not the gas. What the EntryPoint does for itself is not watched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from eth.exceptions import OutOfGas as VmOutOfGas
from eth.vm.logic.invalid import InvalidOpcode
from eth_hash.auto import keccak

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.work import GO_ON
from sessionlab.core.erc4337.simulate import VALIDATE_PAYMASTER
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm.interpreter import CONTEXT_OPCODES, OPCODES, LabComputation
from sessionlab.core.evm.records import DELEGATION
from sessionlab.core.permissions.functions import VALIDATE_USER_OP
from sessionlab.node.bundler import trace
from sessionlab.node.bundler.trace import ACCOUNT, FACTORY, PAYMASTER, Event, OpcodePlace, Phase, ValidationTrace

if TYPE_CHECKING:
    from eth.abc import ComputationAPI, MessageAPI, StateAPI, TransactionContextAPI

    from sessionlab.core.erc4337.user_operation import UserOperation

ENTRY = address_bytes(ENTRY_POINT)
EVENT = 512  # bytes that each note takes
CREATE_SENDER = bytes.fromhex("570e1a36")
CALLS = {0xF1: "CALL", 0xF2: "CALLCODE", 0xF4: "DELEGATECALL", 0xFA: "STATICCALL"}
CODE = {0x3B: "EXTCODESIZE", 0x3C: "EXTCODECOPY", 0x3F: "EXTCODEHASH"}
STORAGE = {0x54: "SLOAD", 0x55: "SSTORE", 0x5C: "TLOAD", 0x5D: "TSTORE"}
CREATIONS = {0xF0: "CREATE", 0xF5: "CREATE2"}
#: Opcodes that are noted by their use alone.
NAMED = {
    0x31: "BALANCE",
    0x32: "ORIGIN",
    0x3A: "GASPRICE",
    0x40: "BLOCKHASH",
    0x41: "COINBASE",
    0x42: "TIMESTAMP",
    0x43: "NUMBER",
    0x44: "PREVRANDAO",
    0x45: "GASLIMIT",
    0x47: "SELFBALANCE",
    0x48: "BASEFEE",
    0x49: "BLOBHASH",
    0x4A: "BLOBBASEFEE",
    0xFE: "INVALID",
    0xFF: "SELFDESTRUCT",
}
GAS, ISZERO, KECCAK = 0x5A, 0x15, 0x20
WORD_AND_WORD = 64  # bytes that a mapping's slot is the hash of
KEPT_DATA = 36


@dataclass(slots=True)
class _Frame:
    """One call of a phase."""

    phase: _Running
    contract: bytes
    account: bytes
    selector: bytes
    depth: int
    creating: bool
    #: Whether it is the EntryPoint's: what that does is its own, but for running out of the gas that it was given.
    closed: bool

    def place(self, pc: int) -> OpcodePlace:
        """Return where in this call something happened."""
        GO_ON.get()(EVENT)
        contract, account = _named(self.contract), _named(self.account)
        return OpcodePlace(contract, account, pc, self.creating, self.selector, self.depth)


@dataclass(slots=True)
class _Running:
    """A phase, while it runs and afterwards."""

    operation: int
    entity: str
    address: bytes
    events: list[Event] = field(default_factory=list)
    ended: Any = None  # py-evm's frame, when it is over

    def done(self) -> Phase:
        frame = self.ended
        halt = type(frame.error).__name__ if frame.is_error else None
        address, output = _named(self.address), bytes(frame.output)
        return Phase(self.entity, address, tuple(self.events), frame.get_gas_used(), frame.msg.gas, output, halt)


@cache
def _named(address: bytes) -> str:
    return checksum(address)


class Observation:
    """What the validation of these operations does when they run in one bundle, in this order."""

    def __init__(self, operations: Sequence[UserOperation]) -> None:
        self._operations = list(operations)
        self._waiting = [
            (index, role, address) for index, operation in enumerate(operations) for role, address in _steps(operation)
        ]
        self._phases: list[_Running] = []
        self._frames: list[_Frame | None] = []
        self._running: _Running | None = None
        self._creator: bytes | None = None  # the contract through which the EntryPoint calls a factory
        self._hashes: dict[bytes, set[int]] = {}
        self._code: dict[bytes, bytes] = {}
        self._delegations: dict[bytes, bytes] = {}
        self._entities = {address for _, _, address in self._waiting}

    @property
    def complete(self) -> bool:
        """Whether every entity's phase began."""
        return not self._waiting

    def trace(self, index: int) -> ValidationTrace:
        """Return what the validation of one of the operations did, as far as it ran."""
        operation = self._operations[index]
        own = {checksum(address) for _, address in _steps(operation)}
        return ValidationTrace(
            sender=checksum(address_bytes(operation.sender)),
            factory=None if operation.factory is None else checksum(address_bytes(operation.factory)),
            paymaster=None if operation.paymaster is None else checksum(address_bytes(operation.paymaster)),
            phases=tuple(phase.done() for phase in self._phases if phase.operation == index and phase.ended),
            hashes={_named(of): frozenset(digests) for of, digests in self._hashes.items() if of in self._entities},
            code_hashes={_named(of): bytes(keccak(code)) for of, code in self._code.items()},
            delegations={_named(of): _named(to) for of, to in self._delegations.items() if _named(of) in own},
        )

    # -- what the frames tell

    def begin(self, state: Any, message: MessageAPI) -> _Frame | None:
        """Note that a call begins. Returns its frame if it is part of validation."""
        frame = None
        if self._running is None:
            self._running = self._phase_of(state, message) if self._waiting else None
            if self._running is not None:
                frame = _frame_of(message, self._running, 0)
        else:
            caller = self._frames[-1]
            if caller is not None and not caller.closed:
                frame = _frame_of(message, self._running, caller.depth + 1)
        self._frames.append(frame)
        return frame

    def end(self, frame: Any) -> None:
        """Note that a call ended."""
        noted = self._frames.pop()
        if noted is not None and noted.depth == 0:
            noted.phase.ended, self._running = frame, None

    @staticmethod
    def ran_out(frame: _Frame) -> None:
        """Note that a call ran out of gas. The interpreter does not say at which opcode."""
        frame.phase.events.append(trace.OutOfGas(frame.place(0)))

    def _phase_of(self, state: Any, message: MessageAPI) -> _Running | None:
        """Return the phase that a message begins, if it does: the EntryPoint calls the entities in a fixed order."""
        to, data = bytes(message.to), bytes(message.data)
        if message.sender == ENTRY and to == ENTRY and data[:4] != b"":
            self._waiting = []  # the first operation's own frame: validation is over
            return None
        if message.sender == ENTRY and data[:4] == CREATE_SENDER:
            self._creator = to
            return None
        index, role, address = self._waiting[0]
        opens = {FACTORY: None, ACCOUNT: VALIDATE_USER_OP, PAYMASTER: VALIDATE_PAYMASTER}[role]
        if to != address or (opens is None and message.sender != self._creator):
            return None
        if opens is not None and (message.sender != ENTRY or data[:4] != opens):
            return None
        self._waiting.pop(0)
        phase = _Running(index, role, address)
        self._phases.append(phase)
        self.used_code(state, address)
        return phase

    def used_code(self, state: Any, address: bytes) -> tuple[int, bytes | None]:
        """Note that an account's code was used. Returns its size, and the contract that it delegates to (EIP-7702)."""
        code = self._code[address] = bytes(state.get_code(address))
        delegate = code[3:23] if code.startswith(DELEGATION) else None
        if delegate is not None:
            self._delegations[address] = delegate
            self._code[delegate] = bytes(state.get_code(delegate))
        return len(code), delegate

    def hashed(self, data: bytes, digest: int) -> None:
        """Note what an address was hashed to, with one word behind it."""
        if data[:12] == bytes(12):
            self._hashes.setdefault(data[12:32], set()).add(digest)


def _frame_of(message: MessageAPI, phase: _Running, depth: int) -> _Frame:
    creating, account = bool(message.is_create), bytes(message.storage_address)
    contract = account if creating else bytes(message.code_address)
    selector = b"" if creating else bytes(message.data[:4])
    return _Frame(phase, contract, account, selector, depth, creating, closed=account == ENTRY)


def _steps(operation: UserOperation) -> list[tuple[str, bytes]]:
    named = ((FACTORY, operation.factory), (ACCOUNT, operation.sender), (PAYMASTER, operation.paymaster))
    return [(role, address_bytes(address)) for role, address in named if address is not None]


def observe(state: Any, observation: Observation) -> None:
    """Watch whatever runs on this state from now on."""
    state.computation_class, state.observation = ObservedComputation, observation


# -- opcodes


def _watched(op: int, real: Any) -> Any:
    """Return an opcode that is noted where validation runs, and does what py-evm does."""
    note = _NOTES.get(op) or (_unassigned if op not in OPCODES else None)
    if note is None:
        return real

    def run(computation: Any) -> None:
        frame = computation.noted
        if frame is None:
            real(computation=computation)
            return
        after = note(op, computation, frame)
        real(computation=computation)
        if after is not None:
            after()

    return run


Note = Callable[[int, Any, _Frame], Callable[[], None] | None]


def _named_use(op: int, computation: Any, frame: _Frame) -> None:
    frame.phase.events.append(trace.OpcodeUse(NAMED[op], frame.place(computation.code.program_counter - 1)))


def _unassigned(op: int, computation: Any, frame: _Frame) -> None:
    at = frame.place(computation.code.program_counter - 1)
    frame.phase.events.append(trace.OpcodeUse(f"0x{op:02X}", at))


def _gas(op: int, computation: Any, frame: _Frame) -> None:
    following = computation.code.program_counter
    if not _follows(computation, following, CALLS):
        frame.phase.events.append(trace.OpcodeUse("GAS", frame.place(following - 1)))


def _follows(computation: Any, pc: int, opcodes: Any) -> bool:
    code = computation.msg.code
    return pc < len(code) and code[pc] in opcodes


def _storage(op: int, computation: Any, frame: _Frame) -> None:
    stack = computation._stack.values
    if stack:
        at = frame.place(computation.code.program_counter - 1)
        frame.phase.events.append(trace.StorageUse(STORAGE[op], at.account, stack[-1], at))


def _code(op: int, computation: Any, frame: _Frame) -> None:
    stack, pc = computation._stack.values, computation.code.program_counter
    if stack:
        asks = op == 0x3B and _follows(computation, pc, (ISZERO,))
        _uses_code(CODE[op], stack[-1], computation, frame, pc - 1, only_asks=asks)


def _uses_code(opcode: str, word: int, computation: Any, frame: _Frame, pc: int, *, only_asks: bool = False) -> None:
    address = _address(word)
    size, delegate = computation.state.observation.used_code(computation.state, address)
    named = None if delegate is None else _named(delegate)
    use = trace.CodeUse(opcode, _named(address), size, named, frame.place(pc), only_asks)
    frame.phase.events.append(use)


def _call(op: int, computation: Any, frame: _Frame) -> None:
    stack, pc = computation._stack.values, computation.code.program_counter - 1
    pays = op in (0xF1, 0xF2)
    if len(stack) < (7 if pays else 6):
        return
    start, size = (stack[-4], stack[-5]) if pays else (stack[-3], stack[-4])
    data = bytes(computation._memory._bytes[start : start + min(size, KEPT_DATA)]).ljust(min(size, KEPT_DATA), b"\0")
    to, value = _named(_address(stack[-2])), stack[-3] if pays else 0
    call = trace.CallUse(CALLS[op], to, value, data, size, stack[-1], frame.place(pc))
    frame.phase.events.append(call)
    _uses_code(CALLS[op], stack[-2], computation, frame, pc)


def _create(op: int, computation: Any, frame: _Frame) -> Callable[[], None]:
    at, events = frame.place(computation.code.program_counter - 1), frame.phase.events
    index, before = len(events), len(computation.children)
    events.append(trace.Creation(CREATIONS[op], None, at))

    def after() -> None:
        if len(computation.children) > before:
            made = _named(bytes(computation.children[-1].msg.storage_address))
            events[index] = trace.Creation(CREATIONS[op], made, at)

    return after


def _keccak(op: int, computation: Any, frame: _Frame) -> Callable[[], None] | None:
    stack = computation._stack.values
    if len(stack) < 2 or stack[-2] != WORD_AND_WORD:
        return None
    start = stack[-1]

    def after() -> None:
        data = bytes(computation._memory._bytes[start : start + WORD_AND_WORD])
        computation.state.observation.hashed(data, stack[-1])

    return after


def _address(word: int) -> bytes:
    return (word % 2**160).to_bytes(20, "big")


_NOTES: dict[int, Note] = {
    **dict.fromkeys(NAMED, _named_use),
    **dict.fromkeys(STORAGE, _storage),
    **dict.fromkeys(CODE, _code),
    **dict.fromkeys(CALLS, _call),
    **dict.fromkeys(CREATIONS, _create),
    GAS: _gas,
    KECCAK: _keccak,
}


class ObservedComputation(LabComputation):
    """A frame whose opcodes are noted if it belongs to validation."""

    opcodes = {op: _watched(op, OPCODES.get(op) or InvalidOpcode(op)) for op in range(256)}  # noqa: RUF012
    context_opcodes = CONTEXT_OPCODES - {GAS}
    #: Its part of validation, and the same if its opcodes are noted. None: not part of validation, or not noted.
    begun: _Frame | None = None
    noted: _Frame | None = None

    def __init__(self, state: Any, message: Any, transaction_context: Any) -> None:
        super().__init__(state, message, transaction_context)
        self.begun = state.observation.begin(state, message)
        self.noted = None if self.begun is None or self.begun.closed else self.begun

    @classmethod
    def apply_message(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> Any:
        """Run one message, and note how it ended."""
        frame: Any = super().apply_message(state, message, transaction_context, parent_computation)
        observation: Observation = state.observation  # type: ignore[attr-defined]
        _note_out_of_gas(frame)
        observation.end(frame)
        return frame

    @classmethod
    def apply_create_message(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> Any:
        """Create a contract; what its code costs may be more than the gas that is left."""
        frame: Any = super().apply_create_message(state, message, transaction_context, parent_computation)
        _note_out_of_gas(frame)
        return frame


def _note_out_of_gas(frame: Any) -> None:
    """Note once that a frame ran out of gas. A precompile has no code to tell it."""
    begun = getattr(frame, "begun", None)
    if begun is None or not isinstance(frame._error, VmOutOfGas) or begun.contract in frame.precompiles:
        return
    frame.begun = None
    frame.state.observation.ran_out(begun)
