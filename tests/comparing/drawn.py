"""Policies and operations drawn at random from a small world, so that limits and functions meet often.

Nothing here knows how the comparison works: amounts and data are drawn freely around the ones that policies name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import sessionlab as sl
from sessionlab.core.permissions.functions import APPROVE, TRANSFER
from sessionlab.core.permissions.operation import Operation, PlainCall, operation_of, plain_call, read_operation
from sessionlab.core.permissions.rulesets import DEPLOYED, DOCUMENTED, FLAGS, Ruleset
from sessionlab.study.comparing.subject import SOME_WALLET, PolicyRequest

NOW = 1_000
ONE, TWO, ELSEWHERE = "0x" + "11" * 20, "0x" + "22" * 20, "0x" + "77" * 20
HUGE = 2**256 - 1
FUNCTIONS = ("0xa9059cbb", "0x095ea7b3", "0x12345678", "0x12000000", "0x00000000", "0x12340000")
OWN = ("0x1bbf564c", "0x12345678", "0x12000000")
AMOUNTS = (0, 1, 5, 10, 2**255, HUGE - 1, HUGE)
GASES = (0, 10, 100, 2**121, HUGE)


def permission(draw: Random, extensions: bool) -> sl.Permission:
    """One permission of any type but root."""
    at, code = draw.choice((ONE, TWO)), draw.sample(FUNCTIONS, draw.choice((1, 1, 2)))
    made = [
        lambda: sl.NativeTokenTransfer(allowance=draw.choice(AMOUNTS)),
        lambda: sl.Erc20TokenTransfer(address=at, allowance=draw.choice(AMOUNTS)),
        lambda: sl.GasLimit(limit=draw.choice(GASES)),
        lambda: sl.ContractAccess(address=at),
        lambda: sl.FunctionsOnAllContracts(functions=code),
        lambda: sl.FunctionsOnContract(address=at, functions=code),
        lambda: sl.AccountFunctions(functions=[draw.choice(OWN)]),
        *([lambda: sl.CallLimit(count=draw.choice((0, 1, 2, 3, 7, HUGE)))] * (2 if extensions else 0)),
    ]
    return draw.choice(made)()


def wrapped(operation: Operation) -> Operation:
    """The same in the form that every session takes."""
    return operation._replace(wrapped=True)


def asked(draw: Random, extensions: bool = False) -> PolicyRequest:
    """A list of up to four permissions, sometimes root, with or without an end and a beginning."""
    size = draw.choice((1, 2, 2, 3, 3, 4))
    permissions = [permission(draw, extensions) for _ in range(size)] if draw.random() > 0.03 else [sl.Root()]
    begin, end = draw.choice((0, 0, 0, NOW + 2, NOW + 5)), draw.choice((0, 0, 0, NOW + 1, NOW + 4, NOW + 6))
    return PolicyRequest(tuple(permissions), expiry_sec=end, valid_after=begin)


def relative(draw: Random, first: PolicyRequest, extensions: bool) -> PolicyRequest:
    """A list that has much in common with another one: this is how lists change."""
    permissions = list(first.permissions)
    for _ in range(draw.choice((0, 1, 1, 2))):
        what = draw.randrange(3)
        if what == 0 and len(permissions) > 1:
            permissions.pop(draw.randrange(len(permissions)))
        elif what == 1:
            permissions.insert(draw.randrange(len(permissions) + 1), permission(draw, extensions))
        else:
            permissions[draw.randrange(len(permissions))] = permission(draw, extensions)
    return (
        replace(first, permissions=tuple(permissions))
        if draw.random() < 0.8
        else replace(asked(draw, extensions), permissions=tuple(permissions))
    )


def rulesets(draw: Random, across: bool, extensions: bool) -> tuple[Ruleset, Ruleset]:
    """One ruleset twice; across: two of them, also mixtures of the flags."""
    pool = [DOCUMENTED, DEPLOYED]
    if across:
        mixed = [Ruleset.of("mixed", {flag.name: draw.random() < 0.5 for flag in FLAGS}) for _ in range(2)]
        first, second = draw.sample(pool, 2) if draw.random() < 0.6 else mixed
    else:
        first = second = draw.choice(pool)
    more = ("call-limit",) if extensions else ()
    return replace(first, extensions=more), replace(second, extensions=more)


def call(draw: Random) -> PlainCall:
    """One call with any data, value and address of this world."""
    code = bytes.fromhex(draw.choice((*FUNCTIONS, *OWN, "0xdeadbeef", "0xb61d27f6", "0x34fcd5be"))[2:])
    near = [amount + more for amount in (0, 1, 5, 10, 2**255, HUGE) for more in (-1, 0, 1)]
    amount = draw.choice([number for number in near if 0 <= number <= HUGE])
    spending = draw.choice((TRANSFER, APPROVE, code)) + bytes(32) + amount.to_bytes(32, "big")
    data = draw.choice(
        (b"", code, code[: draw.choice((1, 2, 3))], spending, spending, spending[: draw.choice((36, 67))])
    )
    value = draw.choice((0, 0, 0, amount, 1, 5, 6))
    return plain_call(draw.choice((ONE, ONE, TWO, TWO, ELSEWHERE, SOME_WALLET)), value, data)


def operation(draw: Random) -> Operation:
    """One operation: bare or wrapped, one call, several or none, or a function of the wallet's own."""
    gas, fee = draw.choice((0, 1, 5, 10, 11, 100, 101, 2**121)), draw.choice((0, 1, 1, 2, 10))
    facts = {"gas": gas, "fee": fee, "sponsored": draw.random() < 0.5}
    wrapped = draw.random() < 0.8
    if draw.random() < 0.15:
        own = draw.choice((*OWN, "0xdeadbeef"))
        return read_operation(bytes.fromhex(("8dd7712f" if wrapped else "") + own[2:]) + bytes(64), **facts)
    calls: Sequence[PlainCall] = [call(draw) for _ in range(draw.choice((1, 1, 1, 2, 3, 0)))]
    while sum(one.value for one in calls) > HUGE:  # no wallet holds so much
        calls = calls[1:]
    batch = True if len(calls) != 1 else draw.random() < 0.4
    return operation_of(calls, batch=batch, wrapped=wrapped, **facts)
