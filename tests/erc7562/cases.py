"""For each rule of ERC-7562 about validation: what breaks it, and what just keeps it.

Expectations come from the text of ERC-7562: the rule's id, whose validation it is, the opcode, and the slot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sessionlab.core.base.abi_words import word
from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation
from tests.differential.actors import VALID, paymaster_code, wallet_code
from tests.differential.assembly import (
    CALL,
    CREATE2,
    GAS,
    ISZERO,
    JUMP,
    JUMPDEST,
    KECCAK,
    MSTORE,
    POP,
    SLOAD,
    SSTORE,
    STATICCALL,
    Statement,
    answers,
    assemble,
    calls,
    deploying,
    on,
    push,
    put,
    refuses,
)
from tests.differential.compared import VALIDATE_PAYMASTER, VALIDATE_USER_OP
from tests.differential.interface import call
from tests.erc7562.yard import DAY, ETHER, NOBODY, Broken, Yard

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


# -- OP-011 to OP-020

ENVIRONMENT = {
    "ORIGIN": b"\x32",
    "GASPRICE": b"\x3a",
    "BLOCKHASH": push(0) + b"\x40",
    "COINBASE": b"\x41",
    "TIMESTAMP": b"\x42",
    "NUMBER": b"\x43",
    "PREVRANDAO": b"\x44",
    "GASLIMIT": b"\x45",
    "BASEFEE": b"\x48",
    "BLOBHASH": push(0) + b"\x49",
    "BLOBBASEFEE": b"\x4a",
}


def op_011() -> Iterator[Pair]:
    for name, does in ENVIRONMENT.items():
        for role in ROLES if name in ("TIMESTAMP", "BASEFEE") else ROLES[:1]:
            free = doing(lambda yard, does=does: yard.by_wallet(execution=does + POP))  # type: ignore[misc]
            yield Pair(f"OP-011 {name} ({role})", of(role, does + POP), one("OP-011", role, name), free)
    for role in ROLES:
        inner = with_(assemble(b"\x42" + POP), lambda at, role=role: of(role, calls(at)))  # type: ignore[misc]
        data = with_(assemble(push(0x42) + POP), lambda at, role=role: of(role, calls(at)))  # type: ignore[misc]
        yield Pair(f"OP-011 in a call ({role})", inner, one("OP-011", role, "TIMESTAMP"), data)
    lent = with_(assemble(b"\x42" + POP), lambda at: of(ACCOUNT, push(0) * 4 + push(at) + GAS + DELEGATECALL + POP))
    plain = with_(PLAIN, lambda at: of(ACCOUNT, push(0) * 4 + push(at) + GAS + DELEGATECALL + POP))
    yield Pair("OP-011 in a delegatecall", lent, one("OP-011", ACCOUNT, "TIMESTAMP"), plain)
    for name, does in (("INVALID", b"\xfe"), ("SELFDESTRUCT", push(0) + b"\xff")):
        inner = with_(assemble(does), lambda at: of(ACCOUNT, calls(at, gas=100_000)))
        reverts = with_(assemble(refuses()), lambda at: of(ACCOUNT, calls(at, gas=100_000)))
        yield Pair(f"OP-011 {name}", inner, one("OP-011", ACCOUNT, name), reverts)
    for role in (ACCOUNT, PAYMASTER):
        makes = of(role, push(0) * 3 + CREATE + POP)
        later = doing(lambda yard: yard.by_wallet(execution=push(0) * 3 + CREATE + POP))
        yield Pair(f"OP-011 CREATE ({role})", makes, one("OP-011", role, "CREATE"), later)


def op_012() -> Iterator[Pair]:
    args = push(0) * 5
    behind = {
        "CALL": lambda at: args + push(at) + GAS + CALL + POP,
        "CALLCODE": lambda at: args + push(at) + GAS + CALLCODE + POP,
        "DELEGATECALL": lambda at: push(0) * 4 + push(at) + GAS + DELEGATECALL + POP,
        "STATICCALL": lambda at: push(0) * 4 + push(at) + GAS + STATICCALL + POP,
    }
    for index, (name, makes) in enumerate(behind.items()):
        role = ROLES[index % 3]
        keeps = with_(PLAIN, lambda at, role=role, makes=makes: of(role, makes(at)))  # type: ignore[misc]
        yield Pair(f"OP-012 GAS before {name}", of(role, GAS + POP), one("OP-012", role, "GAS"), keeps)
    late = with_(PLAIN, lambda at: of(ACCOUNT, args + push(at) + GAS + b"\x5b" + CALL + POP))
    at_once = with_(PLAIN, lambda at: of(ACCOUNT, args + push(at) + GAS + CALL + POP))
    yield Pair("OP-012 GAS one opcode before CALL", late, one("OP-012", ACCOUNT, "GAS"), at_once)


def op_013() -> Iterator[Pair]:
    for role in ROLES:
        inner = with_(b"\x0c", lambda at, role=role: of(role, calls(at, gas=50_000)))  # type: ignore[misc]
        pushed = with_(assemble(push(0x0C) + POP), lambda at, role=role: of(role, calls(at, gas=50_000)))  # type: ignore[misc]
        yield Pair(f"OP-013 ({role})", inner, one("OP-013", role, "0x0C"), pushed)


def op_020() -> Iterator[Pair]:
    loops = assemble(FOREVER)
    for role in ROLES:
        empty = with_(loops, lambda at, role=role: of(role, calls(at, gas=10_000)))  # type: ignore[misc]
        fails = with_(assemble(refuses()), lambda at, role=role: of(role, calls(at, gas=10_000)))  # type: ignore[misc]
        yield Pair(f"OP-020 ({role})", empty, one("OP-020", role), fails)
    deep = with_(assemble(push(2**30) + b"\x51" + POP), lambda at: of(ACCOUNT, calls(at, gas=50_000)))
    flat = with_(assemble(push(0) + b"\x51" + POP), lambda at: of(ACCOUNT, calls(at, gas=50_000)))
    yield Pair("OP-020 by memory", deep, one("OP-020", ACCOUNT), flat)
    # EIP-2200: SSTORE fails as out of gas with 2,300 gas or less.
    yield Pair(
        "OP-020 by SSTORE",
        lambda yard: _calls_itself(yard, 2_299),
        (Broken("OP-020", ACCOUNT),),
        lambda yard: _calls_itself(yard, 60_000),
    )
    poor = with_(loops, lambda at: of(ACCOUNT, calls(at, gas=1_000)))
    ecrecover = of(ACCOUNT, calls("0x" + "00" * 19 + "01", gas=1_000))
    yield Pair("OP-020 a precompile has no code to tell it", poor, one("OP-020", ACCOUNT), ecrecover)


def _calls_itself(yard: Yard, gas: int) -> UserOperation:
    asks = put(SELECTOR) + push(0) * 2 + push(4) + push(0) * 2 + b"\x30" + push(gas) + CALL + POP
    code = assemble(on(SELECTOR, push(1) + push(9) + SSTORE, answers()), on(VALIDATE_USER_OP, asks, VALID))
    operation = yard.by_wallet()
    yard.chain.set_code(operation.sender, code)
    yard.deposit(operation.sender)
    return operation


# -- contracts that are made

INIT = deploying(PLAIN)
MAKES = put(INIT) + push(len(INIT)) + push(0) * 2 + CREATE + POP
MAKES_2 = put(INIT) + push(7) + push(len(INIT)) + push(0) * 2 + CREATE2 + POP


def op_031() -> Iterator[Pair]:
    once = doing(lambda yard: yard.by_factory())
    for role in (ACCOUNT, PAYMASTER):
        yield Pair(f"OP-031 CREATE2 ({role})", of(role, MAKES_2), one("OP-031", role, "CREATE2"), once)
    yield Pair("OP-031 a second one", of(FACTORY, MAKES_2), one("OP-031", FACTORY, "CREATE2"), once)

    def by_utility(init: bytes, yard: Yard) -> Statement:
        maker = yard.place(assemble(put(init), push(0) + push(len(init)) + push(0) * 2 + CREATE2 + POP), "maker")
        return calls(maker)

    def helped(yard: Yard, more: Statement = b"") -> UserOperation:
        from tests.differential.actors import made_by

        operation = yard.made(lambda init: by_utility(init, yard))
        code = wallet_code(validation=(b"", VALID))
        init = deploying(code)
        maker = yard.place(assemble(put(init), push(0) + push(len(init)) + push(0) * 2 + CREATE2 + POP), "maker")
        sender = made_by(maker, code)
        yard.chain.set_balance(sender, ETHER)
        answer = assemble(more, calls(maker), answers(bytes(12) + address_bytes(sender)))
        yard.chain.set_code(named(operation, FACTORY), answer)
        from dataclasses import replace

        return replace(operation, sender=sender)

    twice = doing(lambda yard: helped(yard, MAKES_2))
    yield Pair("OP-031 by a utility contract", twice, one("OP-031", FACTORY, "CREATE2"), helped)


def op_032() -> Iterator[Pair]:
    by_itself = doing(lambda yard: yard.by_factory(wallet=MAKES))
    utility = with_(assemble(MAKES), lambda at: lambda yard: yard.by_factory(wallet=calls(at)))
    yield Pair("OP-032 by a utility contract", utility, one("OP-011", ACCOUNT, "CREATE"), by_itself)
    yield Pair("OP-032 without a factory", of(ACCOUNT, MAKES), one("OP-011", ACCOUNT, "CREATE"), by_itself)


def erep_060() -> Iterator[Pair]:
    def by_factory(makes: Statement, *, staked: bool) -> Build:
        return of(FACTORY, makes, staked=staked)

    def by_sender(makes: Statement, *, staked: bool) -> Build:
        def build(yard: Yard) -> UserOperation:
            operation = yard.by_factory(wallet=makes)
            if staked:
                yard.stake(named(operation, FACTORY))
            return operation

        return build

    for name, makes, rule in (("CREATE", MAKES, "OP-011"), ("CREATE2", MAKES_2, "OP-031")):
        broken = one(rule, FACTORY, name)
        yield Pair(f"EREP-060 {name}", by_factory(makes, staked=False), broken, by_factory(makes, staked=True))
    broken = one("OP-031", ACCOUNT, "CREATE2")
    yield Pair("EREP-060 the sender", by_sender(MAKES_2, staked=False), broken, by_sender(MAKES_2, staked=True))
    unstaked = with_(assemble(MAKES), lambda at: of(FACTORY, calls(at)))
    staked = with_(assemble(MAKES), lambda at: of(FACTORY, calls(at), staked=True))
    yield Pair("EREP-061 a utility contract", unstaked, one("OP-011", FACTORY, "CREATE"), staked)
    second = with_(assemble(MAKES_2), lambda at: of(FACTORY, calls(at), staked=True))
    yield Pair("EREP-061 not CREATE2", second, one("OP-031", FACTORY, "CREATE2"), staked)


# -- whose code

USES: dict[str, Callable[[str], bytes]] = {
    "EXTCODESIZE": lambda at: push(at) + b"\x3b" + POP,
    "EXTCODECOPY": lambda at: push(0) * 3 + push(at) + b"\x3c",
    "EXTCODEHASH": lambda at: push(at) + b"\x3f" + POP,
    "CALL": lambda at: push(0) * 5 + push(at) + GAS + CALL + POP,
    "CALLCODE": lambda at: push(0) * 5 + push(at) + GAS + CALLCODE + POP,
    "DELEGATECALL": lambda at: push(0) * 4 + push(at) + GAS + DELEGATECALL + POP,
    "STATICCALL": lambda at: push(0) * 4 + push(at) + GAS + STATICCALL + POP,
}


def op_041() -> Iterator[Pair]:
    for index, (name, uses) in enumerate(USES.items()):
        role = ROLES[index % 3]
        there = with_(PLAIN, lambda at, role=role, uses=uses: of(role, uses(at)))  # type: ignore[misc]
        yield Pair(f"OP-041 {name}", of(role, uses(NOBODY)), one("OP-041", role, name), there)


def op_042() -> Iterator[Pair]:
    for name, uses in USES.items():

        def of_sender(yard: Yard, uses: Callable[[str], bytes] = uses) -> UserOperation:
            sender = yard.by_factory().sender
            operation = yard.by_factory(uses(sender))
            # Another factory would deploy another sender: the code says which one, so let it stay.
            assert operation.sender == sender
            return operation

        yield Pair(f"OP-042 {name}", of(FACTORY, uses(NOBODY)), one("OP-041", FACTORY, name), of_sender)


def op_051() -> Iterator[Pair]:
    asks = push(ENTRY_POINT) + b"\x3b" + ISZERO + POP
    for index, name in enumerate(("EXTCODESIZE", "EXTCODECOPY", "EXTCODEHASH")):
        role = ROLES[index % 3]
        yield Pair(f"OP-051 {name}", of(role, USES[name](ENTRY_POINT)), one("OP-054", role, name), of(role, asks))


def own(name: str, *, value: int = 0) -> Statement:
    """Calls the EntryPoint's function with the caller's own address."""
    data = put(call(name, NOBODY)[:4]) + b"\x30" + push(4) + MSTORE
    return data + push(0) * 2 + push(36) + push(0) + push(value) + push(ENTRY_POINT) + GAS + CALL + POP


def op_052() -> Iterator[Pair]:
    other = calls(ENTRY_POINT, call("depositTo", NOBODY), value=1)
    yield Pair("OP-052 the sender", of(ACCOUNT, other), one("OP-054", ACCOUNT, "CALL"), of(ACCOUNT, own("depositTo")))

    def for_sender(yard: Yard) -> UserOperation:
        sender = yard.by_factory().sender
        return yard.by_factory(calls(ENTRY_POINT, call("depositTo", sender), value=2))

    yield Pair("OP-052 the factory", of(FACTORY, other), one("OP-054", FACTORY, "CALL"), for_sender)

    def by_paymaster(yard: Yard) -> UserOperation:
        sender = yard.by_paymaster().sender
        return yard.by_paymaster(calls(ENTRY_POINT, call("depositTo", sender), value=1))

    paid = doing(lambda yard: yard.by_paymaster(wallet=own("depositTo", value=3)))
    yield Pair("OP-052 not the paymaster", by_paymaster, one("OP-054", PAYMASTER, "CALL"), paid)


def op_053() -> Iterator[Pair]:
    pays = calls(ENTRY_POINT, value=3)
    for role in (PAYMASTER, FACTORY):
        yield Pair(f"OP-053 not the {role}", of(role, pays), one("OP-054", role, "CALL"), of(ACCOUNT, pays))
    views = push(0) * 4 + push(ENTRY_POINT) + GAS + STATICCALL + POP
    yield Pair("OP-053 by CALL", of(ACCOUNT, views), one("OP-054", ACCOUNT, "STATICCALL"), of(ACCOUNT, pays))


def op_054() -> Iterator[Pair]:
    asks = {"balanceOf": (NOBODY,), "getNonce": (NOBODY, 0), "withdrawTo": (NOBODY, 0), "getDepositInfo": (NOBODY,)}
    for index, (name, arguments) in enumerate(asks.items()):
        role = ROLES[index % 3]
        does = calls(ENTRY_POINT, call(name, *arguments))
        yield Pair(f"OP-054 {name}", of(role, does), one("OP-054", role, "CALL"), of(ACCOUNT, own("depositTo")))


def op_055() -> Iterator[Pair]:
    skips = calls(ENTRY_POINT, call("incrementNonce", 5))
    for role in (PAYMASTER, FACTORY):
        yield Pair(f"OP-055 not the {role}", of(role, skips), one("OP-054", role, "CALL"), of(ACCOUNT, skips))


def op_061() -> Iterator[Pair]:
    for role in ROLES:
        pays = with_(PLAIN, lambda at, role=role: of(role, calls(at, value=1)))  # type: ignore[misc]
        free = with_(PLAIN, lambda at, role=role: of(role, calls(at)))  # type: ignore[misc]
        yield Pair(f"OP-061 ({role})", pays, one("OP-061", role, "CALL"), free)
    lent = with_(PLAIN, lambda at: of(ACCOUNT, push(0) * 4 + push(1) + push(at) + GAS + CALLCODE + POP))
    yield Pair(
        "OP-061 CALLCODE", lent, one("OP-061", ACCOUNT, "CALLCODE"), of(ACCOUNT, calls(ENTRY_POINT, value=10**9))
    )


def op_062() -> Iterator[Pair]:
    def asks(number: int) -> Statement:
        return push(0) * 4 + push(number) + push(100_000) + STATICCALL + POP

    refused = one("OP-062", ACCOUNT, "STATICCALL")
    for number in (1, 9, 0x0A, 0x11, 0x100):
        yield Pair(f"OP-062 0x{number:02x}", of(ACCOUNT, asks(0x12)), refused, of(ACCOUNT, asks(number)))
    yield Pair(
        "OP-062 beside P256VERIFY",
        of(PAYMASTER, asks(0x101)),
        one("OP-062", PAYMASTER, "STATICCALL"),
        of(PAYMASTER, asks(0x100)),
    )


def op_080() -> Iterator[Pair]:
    for name, does in (("BALANCE", push(0) + b"\x31" + POP), ("SELFBALANCE", b"\x47" + POP)):
        for role in ROLES:
            yield Pair(
                f"OP-080 {name} ({role})", of(role, does), one("OP-080", role, name), of(role, does, staked=True)
            )


# -- storage

OPCODES = {"SLOAD": push(5) + SLOAD + POP, "SSTORE": push(1) + push(5) + SSTORE}
TRANSIENT = {"TLOAD": push(5) + TLOAD + POP, "TSTORE": push(1) + push(5) + TSTORE}
FOREIGN = {"SLOAD": READER, "SSTORE": WRITER, "TLOAD": T_READER, "TSTORE": T_WRITER}


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


# -- stakes, delegations, answers


def srep_010() -> Iterator[Pair]:
    def with_stake(wei: int, seconds: int, *, unlocked: bool = False) -> Build:
        def build(yard: Yard) -> UserOperation:
            operation = yard.by_paymaster(OPCODES["SLOAD"])
            yard.stake(named(operation, PAYMASTER), wei, seconds)
            if unlocked:
                yard.sends(named(operation, PAYMASTER), call("unlockStake"))
            return operation

        return build

    broken, enough = one("STO-031", PAYMASTER, "SLOAD", 5), with_stake(ETHER, DAY)
    yield Pair("SREP-010 one wei less", with_stake(ETHER - 1, DAY), broken, enough)
    yield Pair("SREP-010 one second less", with_stake(ETHER, DAY - 1), broken, enough)
    yield Pair("SREP-010 being withdrawn", with_stake(ETHER, DAY, unlocked=True), broken, enough)


def auth() -> Iterator[Pair]:
    code = paymaster_code()
    by_contract = doing(lambda yard: yard.sponsored(yard.place(code, "paymaster")))
    by_account = doing(lambda yard: yard.sponsored(yard.delegated(yard.place(code, "paymaster"))))
    yield Pair("AUTH-020 the paymaster", by_account, one("AUTH-020", PAYMASTER), by_contract)

    for index, (name, uses) in enumerate(USES.items()):
        role = ROLES[index % 3]

        def meets(yard: Yard, uses: Callable[[str], bytes] = uses, role: str = role) -> UserOperation:
            return of(role, uses(yard.delegated(yard.place(PLAIN))))(yard)

        def directly(yard: Yard, uses: Callable[[str], bytes] = uses, role: str = role) -> UserOperation:
            return of(role, uses(yard.place(PLAIN)))(yard)

        yield Pair(f"AUTH-030 {name}", meets, one("AUTH-030", role, name), directly)

    def own_account(yard: Yard) -> UserOperation:
        """A sender that delegates its code, and a paymaster that asks it."""
        from dataclasses import replace

        wallet = yard.delegated(yard.place(wallet_code(), "delegate"))
        return replace(yard.by_paymaster(calls(wallet, bytes(4))), sender=wallet)

    def other_account(yard: Yard) -> UserOperation:
        return yard.by_paymaster(calls(yard.delegated(yard.place(PLAIN)), bytes(4)))

    yield Pair("AUTH-030 but the sender", other_account, one("AUTH-030", PAYMASTER, "CALL"), own_account)


def erep() -> Iterator[Pair]:
    def answering(verdict: int) -> Build:
        def build(yard: Yard) -> UserOperation:
            operation = yard.by_wallet()
            yard.chain.set_code(operation.sender, wallet_code(validation=answers(word(verdict))))
            return operation

        return build

    yield Pair("EREP-040", answering(0xA66), one("EREP-040", "aggregator"), answering(0))

    def giving(context: bytes, *, staked: bool) -> Build:
        def build(yard: Yard) -> UserOperation:
            operation = yard.sponsored(yard.place(paymaster_code(given=context), "paymaster"))
            if staked:
                yard.stake(named(operation, PAYMASTER))
            return operation

        return build

    yield Pair("EREP-050", giving(b"c", staked=False), one("EREP-050", PAYMASTER), giving(b"c", staked=True))
    yield Pair(
        "EREP-050 an empty one", giving(b"c", staked=False), one("EREP-050", PAYMASTER), giving(b"", staked=False)
    )


PAIRS = [
    pair
    for made in (
        *(op_011, op_012, op_013, op_020, op_031, op_032, erep_060, op_041, op_042, op_051, op_052, op_053, op_054),
        *(op_055, op_061, op_062, op_080, sto_031, sto_021, sto_022, sto_032, sto_033, srep_010, auth, erep),
    )
    for pair in made()
]
