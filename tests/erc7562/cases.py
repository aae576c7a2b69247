"""For each rule of ERC-7562 about validation: what breaks it, and what just keeps it.

Expectations come from the text of ERC-7562: the rule's id, whose validation it is, the opcode, and the slot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sessionlab.core.erc4337.user_operation import UserOperation
from tests.differential.assembly import (
    CALL,
    CREATE2,
    GAS,
    JUMP,
    JUMPDEST,
    POP,
    SLOAD,
    SSTORE,
    STATICCALL,
    Statement,
    assemble,
    deploying,
    push,
    put,
)
from tests.erc7562.yard import Broken, Yard

Build = Callable[[Yard], UserOperation]


@dataclass(frozen=True)
class Pair:
    """A rule, an operation that breaks it and what it breaks, in order, and an operation that just keeps it."""

    name: str
    breaks: Build
    broken: tuple[Broken, ...]
    keeps: Build


ACCOUNT, PAYMASTER, FACTORY = "account", "paymaster", "factory"
ROLES = (ACCOUNT, PAYMASTER, FACTORY)
CREATE, CALLCODE, DELEGATECALL, TLOAD, TSTORE = b"\xf0", b"\xf2", b"\xf4", b"\x5c", b"\x5d"
SELECTOR = bytes.fromhex("01020304")
#: Reads or writes the slot that the call data says; and the same in transient storage.
READER, WRITER = assemble(b"\x5f\x35", SLOAD), assemble(push(1) + b"\x5f\x35" + SSTORE)
T_READER, T_WRITER = assemble(b"\x5f\x35" + TLOAD), assemble(push(1) + b"\x5f\x35" + TSTORE)
PLAIN, FOREVER = assemble(), (JUMPDEST + push(0) + JUMP)


def doing(build: Build) -> Build:
    """The same: gives a lambda its type."""
    return build


def of(role: str, *does: Statement, staked: bool = False) -> Build:
    """An operation whose account, paymaster or factory does this in validation."""

    def build(yard: Yard) -> UserOperation:
        by: dict[str, Callable[..., UserOperation]] = {ACCOUNT: yard.by_wallet, PAYMASTER: yard.by_paymaster}
        made = by.get(role, yard.by_factory)(*does)
        if staked:
            yard.stake(named(made, role))
        return made

    return build


def named(operation: UserOperation, role: str) -> str:
    address = {ACCOUNT: operation.sender, PAYMASTER: operation.paymaster, FACTORY: operation.factory}[role]
    assert address is not None
    return address


def with_(code: bytes, build: Callable[[str], Build]) -> Build:
    """An operation that meets another contract."""
    return lambda yard: build(yard.place(code))(yard)


def one(rule: str, entity: str, opcode: str | None = None, slot: int | None = None) -> tuple[Broken, ...]:
    return (Broken(rule, entity, opcode, slot),)


def many(rule: str, build: Callable[[str], tuple[str, Build, tuple[Broken, ...], Build]]) -> Iterator[Pair]:
    """A pair for each of the three entities."""
    for role in ROLES:
        name, breaks, broken, keeps = build(role)
        yield Pair(f"{rule} {name} ({role})", breaks, broken, keeps)


INIT = deploying(PLAIN)
MAKES = put(INIT) + push(len(INIT)) + push(0) * 2 + CREATE + POP
MAKES_2 = put(INIT) + push(7) + push(len(INIT)) + push(0) * 2 + CREATE2 + POP


USES: dict[str, Callable[[str], bytes]] = {
    "EXTCODESIZE": lambda at: push(at) + b"\x3b" + POP,
    "EXTCODECOPY": lambda at: push(0) * 3 + push(at) + b"\x3c",
    "EXTCODEHASH": lambda at: push(at) + b"\x3f" + POP,
    "CALL": lambda at: push(0) * 5 + push(at) + GAS + CALL + POP,
    "CALLCODE": lambda at: push(0) * 5 + push(at) + GAS + CALLCODE + POP,
    "DELEGATECALL": lambda at: push(0) * 4 + push(at) + GAS + DELEGATECALL + POP,
    "STATICCALL": lambda at: push(0) * 4 + push(at) + GAS + STATICCALL + POP,
}


OPCODES = {"SLOAD": push(5) + SLOAD + POP, "SSTORE": push(1) + push(5) + SSTORE}
TRANSIENT = {"TLOAD": push(5) + TLOAD + POP, "TSTORE": push(1) + push(5) + TSTORE}
FOREIGN = {"SLOAD": READER, "SSTORE": WRITER, "TLOAD": T_READER, "TSTORE": T_WRITER}
