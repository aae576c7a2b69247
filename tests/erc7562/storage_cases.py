"""Pairs for the rules about storage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sessionlab.core.base.abi_words import word
from sessionlab.core.erc4337.user_operation import UserOperation
from tests.differential.actors import VALID
from tests.differential.assembly import (
    CALL,
    GAS,
    KECCAK,
    MSTORE,
    POP,
    SLOAD,
    Statement,
    answers,
    assemble,
    calls,
    on,
    push,
)
from tests.differential.compared import VALIDATE_PAYMASTER, VALIDATE_USER_OP
from tests.erc7562.cases import (
    ACCOUNT,
    FACTORY,
    FOREIGN,
    OPCODES,
    PAYMASTER,
    READER,
    ROLES,
    TRANSIENT,
    WRITER,
    Build,
    Pair,
    doing,
    named,
    of,
    one,
    with_,
)
from tests.erc7562.yard import Broken, Yard

# -- storage


def sto_031() -> Iterator[Pair]:
    """And OP-070, STO-010."""
    for name, does in {**OPCODES, **TRANSIENT}.items():
        rule = "STO-031" if name in OPCODES else "OP-070"
        for role in (PAYMASTER, FACTORY):
            broken = one("STO-031", role, name, 5)
            yield Pair(f"{rule} {name} ({role})", of(role, does), broken, of(role, does, staked=True))
        yield Pair(f"STO-010 {name}", of(PAYMASTER, does), one("STO-031", PAYMASTER, name, 5), of(ACCOUNT, does))
    yield Pair(
        "STO-010 by the paymaster",
        _reads_wallet(5, other=True),
        one("STO-033", PAYMASTER, "SLOAD", 5),
        _reads_wallet(5),
    )


def _reads_wallet(slot: int, *, other: bool = False) -> Build:
    """The paymaster asks the wallet, or another contract, for what is in a slot of its own."""

    def build(yard: Yard) -> UserOperation:
        code = assemble(on(VALIDATE_USER_OP, VALID), b"\x5f\x35", SLOAD)
        sender, beside = yard.place(code, "sender"), yard.place(READER, "beside")
        operation = yard.by_paymaster(calls(beside if other else sender, word(slot)))
        from dataclasses import replace

        return replace(operation, sender=sender)

    return build


def asks_slot(at: str, slot: Statement) -> Statement:
    """Calls with the slot that is on the stack."""
    return (slot, push(0) + MSTORE + push(0) * 2 + push(32) + push(0) * 2 + push(at) + GAS + CALL + POP)


def hashed(who: bytes, behind: int = 0, *, size: int = 64, key_first: bool = True) -> Statement:
    """keccak256(who ‖ 3) + behind; in the other order, as Vyper has it, if not ``key_first``."""
    first, second = (who, push(3)) if key_first else (push(3), who)
    written = first + push(0) + MSTORE + second + push(32) + MSTORE
    return written + push(size) + push(0) + KECCAK + (push(behind) + b"\x01" if behind else b"")


def slot_of(who: str, behind: int = 0, *, size: int = 64, key_first: bool = True) -> int:
    from eth_hash.auto import keccak

    words = [int(who, 16), 3] if key_first else [3, int(who, 16)]
    data = b"".join(map(word, words)).ljust(size, b"\0")
    return int.from_bytes(keccak(data[:size]), "big") + behind


def associated(
    role: str,
    name: str,
    rule: str,
    behind: int = 0,
    *,
    keeps: int = 0,
    size: int = 64,
    key_first: bool = True,
    staked: bool = False,
) -> Pair:
    """The entity uses a slot of a foreign contract that its own address was hashed to."""

    def build(distance: int, how: dict[str, object]) -> Build:
        return with_(
            FOREIGN[name],
            lambda at: of(role, asks_slot(at, hashed(b"\x30", distance, **how)), staked=staked),  # type: ignore[arg-type]
        )

    how: dict[str, object] = {"size": size, "key_first": key_first}
    breaks = build(behind, how)
    said = _Associated(rule, role, name, behind, size, key_first)
    order, length = "" if key_first else ", key last", "" if size == 64 else f", {size} bytes"
    title = f"{said.rule} {name} + {behind} ({role}{order}{length})"
    return Pair(title, breaks, (said,), build(keeps, {}))


@dataclass(frozen=True)
class _Associated(Broken):
    """Its slot follows from the entity's address, which is known when it is built."""

    def __init__(self, rule: str, entity: str, opcode: str, behind: int, size: int, key_first: bool) -> None:
        super().__init__(rule, entity, opcode, None)
        object.__setattr__(self, "how", (behind, size, key_first))

    def at(self, operation: UserOperation) -> Broken:
        behind, size, key_first = self.how  # type: ignore[attr-defined]
        slot = slot_of(named(operation, self.entity), behind, size=size, key_first=key_first)
        return Broken(self.rule, self.entity, self.opcode, slot)


def sto_021() -> Iterator[Pair]:
    for name in FOREIGN:
        rule = "STO-021" if name.endswith("STORE") else "STO-033"
        yield associated(ACCOUNT, name, rule, 129, keeps=128)
    yield associated(ACCOUNT, "SSTORE", "STO-021", key_first=False)
    yield associated(ACCOUNT, "SLOAD", "STO-033", key_first=False)
    yield associated(ACCOUNT, "SSTORE", "STO-021", size=96)
    yield associated(ACCOUNT, "SSTORE", "STO-021", size=32)

    # The slot's number is the address.
    exact = with_(WRITER, lambda at: of(ACCOUNT, asks_slot(at, b"\x30")))
    beside = with_(WRITER, lambda at: of(ACCOUNT, asks_slot(at, b"\x30" + push(1) + b"\x01")))
    yield Pair("STO-021 the address + 1", beside, (_Beside("STO-021", ACCOUNT, "SSTORE"),), exact)
    for role in ROLES:
        wrote = with_(WRITER, lambda at, role=role: of(role, calls(at, word(5)), staked=True))  # type: ignore[misc]
        reads = with_(READER, lambda at, role=role: of(role, calls(at, word(5)), staked=True))  # type: ignore[misc]
        yield Pair(f"STO-021 a stake is not enough ({role})", wrote, one("STO-021", role, "SSTORE", 5), reads)


@dataclass(frozen=True)
class _Beside(Broken):
    def at(self, operation: UserOperation) -> Broken:
        return Broken(self.rule, self.entity, self.opcode, int(named(operation, self.entity), 16) + 1)


def sto_022() -> Iterator[Pair]:
    def new(role: str, *, staked: bool) -> Build:
        def build(yard: Yard) -> UserOperation:
            at = yard.place(WRITER)
            operation = yard.by_factory(wallet=asks_slot(at, hashed(b"\x30")))
            if staked:
                yard.stake(named(operation, FACTORY))
            return operation

        return build

    said = _Associated("STO-022", ACCOUNT, "SSTORE", 0, 64, True)
    yield Pair("STO-022 a new wallet", new(ACCOUNT, staked=False), (said,), new(ACCOUNT, staked=True))
    deployed = with_(WRITER, lambda at: of(ACCOUNT, asks_slot(at, hashed(b"\x30"))))
    yield Pair("STO-022 a wallet that is there", new(ACCOUNT, staked=False), (said,), deployed)


def sto_032() -> Iterator[Pair]:
    for role in (PAYMASTER, FACTORY):
        for name in ("SLOAD", "SSTORE"):
            unstaked = associated(role, name, "STO-032")
            staked = associated(role, name, "STO-032", staked=True)
            yield Pair(f"STO-032 {name} ({role})", unstaked.breaks, unstaked.broken, staked.breaks)
    yield associated(PAYMASTER, "SSTORE", "STO-021", 129, keeps=128, staked=True)


def sto_033() -> Iterator[Pair]:
    for role in ROLES:
        for name in ("SLOAD", "TLOAD"):
            unstaked = with_(FOREIGN[name], lambda at, role=role: of(role, calls(at, word(5))))  # type: ignore[misc]
            with_stake = with_(FOREIGN[name], lambda at, role=role: of(role, calls(at, word(5)), staked=True))  # type: ignore[misc]
            yield Pair(f"STO-033 {name} ({role})", unstaked, one("STO-033", role, name, 5), with_stake)

    def in_paymaster(yard: Yard, *, staked: bool, foreign: bool) -> UserOperation:
        """The wallet reads a slot that is its own, in the paymaster: an entity of the operation."""
        at = yard.place(
            assemble(on(VALIDATE_PAYMASTER, answers(word(64) + word(0) + word(0))), b"\x5f\x35", SLOAD), "p"
        )
        beside = yard.place(READER, "beside")
        yard.deposit(at)
        operation = yard.by_wallet(asks_slot(beside if foreign else at, hashed(b"\x30")))
        if staked:
            yard.stake(operation.sender)
        from dataclasses import replace

        return replace(operation, paymaster=at, paymaster_verification_gas_limit=100_000)

    said = _Associated("STO-033", ACCOUNT, "SLOAD", 0, 64, True)
    for staked in (False, True):
        breaks = doing(lambda yard, staked=staked: in_paymaster(yard, staked=staked, foreign=False))  # type: ignore[misc]
        keeps = doing(lambda yard, staked=staked: in_paymaster(yard, staked=staked, foreign=True))  # type: ignore[misc]
        yield Pair(f"STO-033 in an entity ({'staked' if staked else 'unstaked'})", breaks, (said,), keeps)
