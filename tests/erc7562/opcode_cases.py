"""Pairs for the rules about opcodes, code, calls and contracts that are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation
from tests.differential.actors import VALID, wallet_code
from tests.differential.assembly import (
    CALL,
    CREATE2,
    GAS,
    ISZERO,
    MSTORE,
    POP,
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
from tests.differential.compared import VALIDATE_USER_OP
from tests.differential.interface import call
from tests.erc7562.cases import (
    ACCOUNT,
    CALLCODE,
    CREATE,
    DELEGATECALL,
    FACTORY,
    FOREVER,
    MAKES,
    MAKES_2,
    PAYMASTER,
    PLAIN,
    ROLES,
    SELECTOR,
    USES,
    Build,
    Pair,
    doing,
    named,
    of,
    one,
    with_,
)
from tests.erc7562.yard import ETHER, NOBODY, Broken, Yard

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
    skips = call("incrementNonce", 5)
    for name, starved, fed in (
        ("incrementNonce", calls(ENTRY_POINT, skips, gas=100), calls(ENTRY_POINT, skips)),
        ("a payment", calls(ENTRY_POINT, value=1, gas=100), calls(ENTRY_POINT, value=1)),
        ("depositTo", own("depositTo", gas=100), own("depositTo")),
    ):
        yield Pair(f"OP-020 in the EntryPoint: {name}", of(ACCOUNT, starved), one("OP-020", ACCOUNT), of(ACCOUNT, fed))
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


def own(name: str, *, value: int = 0, size: int = 36, gas: int | None = None) -> Statement:
    """Calls the EntryPoint's function with the caller's own address, which ends with the call data's last byte."""
    given = GAS if gas is None else push(gas)
    address = b"\x30" + (push(8 * (36 - size)) + b"\x1b" if size < 36 else b"")
    data = put(call(name, NOBODY)[:4]) + address + push(4) + MSTORE
    return data + push(0) * 2 + push(size) + push(0) + push(value) + push(ENTRY_POINT) + given + CALL + POP


def op_052() -> Iterator[Pair]:
    other = calls(ENTRY_POINT, call("depositTo", NOBODY), value=1)
    yield Pair("OP-052 the sender", of(ACCOUNT, other), one("OP-054", ACCOUNT, "CALL"), of(ACCOUNT, own("depositTo")))

    def for_sender(yard: Yard) -> UserOperation:
        sender = yard.by_factory().sender
        return yard.by_factory(calls(ENTRY_POINT, call("depositTo", sender), value=2))

    short = of(ACCOUNT, own("depositTo", size=24))
    yield Pair("OP-052 half an argument", short, one("OP-054", ACCOUNT, "CALL"), of(ACCOUNT, own("depositTo")))
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
