"""Tiny contracts, written in statements that become EVM bytecode.

    code = assemble(on(VALIDATE_USER_OP, pays_prefund(), answers(word(0))), refuses(size=1_000_000))

A statement is bytes, a place to jump to, or a tuple of statements. Memory is scratch: each statement starts at 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sessionlab.core.base.abi_words import word
from sessionlab.core.base.addresses import address_bytes


@dataclass(frozen=True, eq=False)
class Mark:
    """A place in the code."""


@dataclass(frozen=True)
class To:
    """Pushes the position of a place."""

    mark: Mark


Statement = bytes | Mark | To | tuple["Statement", ...]

STOP, ISZERO, EQ, SHR, KECCAK, CALLER, ADDRESS = b"\x00", b"\x15", b"\x14", b"\x1c", b"\x20", b"\x33", b"\x30"
CALLDATALOAD, CALLDATASIZE, CALLDATACOPY, GAS, POP = b"\x35", b"\x36", b"\x37", b"\x5a", b"\x50"
RETURNDATASIZE, RETURNDATACOPY, MSTORE, MLOAD, SLOAD, SSTORE = b"\x3d", b"\x3e", b"\x52", b"\x51", b"\x54", b"\x55"
JUMP, JUMPI, JUMPDEST, LOG1, CREATE2, CALL, STATICCALL = b"\x56", b"\x57", b"\x5b", b"\xa1", b"\xf5", b"\xf1", b"\xfa"
RETURN, REVERT, INVALID, ADD, DUP1 = b"\xf3", b"\xfd", b"\xfe", b"\x01", b"\x80"
INVALID_CODE = INVALID


def assemble(*statements: Statement) -> bytes:
    """Return the bytecode. It ends with STOP, so what falls through succeeds with no answer."""
    parts = [*_flat(statements), STOP]
    places: dict[Mark, int] = {}
    size = 0
    for part in parts:
        if isinstance(part, Mark):
            places[part] = size
        size += 1 if isinstance(part, Mark) else 3 if isinstance(part, To) else len(part)
    return b"".join(_bytes(part, places) for part in parts)


def push(number: int | str) -> bytes:
    """Push a number or an address."""
    value = address_bytes(number) if isinstance(number, str) else number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes([0x5F + len(value)]) + value


def put(data: bytes, at: int = 0) -> bytes:
    """Write data to memory."""
    words = [(place, data[place : place + 32].ljust(32, b"\0")) for place in range(0, len(data), 32)]
    return b"".join(b"\x7f" + chunk + push(at + place) + MSTORE for place, chunk in words)


def answers(data: bytes = b"", size: int | None = None) -> Statement:
    """Return the data, with zeros behind it up to ``size`` bytes."""
    return put(data) + push(len(data) if size is None else size) + push(0) + RETURN


def refuses(data: bytes = b"", size: int | None = None) -> Statement:
    """Revert with the data, with zeros behind it up to ``size`` bytes."""
    return put(data) + push(len(data) if size is None else size) + push(0) + REVERT


def on(selector: bytes, *statements: Statement) -> Statement:
    """Run the statements if the call's first four bytes are these."""
    behind = Mark()
    differs = push(0) + CALLDATALOAD + push(224) + SHR + push(int.from_bytes(selector, "big")) + EQ + ISZERO
    return (differs, To(behind), JUMPI, statements, behind)


def once(slot: int, *statements: Statement) -> Statement:
    """Run the statements the first time, which the slot remembers."""
    behind = Mark()
    return (
        (push(slot) + SLOAD, To(behind), JUMPI),
        (push(1) + push(slot) + SSTORE, statements, behind),
    )


def calls(to: str, data: bytes = b"", value: int = 0, *, gas: int | None = None, keeps: int | None = None) -> Statement:
    """Call somebody and go on. ``keeps``: the slots from here on note success, and length and hash of the answer."""
    given = GAS if gas is None else push(gas)
    made = push(0) + push(0) + push(len(data)) + push(0) + push(value) + push(to) + given + CALL
    return put(data) + made + (POP if keeps is None else _noted(keeps))


def pays_prefund() -> Statement:
    """In validateUserOp: send the caller what it asks for."""
    return push(0) * 4 + push(4 + 64) + CALLDATALOAD + CALLER + GAS + CALL + POP


def burns(gas: int) -> Statement:
    """Use up so much gas, and some 150 for doing it."""
    return calls(BURNER, gas=gas)


def counts(slot: int = 0) -> Statement:
    """Add one to a slot."""
    return push(slot) + SLOAD + push(1) + ADD + push(slot) + SSTORE


def logs_calldata() -> Statement:
    """Emit the call data."""
    copied = CALLDATASIZE + push(0) + push(0) + CALLDATACOPY
    return copied + push(1) + CALLDATASIZE + push(0) + LOG1


def creates(init_code: bytes, size: int = 32) -> Statement:
    """CREATE2 with salt 0, and answer the address, with zeros behind it up to ``size`` bytes."""
    made = push(0) + push(len(init_code)) + push(0) + push(0) + CREATE2
    return put(init_code) + made + push(0) + MSTORE + push(size) + push(0) + RETURN


def deploying(code: bytes) -> bytes:
    """The init code of a contract with this code."""
    head = b"\x61" + len(code).to_bytes(2, "big") + DUP1 + b"\x60\x0a" + push(0) + b"\x39" + push(0) + RETURN
    assert len(head) == 10
    return head + code


def context(data: bytes, verdict: int = 0) -> bytes:
    """What a paymaster answers: its context and validationData."""
    return word(64) + word(verdict) + word(len(data)) + data + bytes(-len(data) % 32)


#: Uses up all the gas that it is given.
BURNER = "0x00000000000000000000000000000000000b042e"


def _noted(slot: int) -> bytes:
    length = RETURNDATASIZE + push(slot + 1) + SSTORE
    copied = RETURNDATASIZE + push(0) + push(0) + RETURNDATACOPY
    digest = RETURNDATASIZE + push(0) + KECCAK + push(slot + 2) + SSTORE
    return push(1) + ADD + push(slot) + SSTORE + length + copied + digest


def _flat(statements: tuple[Statement, ...]) -> Iterator[bytes | Mark | To]:
    for statement in statements:
        if isinstance(statement, tuple):
            yield from _flat(statement)
        else:
            yield statement


def _bytes(part: bytes | Mark | To, places: dict[Mark, int]) -> bytes:
    if isinstance(part, To):
        return b"\x61" + places[part.mark].to_bytes(2, "big")
    return JUMPDEST if isinstance(part, Mark) else part
