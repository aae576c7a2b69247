"""The execution phase, the order of the rules, and what is left: rule by rule and flag by flag."""

from __future__ import annotations

from sessionlab.core.permissions import (
    DEPLOYED,
    DOCUMENTED,
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Operation,
    Ruleset,
    decide,
    install,
    operation_of,
    revoke,
    rows,
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
    spend,
)


@BOTH
def test_a_limit_of_zero_allows_nothing_of_its_kind(rules: Ruleset) -> None:
    zero = (Erc20TokenTransfer(address=TOKEN, allowance=0), NativeTokenTransfer(allowance=0), OPEN)
    assert ends(ask(session(*zero, rules=rules), spend(1), rules=rules)) == failed("ExceededTokenLimit")
    assert ends(ask(session(*zero, rules=rules), call(value=1), rules=rules)) == failed("ExceededNativeTokenLimit")
    assert not ask(session(OPEN, GasLimit(limit=0), rules=rules), call(), gas=1, fee=1, rules=rules).accepted


def test_8_values_count_in_sum() -> None:
    asked = session(OPEN, NativeTokenTransfer(allowance=10))
    most = ask(asked, call(value=4), call(value=6))
    assert (ends(most), most.remaining) == (OK, remaining(native=0))
    over = ask(asked, call(value=4), call(value=7))
    assert (ends(over), over.call, over.asked, over.left) == (failed("ExceededNativeTokenLimit"), 1, 11, 10)
    assert ends(ask(asked, call(value=2**256 - 1), call(value=1))) == failed("Panic(0x11)")


def test_9_transfers_and_approvals_count_alike() -> None:
    asked = session(Erc20TokenTransfer(address=TOKEN, allowance=10))
    most = ask(asked, spend(4), spend(6, "approve(address,uint256)"))
    assert (ends(most), most.remaining) == (OK, remaining(tokens={TOKEN: 0}))
    over = ask(asked, spend(4), spend(7))
    assert (ends(over), over.call, over.asked, over.left) == (failed("ExceededTokenLimit"), 1, 7, 6)
    assert ends(ask(asked, spend(1)._replace(data=spend(1).data[:67]))) == failed("InvalidCalldataLength")


def test_9_only_a_token_with_a_limit_is_counted() -> None:
    other = spend(11)._replace(target=SHOP)
    decision = ask(session(Erc20TokenTransfer(address=TOKEN, allowance=10), OPEN), other)
    assert (ends(decision), decision.remaining) == (OK, remaining(tokens={TOKEN: 10}))


@BOTH
def test_9_an_open_token_with_a_limit_still_only_spends(rules: Ruleset) -> None:
    asked = session(Erc20TokenTransfer(address=TOKEN, allowance=10), ContractAccess(address=TOKEN), rules=rules)
    more = spend(1, "increaseAllowance(address,uint256)")
    assert ends(ask(asked, more, rules=rules)) == failed("SelectorNotAllowed")


def test_9_r7_a_token_limit_and_functions_of_the_wallet() -> None:
    permissions = (AccountFunctions(functions=[REPLACE_OWNER]), Erc20TokenTransfer(address=TOKEN, allowance=1))
    for rules, end in ((DOCUMENTED, OK), (DEPLOYED, failed("SpendingRequestNotAllowed"))):
        assert ends(decide(*session(*permissions, rules=rules), own(REPLACE_OWNER), NOW, rules)) == end


def test_10_called_contracts_are_asked_last_and_undo_all_but_the_gas() -> None:
    policy, left = session(OPEN, NativeTokenTransfer(allowance=10), GasLimit(limit=100))
    operation = operation_of([call(value=4)], gas=30)
    reverted = decide(policy, left, operation, NOW, DOCUMENTED, lambda operation: "CounterFailed")
    assert (ends(reverted), reverted.remaining) == (failed("CounterFailed"), remaining(native=10, gas=70))
    done = decide(policy, left, operation, NOW, DOCUMENTED, lambda operation: None)
    assert (ends(done), done.remaining) == (OK, remaining(native=6, gas=70))

    def never(operation: Operation) -> str | None:
        raise AssertionError

    too_much = operation_of([call(value=11)], gas=30)
    assert ends(decide(policy, left, too_much, NOW, DOCUMENTED, never)) == failed("ExceededNativeTokenLimit")


def test_gas_is_used_by_what_fails_in_execution_and_not_in_validation() -> None:
    asked = session(OPEN, NativeTokenTransfer(allowance=10), GasLimit(limit=100))
    assert ask(asked, call(value=11), gas=30).remaining == remaining(native=10, gas=70)
    assert ask(asked, call(FRIEND), gas=30).remaining == asked[1]
    assert ask(asked, call(), gas=30, nonce_fits=False).remaining == asked[1]


def test_the_first_rule_that_fails_gives_the_reason() -> None:
    """One operation that breaks every rule from 3 on is mended rule by rule."""
    asked = session(OPEN, NativeTokenTransfer(allowance=0), GasLimit(limit=0), until=NOW - 1)
    facts: dict[str, object] = {"wrapped": False, "gas": 1, "nonce_fits": False, "signature_fits": False}
    calls = [call(value=1), call(FRIEND), call(WALLET, "0x" + EXECUTE_BATCH.hex())]
    met = [ask(asked, *calls, **facts).reason]
    calls.pop()
    for mended in ({"wrapped": True}, {"gas": 0}, {}, {"nonce_fits": True}, {"signature_fits": True}):
        met.append(ask(asked, *calls, **facts).reason)
        facts |= mended
        if not mended:
            calls.pop()
    met += [ask(asked, *calls, **facts).reason, ask(asked, *calls, now=NOW - 1, **facts).reason]
    assert met == [
        "SelfCallRecursionDepthExceeded",
        "RequireUserOperationContext",
        "ExceededGasLimit",
        "AddressNotAllowed",
        "AA25 invalid account nonce",
        "AA24 signature error",
        "AA22 expired or not due",
        "ExceededNativeTokenLimit",
    ]


def test_r6_what_a_revocation_leaves() -> None:
    before = session(OPEN, Erc20TokenTransfer(address=TOKEN, allowance=9), rules=DEPLOYED)
    for rules, with_hook_data, left in ((DEPLOYED, False, True), (DEPLOYED, True, False), (DOCUMENTED, False, False)):
        policy, state = revoke(*before, rules, with_hook_data=with_hook_data)
        assert not policy.is_installed
        assert ends(ask((policy, state), call(), rules=rules)) == refused("ValidationFunctionMissing")
        again = [*rows([FunctionsOnContract(address=FRIEND, functions=[PING])])]
        inherited = install(again, wallet=WALLET, rules=rules, before=(policy, state))
        assert ask(inherited, call(SHOP), rules=rules).accepted is left
        assert inherited[1] == (remaining(tokens={TOKEN: 9}) if left else {})


def test_r8_the_last_allowance_of_a_token_counts() -> None:
    twice = [Erc20TokenTransfer(address=TOKEN, allowance=n) for n in (10, 3)]
    assert session(*twice, rules=DEPLOYED)[1] == remaining(tokens={TOKEN: 3})
