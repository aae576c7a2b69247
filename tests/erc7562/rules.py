"""The rules of ERC-7562 about opcodes and storage, by their ids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.erc4337.user_operation import ENTRY_POINT

if TYPE_CHECKING:
    from tests.erc7562.observer import Phase, Watch

#: OP-011
BANNED = {
    0x32: "ORIGIN",
    0x3A: "GASPRICE",
    0x40: "BLOCKHASH",
    0x41: "COINBASE",
    0x42: "TIMESTAMP",
    0x43: "NUMBER",
    0x44: "PREVRANDAO",
    0x45: "GASLIMIT",
    0x48: "BASEFEE",
    0x49: "BLOBHASH",
    0x4A: "BLOBBASEFEE",
    0xFE: "INVALID",
    0xFF: "SELFDESTRUCT",
}
BALANCES = {0x31: "BALANCE", 0x47: "SELFBALANCE"}  # OP-080
CALLS = {0xF1: "CALL", 0xF2: "CALLCODE", 0xF4: "DELEGATECALL", 0xFA: "STATICCALL"}
CODE = {0x3B: "EXTCODESIZE", 0x3C: "EXTCODECOPY", 0x3F: "EXTCODEHASH"}
READS, WRITES = {0x54: "SLOAD", 0x5C: "TLOAD"}, {0x55: "SSTORE", 0x5D: "TSTORE"}  # OP-070: alike
GAS, KECCAK, CREATE, CREATE2 = 0x5A, 0x20, 0xF0, 0xF5
#: OP-062: those of the first forks, which know nothing of the chain.
PRECOMPILES = range(1, 10)
ALL_PRECOMPILES = range(1, 0x12)
ENTRY = address_bytes(ENTRY_POINT)
DEPOSIT_TO, INCREMENT_NONCE = bytes.fromhex("b760faf9"), bytes.fromhex("0bd28e3b")


@dataclass(frozen=True)
class Violation:
    """``entity``: whose validation it is; ``where``: the contract whose code does it."""

    rule: str
    entity: str
    where: str
    what: str


def judge(op: int, frame: Any, watch: Watch) -> Callable[[], None] | None:
    """Note what the opcode breaks. Returns what is still to be done when it has run."""
    phase = watch.phase
    assert phase is not None
    where = bytes(frame.msg.code_address)
    stack = frame._stack.values
    if op in BANNED:
        watch.break_("OP-011", where, BANNED[op])
    elif op in BALANCES and not phase.is_staked:
        watch.break_("OP-080", where, BALANCES[op])
    elif op == GAS:
        if frame.msg.code[frame.code.program_counter : frame.code.program_counter + 1] not in _CALL_BYTES:
            watch.break_("OP-012", where, "GAS, and no call at once")
    elif op in CALLS and len(stack) > 5:
        _call(op, frame, watch, phase, where)
    elif op in CODE and stack:
        _needs_code(_address(stack[-1]), CODE[op], frame, watch, phase, where)
    elif op in READS | WRITES and stack:
        _storage(op, stack[-1], frame, watch, phase, where)
    elif op == KECCAK and len(stack) > 1:
        return _associations(frame, phase, stack[-1], stack[-2])
    elif op == CREATE and not (phase.factory and frame.msg.storage_address == phase.sender):
        watch.break_("OP-011", where, "CREATE")
    elif op == CREATE2:
        return lambda: _created(frame, watch, phase, where)
    elif op not in frame.opcodes:
        watch.break_("OP-013", where, f"the unassigned opcode 0x{op:02x}")
    return None


_CALL_BYTES = {bytes([op]) for op in CALLS}


def _call(op: int, frame: Any, watch: Watch, phase: Phase, where: bytes) -> None:
    stack = frame._stack.values
    target, value = _address(stack[-2]), stack[-3] if op in (0xF1, 0xF2) else 0
    start, size = (stack[-4], stack[-5]) if op in (0xF1, 0xF2) else (stack[-3], stack[-4])
    number = int.from_bytes(target, "big")
    if target == ENTRY:
        data = bytes(frame._memory._bytes[start : start + size])
        if not _allowed(data, bytes(frame.msg.storage_address), phase):
            watch.break_("OP-054", where, f"calls the EntryPoint with {data[:4].hex() or 'nothing'}")
        return
    if value:
        watch.break_("OP-061", where, f"{CALLS[op]} with {value} wei")
    if number in ALL_PRECOMPILES:
        if number not in PRECOMPILES:
            watch.break_("OP-062", where, f"calls precompile {number}")
        return
    _needs_code(target, CALLS[op], frame, watch, phase, where)


def _allowed(data: bytes, caller: bytes, phase: Phase) -> bool:
    """OP-051 to OP-053: what wallet and factory may ask of the EntryPoint."""
    if data[:4] == DEPOSIT_TO:
        return data[16:36] == phase.sender and caller in (phase.sender, phase.factory)
    return caller == phase.sender and (data == b"" or data[:4] == INCREMENT_NONCE)


def _needs_code(target: bytes, name: str, frame: Any, watch: Watch, phase: Phase, where: bytes) -> None:
    """OP-041, and OP-042: only the sender may have none yet."""
    if target != phase.sender and frame.state.get_code(target) == b"":
        watch.break_("OP-041", where, f"{name} of 0x{target.hex()}, which has no code")


def _storage(op: int, slot: int, frame: Any, watch: Watch, phase: Phase, where: bytes) -> None:
    owner = bytes(frame.msg.storage_address)
    if owner == phase.sender:  # STO-010
        return
    what = f"{(READS | WRITES)[op]} of slot {slot} of 0x{owner.hex()}"
    if owner == phase.address:
        if not phase.is_staked:
            watch.break_("STO-031", where, what)
    elif phase.is_associated(slot, phase.sender):
        if phase.factory and phase.factory not in phase.staked:
            watch.break_("STO-022", where, what)
    elif phase.is_associated(slot, phase.address):
        if not phase.is_staked:
            watch.break_("STO-032", where, what)
    elif op in WRITES:
        watch.break_("STO-021", where, what)
    elif not phase.is_staked:
        watch.break_("STO-033", where, what)


def _associations(frame: Any, phase: Phase, start: int, size: int) -> Callable[[], None] | None:
    """Remember the digest of an address with one word behind it."""
    if size != 64:
        return None
    named = bytes(frame._memory._bytes[start : start + 32])

    def after() -> None:
        if named[:12] == bytes(12):
            phase.associated.setdefault(named[12:], set()).add(frame._stack.values[-1])

    return after


def _created(frame: Any, watch: Watch, phase: Phase, where: bytes) -> None:
    """OP-031: the factory creates the sender, once."""
    phase.creations += 1
    made = bytes(frame.children[-1].msg.storage_address) if frame.children else b""
    if phase.entity != "factory" or phase.creations > 1 or made != phase.sender:
        watch.break_("OP-031", where, f"CREATE2 of 0x{made.hex()}")


def _address(word: int) -> bytes:
    return (word & (2**160 - 1)).to_bytes(20, "big")
