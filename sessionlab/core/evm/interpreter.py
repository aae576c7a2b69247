"""The bytecode interpreter loop: py-evm's Prague rules, with the most common opcodes inlined.

py-evm spends most of a call moving single words: each opcode is a chain of five Python calls. Here, stack words are
always ints, code is decoded once per contract, and cheap opcodes (push, dup, swap, jumps, arithmetic, memory words)
run inside one loop, and the most common pairs of them as one step. Opcodes that touch state or other contracts, or
whose gas depends on size, still run in py-evm, so that those rules exist only once. ``tests/chain`` compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth.abc import ComputationAPI, MessageAPI, StateAPI, TransactionContextAPI
from eth.exceptions import FullStack, Halt, InsufficientStack, InvalidJumpDestination, OutOfGas
from eth.vm.computation import NO_RESULT
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.logic.invalid import InvalidOpcode
from eth.vm.memory import Memory
from eth.vm.stack import Stack

from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.work import GO_ON
from sessionlab.core.evm.failed_calls import Paying, Unsent

STACK_LIMIT = 1024
ADD, POP, JUMPDEST = 0x01, 0x50, 0x5B
#: Two opcodes in one step, in place of the first; PUSH is one of 1 to 32 bytes.
PUSH_MLOAD, PUSH_MSTORE, PUSH_JUMP, PUSH_JUMPI, SWAP_POP, DUP_ADD = range(0x100, 0x106)
PAIRS = {0x51: PUSH_MLOAD, 0x52: PUSH_MSTORE, 0x56: PUSH_JUMP, 0x57: PUSH_JUMPI}
PAIR_GAS = 14  # the dearest pair; with less left the opcodes run one by one
#: A frame asks whether it may go on after so much gas, a few milliseconds; each opcode that py-evm runs counts as more.
SLICE, OPCODE = 50_000, 500
#: Bytes that a frame takes until the whole run is over, and each of its snapshots for each storage that was written.
FRAME, STORE = 4_096, 320
#: Bytes that opcodes keep until then and that cost little gas: TSTORE, and LOG0 to LOG4 without their data.
KEEPS = {0x5D: 256} | {0xA0 + topics: 128 + 64 * topics for topics in range(5)}
#: Bytes that a byte of code takes, decoded, while its frame runs; and of code that stays decoded.
DECODED, KEPT_CODE = 28, 2**18
CONTEXT_OPCODES = frozenset((0x30, 0x33, 0x36, 0x3D, 0x5A))  # ADDRESS CALLER CALLDATASIZE RETURNDATASIZE GAS: 2 gas
_decoded: dict[bytes, tuple[bytes, list[int], list[int]]] = {}


class WordStack(Stack):
    """A py-evm stack that holds only ints."""

    def push_bytes(self, value: bytes) -> None:
        """Push big-endian bytes as a number."""
        if len(self.values) >= STACK_LIMIT:
            raise FullStack("Stack limit reached")
        self.values.append(int.from_bytes(value, "big"))


class CountedMemory(Memory):
    """A py-evm memory that says how much it takes."""

    __slots__ = ()

    def extend(self, start_position: int, size: int) -> None:
        """Grow to hold these bytes."""
        if size and (more := start_position + size - len(self._bytes)) > 0:
            GO_ON.get()(more)
            super().extend(start_position, size)


def decode(code: bytes) -> tuple[bytes, list[int], list[int]]:
    """Decode a contract's code, usually once: the codes used lately stay decoded.

    Returns the code padded with STOPs; its steps, with pairs, and with nothing in what is pushed; and what each pushes.
    """
    if code in _decoded:
        return _decoded[code]
    pc, end = 0, len(code)
    raw = code + bytes(34)
    steps, words = [*raw], [0] * len(raw)
    while pc < end:
        opcode = code[pc]
        if 0x60 <= opcode <= 0x7F:
            after = pc + opcode - 0x5E
            words[pc] = int.from_bytes(raw[pc + 1 : after], "big")
            steps[pc + 1 : after] = bytes(after - pc - 1)
            pc = after - 1
        elif 0x90 <= opcode <= 0x9F and raw[pc + 1] == POP:
            steps[pc] = SWAP_POP
        elif 0x80 <= opcode <= 0x8F and raw[pc + 1] == ADD:
            steps[pc] = DUP_ADD
        pc += 1
    for pc, word in enumerate(words):
        pair = PAIRS.get(raw[pc + raw[pc] - 0x5E]) if steps[pc] > 0x5F and steps[pc] < 0x80 else None
        if pair and (pair < PUSH_JUMP or (word < end and steps[word] == JUMPDEST)):
            steps[pc] = pair
    if end <= KEPT_CODE:
        if sum(map(len, tuple(_decoded))) + end > KEPT_CODE:
            _decoded.clear()
        _decoded[code] = raw, steps, words
    return raw, steps, words


#: py-evm's opcodes; CALL and CALLCODE, CREATE and CREATE2 also note what a frame cannot send.
OPCODES: dict[int, Any] = {
    **PragueComputation.opcodes,
    **{op: Paying(PragueComputation.opcodes[op], value_at=-3, calls=True) for op in (0xF1, 0xF2)},
    **{op: Paying(PragueComputation.opcodes[op], value_at=-1, calls=False) for op in (0xF0, 0xF5)},
}


class LabComputation(PragueComputation):
    """A py-evm execution frame that uses ``run`` as its loop."""

    opcodes = OPCODES
    context_opcodes = CONTEXT_OPCODES  # those that the loop runs itself; the others are looked up in ``opcodes``
    unsent: tuple[Unsent, ...] = ()  # the latest calls that this frame could not pay for

    def __init__(self, state: Any, message: MessageAPI, transaction_context: TransactionContextAPI) -> None:
        given, snapshots = (message.code, 3) if message.is_create else (message.data, 1)
        self.kept = FRAME + snapshots * STORE * len(state._account_db._dirty_accounts) + len(given)
        GO_ON.get()(self.kept)
        super().__init__(state, message, transaction_context)
        self._stack, self._memory = WordStack(), CountedMemory()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool | None:
        """Keep a VM error as py-evm does, without its traceback, whose Python frames would wait for a collection."""
        handled = super().__exit__(kind, error, trace)
        if handled:
            error.__traceback__ = None
        return handled

    @classmethod
    def apply_computation(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        """Run one message, as py-evm does: contract creation bookkeeping, precompiles and bytecode."""
        with cls(state, message, transaction_context) as computation:
            if parent_computation is None:
                computation.contracts_created = []
                if message.is_create:
                    cls.consume_initcode_gas_cost(computation)
            else:
                computation.contracts_created = parent_computation.contracts_created
            if message.is_create:
                computation.contracts_created.append(message.storage_address)
            precompile = computation.precompiles.get(message.code_address, NO_RESULT)
            if precompile is NO_RESULT:
                run(computation)
            elif not message.is_delegation:
                precompile(computation)
        return computation


def run(frame: Any) -> None:
    """Execute the frame's code until it halts. Raises py-evm's VM errors, which the frame turns into a failed call."""
    decoded = DECODED * len(frame.msg.code)
    GO_ON.get()(decoded)
    try:
        _loop(frame)
    except IndexError:
        raise InsufficientStack("An opcode wanted more words than the stack holds") from None
    except Halt:
        pass
    finally:
        frame.kept += len(frame.output)
        free = decoded + len(frame._memory) - len(frame.output) + (0 if frame.msg.depth else _kept(frame))
        GO_ON.get()(-free)
        frame._stack, frame._memory = WordStack(), CountedMemory()


def _kept(frame: Any) -> int:
    return int(frame.kept) + sum(map(_kept, frame.children))


def _loop(frame: Any) -> None:
    raw, pairs, words = decode(frame.msg.code)
    stack: list[int] = frame._stack.values
    cells: bytearray = frame._memory._bytes
    push, pop, go_on, context = stack.append, stack.pop, GO_ON.get(), frame.context_opcodes
    gas: int = frame._gas_meter.gas_remaining
    kept = max(0, gas - SLICE)  # the loop spends one slice of the gas after the other
    gas -= kept
    pc = 0
    steps: Sequence[int] = pairs

    while True:
        op = steps[pc]
        if op >= 0x5F and op <= 0x9F:
            gas -= 2 if op == 0x5F else 3
            if op <= 0x7F:  # PUSH0 … PUSH32
                if len(stack) >= STACK_LIMIT:
                    raise FullStack("Stack limit reached")
                push(words[pc])
                pc += op - 0x5E
            elif op <= 0x8F:  # DUP1 … DUP16
                if len(stack) >= STACK_LIMIT:
                    raise FullStack("Stack limit reached")
                push(stack[0x7F - op])
                pc += 1
            else:  # SWAP1 … SWAP16
                other = 0x8E - op
                stack[-1], stack[other] = stack[other], stack[-1]
                pc += 1
        elif op > 0xFF:  # two opcodes
            if gas < PAIR_GAS:
                steps = raw
                continue
            if op == SWAP_POP:
                gas -= 5
                other = 0x8E - raw[pc]
                stack[other] = stack[-1]
                pop()
                pc += 2
                continue
            if len(stack) >= STACK_LIMIT:
                raise FullStack("Stack limit reached")
            if op == DUP_ADD:
                gas -= 6
                stack[-1] = (stack[-1] + stack[0x7F - raw[pc]]) & MAX_UINT256
                pc += 2
                continue
            value = words[pc]
            pc += raw[pc] - 0x5E
            if op == PUSH_JUMPI:
                gas -= 13
                if pop():
                    gas -= 1
                    pc = value + 1
                else:
                    pc += 1
            elif op == PUSH_JUMP:
                gas -= 12
                pc = value + 1
            elif value + 32 > len(cells):  # py-evm extends the memory
                gas -= 3
                push(value)
            elif op == PUSH_MLOAD:
                gas -= 6
                push(int.from_bytes(cells[value : value + 32], "big"))
                pc += 1
            else:
                gas -= 6
                cells[value : value + 32] = pop().to_bytes(32, "big")
                pc += 1
            continue
        elif op == 0x50:  # POP
            gas -= 2
            pop()
            pc += 1
        elif (op == 0x51 or op == 0x52) and stack[-1] + 32 <= len(cells):  # MLOAD, MSTORE within bounds
            gas -= 3
            start = pop()
            if op == 0x51:
                push(int.from_bytes(cells[start : start + 32], "big"))
            else:
                cells[start : start + 32] = pop().to_bytes(32, "big")
            pc += 1
        elif op == 0x57:  # JUMPI
            gas -= 10
            target = pop()
            if pop():
                if target >= len(pairs) or pairs[target] != JUMPDEST:
                    raise InvalidJumpDestination("Invalid Jump Destination")
                gas -= 1  # the JUMPDEST
                pc = target + 1
            else:
                pc += 1
        elif op == 0x56:  # JUMP
            gas -= 9  # with the JUMPDEST
            target = pop()
            if target >= len(pairs) or pairs[target] != JUMPDEST:
                raise InvalidJumpDestination("Invalid Jump Destination")
            pc = target + 1
        elif op == JUMPDEST:
            gas -= 1
            pc += 1
        elif op in WORD_OPCODES:
            gas -= 3
            pc += 1
            if op == 0x15:  # ISZERO
                stack[-1] = 0 if stack[-1] else 1
            elif op == 0x19:  # NOT
                stack[-1] ^= MAX_UINT256
            elif op == 0x35:  # CALLDATALOAD
                start = pop()
                word = bytes(frame.msg.data[start : start + 32]) if start < 2**64 else b""
                push(int.from_bytes(word, "big") << (8 * (32 - len(word))))
            else:
                left, right = pop(), pop()
                if op == 0x01:
                    push((left + right) & MAX_UINT256)
                elif op == 0x03:
                    push((left - right) & MAX_UINT256)
                elif op == 0x14:
                    push(1 if left == right else 0)
                elif op == 0x16:
                    push(left & right)
                elif op == 0x10:
                    push(1 if left < right else 0)
                elif op == 0x11:
                    push(1 if left > right else 0)
                elif op == 0x17:
                    push(left | right)
                elif op == 0x18:
                    push(left ^ right)
                elif op == 0x1B:  # SHL
                    push((right << left) & MAX_UINT256 if left < 256 else 0)
                else:  # SHR
                    push(right >> left if left < 256 else 0)
        elif op == 0x5E or op == 0x37:  # MCOPY, CALLDATACOPY within bounds
            start, source, size = stack[-1], stack[-2], stack[-3]
            end = start + size
            if (end if op == 0x37 or start > source else source + size) > len(cells):
                gas, pc, cells = _by_pyevm(frame, op, pc, gas + kept)
                kept += OPCODE
                gas -= kept
                continue
            gas -= 3 + 3 * ((size + 31) // 32)
            del stack[-3:]
            if op == 0x5E:
                cells[start:end] = cells[source : source + size]
            else:
                cells[start:end] = bytes(frame.msg.data[source : source + size]).ljust(size, b"\0")
            pc += 1
        elif op in context:
            gas -= 2
            if len(stack) >= STACK_LIMIT:
                raise FullStack("Stack limit reached")
            if op == 0x36:  # CALLDATASIZE
                push(len(frame.msg.data))
            elif op == 0x3D:  # RETURNDATASIZE
                push(len(frame.return_data))
            elif op == 0x5A:  # GAS
                push(gas + kept)
            elif op == 0x33:  # CALLER
                push(int.from_bytes(frame.msg.sender, "big"))
            else:  # ADDRESS
                push(int.from_bytes(frame.msg.storage_address, "big"))
            pc += 1
        else:
            gas, pc, cells = _by_pyevm(frame, op, pc, gas + kept)
            kept += OPCODE
            gas -= kept
            continue
        if gas < 0:
            go_on(0)
            gas += kept
            if gas < 0:
                break
            kept = max(0, gas - SLICE)
            gas -= kept
            steps = pairs
    raise OutOfGas("Out of gas")


def _by_pyevm(frame: Any, op: int, pc: int, gas: int) -> tuple[int, int, bytearray]:
    """Let py-evm run one opcode; returns the remaining gas, the next pc and the memory buffer, which may be another."""
    if gas < 0:
        raise OutOfGas("Out of gas")
    meter, stream = frame._gas_meter, frame.code
    if op in KEEPS:
        frame.kept += KEEPS[op]
        GO_ON.get()(KEEPS[op])
    meter.gas_remaining = gas
    stream.program_counter = pc + 1
    opcode = frame.opcodes.get(op) or InvalidOpcode(op)
    opcode(computation=frame)
    return meter.gas_remaining, stream.program_counter, frame._memory._bytes


WORD_OPCODES = frozenset((0x01, 0x03, 0x10, 0x11, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1B, 0x1C, 0x35))
"""ADD SUB LT GT EQ ISZERO AND OR XOR NOT SHL SHR CALLDATALOAD: 3 gas, words in, one word out."""
