"""A limit that only bounds what others allow: it lists nothing, and its grants are judged like those of any type.

The kind of ``call-limit`` is borrowed for a condition on the calls of one contract, as an author of a type would
write it: no code outside the table knows of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

import sessionlab as sl
from sessionlab.core.permissions import (
    LIMITS,
    PERMISSION_TYPES,
    GrantRow,
    LimitKind,
    Permission,
    decide,
    install,
    operation_of,
    rows,
)
from sessionlab.core.permissions.fields import Address, Amount
from sessionlab.core.permissions.grant import check_grant
from sessionlab.core.permissions.grant_rules import BUILDER_RULES, Grant, limit_is_single
from sessionlab.core.permissions.limits import Limit, extended
from sessionlab.core.permissions.operation import PlainCall, plain_call
from sessionlab.core.permissions.rulesets import DEPLOYED, DOCUMENTED, Ruleset
from sessionlab.core.permissions.violation import Violation
from sessionlab.study.audit import Holding
from tests.sampling import by_turns, long

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
        raise Violation("TooLong", None, len(call.data), left)
    return 0


@pytest.fixture(params=[DOCUMENTED, DEPLOYED], ids=["documented", "deployed"])
def rules(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ruleset]:
    condition = Limit(
        permission="call-limit",
        unit=None,
        error="TooLong",
        rule="calls are short",
        kept="Each call is short enough",
        verb="passes",
        of_call=_is_short,
        shown=lambda amount: f"{amount} bytes",
        extension=True,
    )
    several = tuple(rule for rule in BUILDER_RULES if rule[0] != LIMITS[LimitKind.OPERATIONS].single)
    monkeypatch.setattr("sessionlab.core.permissions.grant.BUILDER_RULES", several)
    monkeypatch.setitem(LIMITS, LimitKind.OPERATIONS, condition)
    monkeypatch.setitem(PERMISSION_TYPES, "call-limit", LengthLimit)
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


# -- what an audit makes of a condition: the most, against every sequence of operations that there is

THIEF, NONE_OF_THEM = "0x" + "dd" * 20, -1
Fits = Callable[[int, int], bool]


def at_most(value: int, amount: int) -> bool:
    return value <= amount


def at_least(value: int, amount: int) -> bool:
    return value >= amount


def exactly(value: int, amount: int) -> bool:
    return value == amount


def over_twice(value: int, amount: int) -> bool:
    return 2 * amount <= value <= 3 * amount


def comparing(monkeypatch: pytest.MonkeyPatch, fits: Fits) -> None:
    """The condition of these tests asks this of the wei of each call; and a batch holds two calls."""

    def check(call: PlainCall, left: int) -> int:
        if call.value and not fits(call.value, left):
            raise Violation("WrongValue")
        return 0

    monkeypatch.setitem(LIMITS, LimitKind.OPERATIONS, replace(LIMITS[LimitKind.OPERATIONS], of_call=check))
    monkeypatch.setattr("sessionlab.study.audit.subject.MAX_CALLS", 2)


def counting_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    """``gas-limit`` counts operations here, as ``call-limit`` does, whose kind is borrowed."""
    counts = replace(LIMITS[LimitKind.GAS], unit="operations", of_operation=lambda operation, rules: 1)
    monkeypatch.setitem(LIMITS, LimitKind.GAS, counts)


def most_of_all(permissions: list[Permission], rules: Ruleset, upto: int) -> int:
    """The most wei that any operations of at most two calls send to the shop, tried out; amounts to ``upto``."""
    policy, whole = install(rows(permissions), wallet=WALLET, rules=rules)
    calls = [plain_call(SHOP, wei) for wei in range(upto + 1)]
    batches = [(call,) for call in calls] + [(one, two) for one in calls for two in calls if one.value <= two.value]
    best: dict[tuple[int, ...], int] = {tuple(whole.values()): 0}
    reached = [(whole, 0)]
    while reached:
        left, total = reached.pop()
        for batch in batches:
            sent = total + sum(call.value for call in batch)
            decision = decide(policy, left, operation_of(batch, sponsored=True), 1, rules)
            after = tuple(decision.remaining.values())
            if decision.accepted and sent > best.get(after, NONE_OF_THEM):
                best[after] = sent
                reached.append((decision.remaining, sent))
    return max(best.values())


def audited(permissions: list[Permission], rules: Ruleset) -> sl.Audit:
    return sl.audit(permissions, sl.WalletState(WALLET, balance=10**18, expiry=10**9), rules, thief=THIEF)


@pytest.mark.parametrize("allowance", [4, long(12)])
@pytest.mark.parametrize(
    ("rules", "fits", "amount", "operations"),
    by_turns([DOCUMENTED, DEPLOYED], [at_most, at_least, exactly, over_twice], [0, 3, 5], [None, 0, 1, 2]),
    indirect=["rules"],
    ids=lambda value: getattr(value, "name", None) or getattr(value, "__name__", value),
)
def test_the_most_under_a_condition_is_never_below_what_a_thief_takes(
    rules: Ruleset, monkeypatch: pytest.MonkeyPatch, fits: Fits, amount: int, allowance: int, operations: int | None
) -> None:
    comparing(monkeypatch, fits)
    permissions = [LengthLimit(address=SHOP, bytes=amount), sl.ContractAccess(address=SHOP)]
    permissions.append(sl.NativeTokenTransfer(allowance=allowance))
    if operations is not None:
        counting_operations(monkeypatch)
        permissions.append(sl.GasLimit(limit=operations))
    # What may be sent to anybody else is not the matter here.
    only_shop = replace(rules, native_reaches_plain_transfers=False)
    truth = most_of_all(permissions, only_shop, allowance)
    loss = audited(permissions, only_shop).loss("ETH by value")
    assert loss.ever is not None and truth <= loss.ever <= allowance
    if fits in (at_most, at_least) or not truth:
        assert loss.ever == truth


def test_the_most_of_small_calls_is_the_allowance_and_the_steps_say_so(
    rules: Ruleset, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparing(monkeypatch, at_most)
    permissions = [LengthLimit(address=SHOP, bytes=5), sl.ContractAccess(address=SHOP)]
    bounded = audited([*permissions, sl.NativeTokenTransfer(allowance=97)], replace(
        rules, native_reaches_plain_transfers=False
    ))  # fmt: skip
    loss = bounded.loss("ETH by value")
    assert (loss.now, loss.ever) == (97, 97)
    (step,) = loss.sequence
    assert step.value == 5 and step.words.endswith("again and again, 97 wei in total")
    if not rules.value_needs_permission:
        assert audited(permissions, rules).loss("ETH by value").ever is None, "5 wei, as often as one likes"


def test_the_calls_of_a_batch_are_all_counted(rules: Ruleset, monkeypatch: pytest.MonkeyPatch) -> None:
    comparing(monkeypatch, at_most)
    counting_operations(monkeypatch)
    free = replace(rules, native_reaches_plain_transfers=False)
    permissions = [LengthLimit(address=SHOP, bytes=5), sl.ContractAccess(address=SHOP), sl.GasLimit(limit=3)]
    permissions.append(sl.NativeTokenTransfer(allowance=10**18))
    assert audited(permissions, free).loss("ETH by value").ever == 3 * 2 * 5


def test_a_condition_on_a_token_bounds_what_one_call_takes_and_no_more(
    rules: Ruleset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(call: PlainCall, left: int) -> int:
        if int.from_bytes(call.data[36:68], "big") > left:
            raise Violation("TooMany")
        return 0

    monkeypatch.setitem(LIMITS, LimitKind.OPERATIONS, replace(LIMITS[LimitKind.OPERATIONS], of_call=check))
    held = {SHOP: Holding(1_000, "TOK", 0)}
    state = sl.WalletState(WALLET, tokens=held, expiry=10**9)
    open_to_all = [LengthLimit(address=SHOP, bytes=5), sl.ContractAccess(address=SHOP)]
    audit = sl.audit(open_to_all, state, rules, thief=THIEF)
    assert (audit.loss("TOK").now, audit.loss("TOK").ever) == (1_000, None)
    assert audit.found("token-without-limit")[0].index == 1
    counted = [LengthLimit(address=SHOP, bytes=5), sl.Erc20TokenTransfer(address=SHOP, allowance=97)]
    assert sl.audit(counted, state, rules, thief=THIEF).loss("TOK").ever == 97
    nothing = [LengthLimit(address=SHOP, bytes=0), sl.Erc20TokenTransfer(address=SHOP, allowance=97)]
    assert sl.audit(nothing, state, rules, thief=THIEF).loss("TOK").ever == 0


def test_a_condition_on_the_data_refuses_a_transfer_that_is_too_long(rules: Ruleset) -> None:
    held = {SHOP: Holding(1_000, "TOK", 0)}
    state = sl.WalletState(WALLET, balance=7, tokens=held, elsewhere={SHOP: 3}, expiry=10**9)
    for length, most in ((67, 0), (68, 97)):
        permissions = [LengthLimit(address=SHOP, bytes=length), sl.Erc20TokenTransfer(address=SHOP, allowance=97)]
        audit = sl.audit([*permissions, sl.GasLimit(limit=0)], state, rules, thief=THIEF)
        assert audit.loss("TOK").ever == most
        assert not audit.found("target-keeps-funds"), "transfer and approve pay out none of a token's ETH"
        free = [permissions[0], sl.ContractAccess(address=SHOP), sl.GasLimit(limit=0)]
        assert sl.audit(free, state, rules, thief=THIEF).found("target-keeps-funds"), "shorter calls may pay out"


def test_what_earlier_tokens_left_behind_counts_beside_a_limit_of_one_address(rules: Ruleset) -> None:
    """The contract has one mark for limits of an address: with it, it looks at what is left of every token."""
    token = sl.Erc20TokenTransfer(address="0x" + "dd" * 20, allowance=5)
    before = install(rows([token]), wallet=WALLET, rules=DEPLOYED)
    granted = [LengthLimit(address=SHOP, bytes=36), sl.ContractAccess(address="0x" + "dd" * 20)]
    policy, remaining = install(rows(granted), wallet=WALLET, rules=DEPLOYED, before=before)
    transfer = plain_call("0x" + "dd" * 20, 0, bytes.fromhex("a9059cbb") + bytes(63) + bytes([6]))
    decision = decide(policy, remaining, operation_of([transfer]), 1, DEPLOYED)
    assert (decision.phase, decision.reason, decision.asked, decision.left) == ("execution", "ExceededTokenLimit", 6, 5)


def test_no_permission_beside_a_condition_is_said_to_be_without_effect(rules: Ruleset) -> None:
    state = sl.WalletState(WALLET)
    granted = [LengthLimit(address=SHOP, bytes=36), sl.FunctionsOnAllContracts(functions=["0x1003e2d2"])]
    assert "permission-without-effect" not in {found.id for found in sl.audit(granted, state, rules).findings}


def test_the_reach_map_shows_what_some_arguments_reach(rules: Ruleset) -> None:
    granted = [LengthLimit(address=SHOP, bytes=36), sl.FunctionsOnAllContracts(functions=["0x1003e2d2"])]
    reach = sl.pictures.reach_map(granted, {"shop": SHOP}, ["add(uint256)"], rules=rules)
    assert reach.allows("shop", "add(uint256)")


def test_two_conditions_of_one_sort_are_refused_in_words_without_an_amount() -> None:
    limit = replace(LIMITS[LimitKind.OPERATIONS], permission="root")
    twice = [sl.Root(), sl.Root()]
    fault = limit_is_single(limit)(Grant(twice, WALLET, 0, 1, DOCUMENTED))
    assert fault is not None and fault.fix == "Keep one."
