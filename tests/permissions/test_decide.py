"""The validation phase, rule by rule and flag by flag: what is let through, and what is refused and why."""

from __future__ import annotations

import pytest

from sessionlab.core.permissions import (
    DEPLOYED,
    DOCUMENTED,
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Operation,
    Permission,
    Policy,
    Root,
    Ruleset,
    decide,
    operation_of,
    plain_call,
    read_operation,
)
from sessionlab.core.permissions.functions import EXECUTE_BATCH, REPLACE_OWNER

from ..remaining import remaining
from .deciding import (
    BOTH,
    FRIEND,
    NOW,
    OK,
    OPEN,
    PING,
    PONG,
    SHOP,
    TOKEN,
    WALLET,
    ask,
    call,
    ends,
    failed,
    own,
    refused,
    session,
)


@BOTH
@pytest.mark.parametrize(
    "operation", [operation_of([call()]), operation_of([]), own(REPLACE_OWNER), read_operation(b"")], ids=str
)
def test_what_was_never_granted_is_refused(rules: Ruleset, operation: Operation) -> None:
    left = remaining(native=10**18, tokens={TOKEN: 10**18}, gas=10**18)
    decision = decide(Policy(wallet=WALLET), left, operation, NOW, rules)
    assert (decision.phase, decision.remaining) == ("validation", left)


def test_1_an_operation_needs_a_selector() -> None:
    policy, state = session(OPEN)
    assert ends(decide(policy, state, read_operation(b"\1\2\3"), NOW, DOCUMENTED)) == refused("UnrecognizedFunction")
    assert ends(decide(policy, state, own("0x010203"), NOW, DOCUMENTED)) == refused("EmptyRevert")


def test_2_a_function_of_the_wallet_must_be_granted() -> None:
    asked = session(OPEN, AccountFunctions(functions=[REPLACE_OWNER]))
    assert ends(decide(*asked, own(REPLACE_OWNER), NOW, DOCUMENTED)) == OK
    assert ends(decide(*asked, own(PING), NOW, DOCUMENTED)) == refused("ValidationFunctionMissing")
    alone = session(AccountFunctions(functions=[REPLACE_OWNER]))
    assert ends(ask(alone, call())) == refused("ValidationFunctionMissing")


def test_2_root_uses_what_the_owner_uses_and_only_with_the_global_nonce_key() -> None:
    root, other = session(Root()), session(OPEN)
    assert ends(ask(root, call(FRIEND, value=10**20))) == OK
    assert ends(decide(*root, own(REPLACE_OWNER)._replace(is_global=True), NOW, DOCUMENTED)) == OK
    unknown = decide(*root, own(PING)._replace(is_global=True), NOW, DOCUMENTED)
    assert ends(unknown) == refused("ValidationFunctionMissing")
    for asked, nonce_key in ((root, False), (other, True)):
        decision = decide(*asked, operation_of([call()], is_global=nonce_key), NOW, DOCUMENTED)
        assert ends(decision) == refused("ValidationFunctionMissing")


@pytest.mark.parametrize("permission", [Root(), FunctionsOnAllContracts(functions=[REPLACE_OWNER])])
def test_3_the_wallet_does_not_call_itself_but_for_its_granted_functions(permission: Permission) -> None:
    asked = session(permission)
    itself = call(WALLET, REPLACE_OWNER)
    assert ends(ask(asked, itself)) == refused("SelfCallRecursionDepthExceeded")
    deeper = ask(asked, call(FRIEND, REPLACE_OWNER), call(WALLET, "0x" + EXECUTE_BATCH.hex()))
    assert (ends(deeper), deeper.call) == (refused("SelfCallRecursionDepthExceeded"), 1)
    assert ends(ask(asked, plain_call(WALLET), plain_call(FRIEND))) == refused("EmptyRevert")
    inner = ask(asked, itself, itself)
    assert ends(inner) == (OK if isinstance(permission, Root) else refused("ValidationFunctionMissing"))


def test_3_what_cannot_be_read_is_refused_where_reading_stops() -> None:
    wide = plain_call(SHOP, 0, bytes(4_097))
    decision = ask(session(OPEN), call(), wide)
    assert (ends(decision), decision.call) == (refused("CallDataTooLarge"), 1)
    assert ends(ask(session(OPEN), *[call()] * 33)) == refused("TooManyCalls")


@pytest.mark.parametrize(
    "limit", [NativeTokenTransfer(allowance=1), Erc20TokenTransfer(address=TOKEN, allowance=1)], ids=str
)
def test_4_spend_limits_need_the_wrapping_and_nothing_else_does(limit: Permission) -> None:
    limited = session(OPEN, limit)
    assert limited[0].limits_spending
    assert ends(ask(limited, call(), wrapped=False)) == refused("RequireUserOperationContext")
    assert ends(ask(session(OPEN, GasLimit(limit=0)), call(), wrapped=False)) == OK


@pytest.mark.parametrize(
    ("rules", "reason"), [(DOCUMENTED, "ExceededGasLimit"), (DEPLOYED, "ExceededNativeTokenLimit")]
)
def test_5_gas_counts_up_to_the_last_unit_and_only_if_the_wallet_pays(rules: Ruleset, reason: str) -> None:
    asked = session(OPEN, GasLimit(limit=1_000), rules=rules)
    last = ask(asked, call(), gas=1_000, fee=1, rules=rules)
    assert (ends(last), last.remaining) == (OK, remaining(gas=0))
    over = ask(asked, call(), gas=1_001, fee=1, rules=rules)
    assert (ends(over), over.asked, over.left, over.remaining) == (refused(reason), 1_001, 1_000, asked[1])
    sponsored = ask(asked, call(), gas=1_001, fee=1, sponsored=True, rules=rules)
    assert (ends(sponsored), sponsored.remaining) == (OK, remaining(gas=1_000))


def test_5_r3_decides_whether_gas_or_wei_count() -> None:
    for rules, left in ((DOCUMENTED, 900), (DEPLOYED, 300)):
        decision = ask(session(OPEN, GasLimit(limit=1_000), rules=rules), call(), gas=100, fee=7, rules=rules)
        assert decision.remaining == remaining(gas=left)


@BOTH
def test_6_a_call_is_reached_by_target_and_function(rules: Ruleset) -> None:
    asked = session(FunctionsOnContract(address=SHOP, functions=[PING]), rules=rules)
    assert ends(ask(asked, call(), rules=rules)) == OK
    assert ends(ask(asked, call(function=PONG), rules=rules)) == refused("SelectorNotAllowed")
    assert ends(ask(asked, call(function="0x0102"), rules=rules)) == refused("NoSelectorSpecified")
    stray = ask(asked, call(), call(FRIEND), rules=rules)
    assert (ends(stray), stray.call) == (refused("AddressNotAllowed"), 1)


def test_6_r1_value_needs_a_permission() -> None:
    for rules, end in ((DOCUMENTED, refused("NativeTransferNotAllowed")), (DEPLOYED, OK)):
        assert ends(ask(session(OPEN, rules=rules), call(value=1), rules=rules)) == end


def test_6_r2_native_tokens_reach_plain_transfers() -> None:
    anywhere = plain_call(FRIEND, 1)
    native = NativeTokenTransfer(allowance=1)
    assert ends(ask(session(native), anywhere)) == OK
    assert ends(ask(session(native), call(FRIEND, value=1))) == refused("AddressNotAllowed")
    alone, beside = session(native, rules=DEPLOYED), session(native, OPEN, rules=DEPLOYED)
    assert ends(ask(alone, anywhere, rules=DEPLOYED)) == refused("ValidationFunctionMissing")
    assert ends(ask(beside, anywhere, rules=DEPLOYED)) == refused("AddressNotAllowed")


def test_6_r4_a_listed_target_hides_the_functions_on_all_contracts() -> None:
    everywhere = FunctionsOnAllContracts(functions=[PONG])
    listed = FunctionsOnContract(address=SHOP, functions=[PING])
    for rules, end in ((DOCUMENTED, OK), (DEPLOYED, refused("SelectorNotAllowed"))):
        asked = session(everywhere, listed, rules=rules)
        assert ends(ask(asked, call(FRIEND, PONG), rules=rules)) == OK
        assert ends(ask(asked, call(SHOP, PONG), rules=rules)) == end


def test_6_r4_the_last_permission_decides_whether_functions_are_limited() -> None:
    both = (ContractAccess(address=TOKEN), Erc20TokenTransfer(address=TOKEN, allowance=1))
    other = call(TOKEN, PING)
    for rules, permissions, end in (
        (DEPLOYED, both, refused("SelectorNotAllowed")),
        (DEPLOYED, both[::-1], failed("InvalidCalldataLength")),
        (DOCUMENTED, both, failed("InvalidCalldataLength")),
    ):
        assert ends(ask(session(*permissions, rules=rules), other, rules=rules)) == end


def test_6_r4_a_batch_reaches_the_granted_functions_of_the_wallet() -> None:
    inner = (call(), call(WALLET, REPLACE_OWNER))
    for rules, end in ((DOCUMENTED, OK), (DEPLOYED, refused("AddressNotAllowed"))):
        asked = session(OPEN, AccountFunctions(functions=[REPLACE_OWNER]), rules=rules)
        assert ends(ask(asked, *inner, rules=rules)) == end


def test_6_r5_short_data_matches_no_selector() -> None:
    zeros = FunctionsOnAllContracts(functions=["0x00000000"])
    for rules, end in ((DOCUMENTED, refused("AddressNotAllowed")), (DEPLOYED, OK)):
        for data in (b"", b"\0\0\0"):
            assert ends(ask(session(zeros, rules=rules), plain_call(FRIEND, 0, data), rules=rules)) == end


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (NOW - 1, refused("AA22 expired or not due")),
        (NOW, OK),
        (NOW + 60, OK),
        (NOW + 61, refused("AA22 expired or not due")),
    ],
)
def test_7_the_first_and_the_last_second_belong_to_the_session(now: int, end: tuple[str, str | None]) -> None:
    assert ends(ask(session(OPEN, after=NOW, until=NOW + 60), call(), now=now)) == end


def test_7_without_an_end_a_session_lasts() -> None:
    assert ends(ask(session(OPEN, after=NOW), call(), now=2**48)) == OK
