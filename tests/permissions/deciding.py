"""Sessions, calls and endings for the tests of the decision."""

from __future__ import annotations

import pytest

from sessionlab.core.permissions import (
    DEPLOYED,
    DOCUMENTED,
    ContractAccess,
    Decision,
    Operation,
    Permission,
    PlainCall,
    Policy,
    Remaining,
    Ruleset,
    decide,
    install,
    operation_of,
    plain_call,
    read_operation,
    rows,
)
from sessionlab.core.permissions.functions import selector

WALLET, TOKEN, SHOP, FRIEND = ("0x" + digit * 40 for digit in "abcd")
NOW = 1_800_000_000
PING, PONG = selector("ping()"), selector("pong()")
OPEN = ContractAccess(address=SHOP)
BOTH = pytest.mark.parametrize("rules", [DOCUMENTED, DEPLOYED], ids=lambda rules: rules.name)

Session = tuple[Policy, Remaining]


def session(*permissions: Permission, rules: Ruleset = DOCUMENTED, after: int = 0, until: int = 0) -> Session:
    return install(rows(permissions), wallet=WALLET, rules=rules, valid_after=after, valid_until=until)


def ask(asked: Session, *calls: PlainCall, rules: Ruleset = DOCUMENTED, now: int = NOW, **facts: object) -> Decision:
    policy, left = asked
    operation = operation_of(calls)._replace(is_global=policy.is_root, **facts)
    return decide(policy, left, operation, now, rules)


def ends(decision: Decision) -> tuple[str, str | None]:
    return decision.phase, decision.reason


def call(to: str = SHOP, function: str = PING, value: int = 0) -> PlainCall:
    return plain_call(to, value, bytes.fromhex(function[2:]))


def spend(amount: int, function: str = "transfer(address,uint256)") -> PlainCall:
    data = bytes.fromhex(selector(function)[2:]) + int(FRIEND, 16).to_bytes(32, "big") + amount.to_bytes(32, "big")
    return plain_call(TOKEN, 0, data)


def own(function: str, wrapped: bool = True) -> Operation:
    return read_operation(bytes.fromhex("8dd7712f" * wrapped + function[2:]))


OK = ("ok", None)


def refused(reason: str) -> tuple[str, str]:
    return "validation", reason


def failed(reason: str) -> tuple[str, str]:
    return "execution", reason
