"""A limit that only bounds what others allow: it lists nothing, and its grants are judged like those of any type.

The kind of ``call-limit`` is borrowed for a condition on the calls of one contract, as an author of a type would
write it: no code outside the table knows of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import sessionlab as sl
from sessionlab.core.permissions import LIMITS, GrantRow, LimitKind, Permission, decide, install, operation_of, rows
from sessionlab.core.permissions.fields import Address, Amount
from sessionlab.core.permissions.grant import check_grant
from sessionlab.core.permissions.grant_rules import BUILDER_RULES
from sessionlab.core.permissions.kinds import Limit, extended
from sessionlab.core.permissions.operation import PlainCall, plain_call
from sessionlab.core.permissions.rulesets import DEPLOYED, DOCUMENTED, Ruleset
from sessionlab.core.permissions.violation import Violation

WALLET = "0x" + "aa" * 20
SHOP = "0x" + "bb" * 20
ADD = bytes.fromhex("1003e2d2")


class LengthLimit(Permission):
    """At most so many bytes of calldata for one contract."""

    type = "call-limit"
    address: Address
    bytes: Amount

    def _says(self) -> str:
        return f"may pass {self.bytes} bytes to {self.address}"

    def _installs(self) -> tuple[GrantRow, ...]:
        return (GrantRow(LimitKind.OPERATIONS, self.address.lower(), amount=self.bytes),)


def _is_short(call: PlainCall, left: int) -> int:
    if len(call.data) > left:
        raise Violation("TooLong")
    return 0


@pytest.fixture(params=[DOCUMENTED, DEPLOYED], ids=["documented", "deployed"])
def rules(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ruleset]:
    condition = Limit(
        permission="call-limit",
        unit=None,
        error="TooLong",
        rule="calls are short",
        kept="Each call is short enough",
        verb="asks for",
        of_call=_is_short,
        extension=True,
    )
    several = tuple(rule for rule in BUILDER_RULES if rule[0] != LIMITS[LimitKind.OPERATIONS].single)
    monkeypatch.setattr("sessionlab.core.permissions.grant.BUILDER_RULES", several)
    monkeypatch.setitem(LIMITS, LimitKind.OPERATIONS, condition)
    yield extended(request.param, ["call-limit"])


def decided(permissions: list[Permission], data: bytes, rules: Ruleset) -> tuple[str, str | None, int | None]:
    policy, remaining = install(rows(permissions), wallet=WALLET, rules=rules)
    decision = decide(policy, remaining, operation_of([plain_call(SHOP, 0, data)]), 1, rules)
    assert decision.remaining == remaining
    return decision.phase, decision.reason, decision.call


def refusal(permissions: list[Permission], rules: Ruleset) -> tuple[str | None, str | None] | None:
    try:
        check_grant(permissions, wallet=WALLET, expiry=None, now=1, rules=rules)
    except sl.GrantRefused as refused:
        return refused.rule, refused.field
    return None


def test_a_condition_alone_reaches_nothing(rules: Ruleset) -> None:
    add_anywhere_else = sl.FunctionsOnContract(address="0x" + "cc" * 20, functions=["0x1003e2d2"])
    asked = [LengthLimit(address=SHOP, bytes=36), add_anywhere_else]
    assert decided(asked, ADD + bytes(32), rules) == ("validation", "AddressNotAllowed", 0)


def test_a_condition_leaves_what_others_allow_there(rules: Ruleset) -> None:
    asked = [LengthLimit(address=SHOP, bytes=36), sl.FunctionsOnAllContracts(functions=["0x1003e2d2"])]
    assert decided(asked, ADD + bytes(32), rules) == ("ok", None, None)
    assert decided(asked, ADD + bytes(33), rules) == ("execution", "TooLong", 0)


def test_a_condition_on_the_zero_address_is_refused(rules: Ruleset) -> None:
    assert refusal([LengthLimit(address="0x" + "00" * 20, bytes=1)], rules) == (
        "ZeroAddressError",
        "permissions[0].data.address",
    )


def test_two_conditions_on_one_address_are_one_too_many_where_addresses_are_compared(rules: Ruleset) -> None:
    spelled = ["0x" + "bb" * 20, "0x" + "BB" * 20]
    twice: list[Permission] = [LengthLimit(address=address, bytes=1) for address in spelled]
    twice.append(sl.ContractAccess(address="0x" + "cc" * 20))
    expected = ("DuplicateTargetAddressError", "permissions[1].data.address")
    assert refusal(twice, rules) == (expected if rules.addresses_compare_as_addresses else None)
