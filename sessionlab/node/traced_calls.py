"""Run a transaction or a message again, and keep every call that it makes.

py-evm's frames say what each call did. This adds what they leave out: the opcode of a call, the place of a log among
the calls, and calls that never got a frame because their sender could not pay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eth.constants import STACK_DEPTH_LIMIT
from eth.exceptions import Halt, VMError

from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.errors import ChainError
from sessionlab.core.evm.interpreter import OPCODES, LabComputation

CALL_STIPEND = 2_300  # gas that comes with wei
CALLS = {0xF1: "CALL", 0xF2: "CALLCODE", 0xF4: "DELEGATECALL", 0xFA: "STATICCALL"}
CREATIONS = {0xF0: "CREATE", 0xF5: "CREATE2"}
LOGS = range(0xA0, 0xA5)
SELFDESTRUCT = 0xFF
#: Calls of one trace, and bytes of what they are given and return.
MOST_CALLS, MOST_BYTES = 20_000, 16 * 2**20
OUT_OF_FUNDS, TOO_DEEP, COLLISION = "InsufficientFunds", "StackDepthLimit", "ContractCreationCollision"


@dataclass(frozen=True, slots=True)
class TracedLog:
    """An event. ``place``: how many calls its contract had made before; ``order`` counts the transaction's events."""

    address: str
    topics: tuple[int, ...]
    data: bytes
    place: int
    order: int


@dataclass(frozen=True, slots=True)
class TracedCall:
    """One call and those that it made. Gas in gas, value in wei; None where a kind of call has none."""

    kind: str  # the opcode
    caller: str
    to: str | None  # None: a contract that was not created
    value: int | None
    gas: int
    gas_used: int
    data: bytes
    output: bytes
    halt: str | None  # why it failed, as py-evm names it
    problem: str  # the same in py-evm's words
    calls: tuple[TracedCall, ...]
    logs: tuple[TracedLog, ...]


@dataclass(slots=True)
class _Entry:
    """What a frame noted about one call: of those that got no frame, all there is to know."""

    kind: str
    to: str | None
    value: int | None
    unsent: TracedCall | None = None


class _Recorded:
    """An opcode that calls, logs or ends its contract. Does what py-evm does, and notes it."""

    def __init__(self, code: int) -> None:
        self._code, self._opcode = code, OPCODES[code]
        self._note: Callable[[Any], None] = (
            self._log if code in LOGS else self._end if code == SELFDESTRUCT else self._call
        )

    def __call__(self, computation: Any) -> None:
        self._note(computation)

    def _log(self, computation: Any) -> None:
        self._opcode(computation=computation)
        computation.places.append(len(computation.entries))

    def _end(self, computation: Any) -> None:
        to = _address(computation._stack.values[-1])
        caller = checksum(computation.msg.storage_address)
        value = computation.state.get_balance(computation.msg.storage_address)
        ended = TracedCall("SELFDESTRUCT", caller, to, value, 0, 0, b"", b"", None, "", (), ())
        try:
            self._opcode(computation=computation)
        except Halt:
            computation.entries.append(_Entry("SELFDESTRUCT", to, value, ended))
            raise

    def _call(self, computation: Any) -> None:
        words = list(reversed(computation._stack.values[-7:]))
        entry, made = _entry(computation, self._code, words), len(computation.children)
        computation.entries.append(entry)
        try:
            self._opcode(computation=computation)
        except VMError:
            if len(computation.children) == made:  # it failed itself, and called nobody
                computation.entries.pop()
            raise
        if len(computation.children) == made:
            entry.unsent = _unsent(computation, entry, words)
            _count(computation.state, len(entry.unsent.data))
        else:
            child = computation.children[-1]
            _count(
                computation.state, len(child.msg.data) + len(child.msg.code) * child.msg.is_create + len(child.output)
            )


def _count(state: Any, size: int) -> None:
    """Add a call to those of the run. Raises ChainError if they are too many to be told."""
    state.traced_calls = getattr(state, "traced_calls", 0) + 1
    state.traced_bytes = getattr(state, "traced_bytes", 0) + size
    for name, asked, most in (("calls", state.traced_calls, MOST_CALLS), ("bytes", state.traced_bytes, MOST_BYTES)):
        if asked > most:
            fix = "send tracerConfig {onlyTopCall: true}."
            message = f"The trace has more than {most:,} {name}."
            raise ChainError(message, field="tracerConfig", asked=asked, left=most, fix=fix)


def _entry(computation: Any, code: int, words: Sequence[int]) -> _Entry:
    """Note a call by its opcode and the words that it takes, which may be too few: then py-evm refuses the opcode."""
    first, second, third, *_ = (*words, 0, 0, 0)
    if code in CREATIONS:
        return _Entry(CREATIONS[code], None, first)
    kind = CALLS[code]
    value = {"STATICCALL": None, "DELEGATECALL": computation.msg.value}.get(kind, third)
    return _Entry(kind, _address(second), value)


def _unsent(computation: Any, entry: _Entry, words: Sequence[int]) -> TracedCall:
    """Return a call that got no frame. Unless a contract is there already, it gave its gas back."""
    creates, pays = entry.kind in CREATIONS.values(), entry.kind not in ("DELEGATECALL", "STATICCALL")
    data = words[1 if creates else 3 if pays else 2 :]
    stipend = CALL_STIPEND if entry.value and entry.kind in ("CALL", "CALLCODE") else 0
    left = computation.get_gas_remaining() - stipend
    gas = left - left // 64
    if not creates:
        gas = min(words[0], gas) + stipend
    poor = pays and computation.state.get_balance(computation.msg.storage_address) < (entry.value or 0)
    halt, used = (OUT_OF_FUNDS if poor else TOO_DEEP), 0
    if creates and not poor and computation.msg.depth < STACK_DEPTH_LIMIT:
        halt, gas = COLLISION, computation.consumed
        used = gas
    return TracedCall(
        kind=entry.kind,
        caller=checksum(computation.msg.storage_address),
        to=entry.to,
        value=entry.value,
        gas=gas,
        gas_used=used,
        data=bytes(computation.memory_read_bytes(data[0], data[1])),
        output=b"",
        halt=halt,
        problem="",
        calls=(),
        logs=(),
    )


class TracedComputation(LabComputation):
    """A frame that notes its calls and the places of its events."""

    opcodes = {  # noqa: RUF012  py-evm declares it so
        **OPCODES,
        **{code: _Recorded(code) for code in (*CALLS, *CREATIONS, *LOGS, SELFDESTRUCT)},
    }
    #: What the latest step consumed: the gas of a creation that finds a contract in its place.
    consumed = 0

    def __init__(self, state: Any, message: Any, transaction_context: Any) -> None:
        super().__init__(state, message, transaction_context)
        self.entries: list[_Entry] = []
        self.places: list[int] = []

    def consume_gas(self, amount: int, reason: str) -> None:
        """Consume gas, as py-evm does."""
        self.consumed = amount
        super().consume_gas(amount, reason)


class OutermostComputation(TracedComputation):
    """A frame that notes its events and none of its calls."""

    opcodes = {**OPCODES, **{code: _Recorded(code) for code in LOGS}}  # noqa: RUF012  py-evm declares it so


def traced(frame: Any, *, gas: int, gas_used: int) -> TracedCall:
    """Return what a transaction's outermost frame and all others did. Gas as the transaction offers and pays it."""
    create = frame.msg.is_create
    entry = _Entry("CREATE" if create else "CALL", None if create else checksum(frame.msg.to), frame.msg.value)
    order = {counter: index for index, (counter, *_) in enumerate(sorted(frame.get_raw_log_entries()))}
    result = _of_frame(frame, entry, checksum(frame.msg.sender), order)
    return replace(result, gas=gas, gas_used=gas_used)


def _of_frame(frame: Any, entry: _Entry, caller: str, order: dict[int, int]) -> TracedCall:
    message, here = frame.msg, checksum(frame.msg.storage_address)
    children = iter(frame.children)
    calls = [made.unsent or _of_frame(next(children), made, here, order) for made in frame.entries]
    failed = frame.is_error
    return TracedCall(
        kind=entry.kind,
        caller=caller,
        to=(None if failed else here) if message.is_create else entry.to,
        value=entry.value,
        gas=message.gas,
        gas_used=frame.get_gas_used(),
        data=bytes(message.code if message.is_create else message.data),
        output=bytes(frame.output),
        halt=type(frame.error).__name__ if failed else None,
        problem=str(frame.error) if failed else "",
        calls=tuple(calls),
        logs=tuple(
            TracedLog(checksum(address), topics, bytes(data), position, order[counter])
            for (counter, address, topics, data), position in zip(frame._log_entries, frame.places, strict=True)
            if counter in order  # events of a call that failed, or of one within it, are gone
        ),
    )


def _address(word: int) -> str:
    return checksum((word % 2**160).to_bytes(20, "big"))
