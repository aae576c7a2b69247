"""Any calldata to the wallet itself is explained, whatever its function and length, and every door says the same."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.permissions.functions import EXECUTE, EXECUTE_BATCH, NEVER_GRANTED, VALIDATION
from sessionlab.study.diagnosis import NOT_ENOUGH
from tests.explain.state import contradict, contradicts_itself

SELECTORS = sorted(
    {entry.selector for entry in artifact("SessionWallet").functions.values()}
    | {bytes.fromhex(code[2:]) for code in NEVER_GRANTED | VALIDATION}
    | {bytes(4), b"\xff" * 4, bytes.fromhex("a9059cbb")}
)
SESSIONS = ("counted", "uncounted", "functions", "root")


@cache
def world(rules: str) -> tuple[sl.Lab, sl.SmartWalletClient, dict[str, sl.Session]]:
    lab = sl.Lab(rules, seed=1)
    wallet = lab.wallet()
    access = sl.ContractAccess(address=lab.counter)
    lists: dict[str, list[sl.Permission]] = {
        "counted": [sl.NativeTokenTransfer(allowance=5), access],
        "uncounted": [access],
        "functions": [sl.AccountFunctions(functions=["updateFallbackSignerData(address,bool)"])],
        "root": [sl.Root()],
    }
    return lab, wallet, {name: wallet.grant_permissions(held, key=sl.new_key(name)) for name, held in lists.items()}


calldata = st.builds(
    lambda selector, tail, length: (selector + tail)[:length],
    st.sampled_from(SELECTORS),
    st.one_of(st.binary(max_size=64), st.just(bytes(64))),
    st.integers(0, 68),
)


@pytest.mark.parametrize("rules", ["documented", "deployed"])
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@example(name="uncounted", data=EXECUTE, others=0)
@example(name="counted", data=EXECUTE_BATCH + bytes(20), others=0)
@example(name="root", data=EXECUTE, others=0)
@example(name="functions", data=EXECUTE, others=1)
@example(name="uncounted", data=b"", others=1)
@given(name=st.sampled_from(SESSIONS), data=calldata, others=st.integers(0, 1))
def test_any_calldata_is_explained_as_it_is_refused(rules: str, name: str, data: bytes, others: int) -> None:
    lab, wallet, sessions = world(rules)
    session = sessions[name]
    calls = [sl.Call(lab.counter, function="increment()")] * others + [sl.Call(wallet.address, data=data)]
    before = lab.snapshot()
    explanation, check = session.explain(calls), session.check(calls)
    sent = session.send_calls(calls, preflight=False).denial
    lab.revert(before)
    assert (explanation.denial is None) == (sent is None)
    assert str(explanation) and explanation.table() and explanation.to_json() and explanation._repr_html_()
    for denial in (explanation.denial, sent, check.denial):
        if denial is not None and sent is not None:
            assert (denial.code, denial.phase, denial.call) == (sent.code, sent.phase, sent.call)
            assert denial.sentence == sent.sentence
            parts, expected = (each.fix.partition(f" {NOT_ENOUGH}") for each in (denial, sent))
            assert parts[0] == expected[0]
            # A check asks the rules alone, so it does not know what fails in spite of a grant.
            assert denial is check.denial or parts[1] == expected[1]
            assert not contradict(denial, explanation)
    assert not contradicts_itself(explanation)


@pytest.mark.parametrize(
    ("rules", "permission", "says", "fix"),
    [
        (
            "documented",
            None,
            "validateUserOp of the wallet itself cannot be granted to a session.",
            "Leave the call out.",
        ),
        (
            "deployed",
            "account-functions",
            "The session may not use validateUserOp of the wallet itself.",
            "Grant account-functions with validateUserOp.",
        ),
    ],
)
def test_the_validation_function_is_granted_where_the_rules_let_it(
    rules: str, permission: str | None, says: str, fix: str
) -> None:
    _, wallet, sessions = world(rules)
    calls = [sl.Call(wallet.address, data=bytes.fromhex("19822f7c"))]
    explanation, sent = sessions["uncounted"].explain(calls), sessions["uncounted"].send_calls(calls).denial
    for denial in (explanation.denial, sent):
        assert denial is not None and (denial.permission, denial.sentence, denial.fix) == (permission, says, fix)
        assert not contradict(denial, explanation)
    granted = [sl.AccountFunctions(functions=["0x19822f7c"])]
    if permission is None:
        assert "No permission changes that." in str(explanation)
        with pytest.raises(sl.GrantRefused, match="SelectorNotAllowed: account-functions cannot grant validateUserOp"):
            wallet.grant_permissions(granted)
    else:
        denied = wallet.grant_permissions(granted).send_calls(calls).denial
        assert denied is None or denied.code != "ValidationFunctionMissing"


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_the_owner_is_not_told_to_grant_or_to_ask_the_owner(rules: str) -> None:
    _, wallet, sessions = world(rules)
    calls = [sl.Call(wallet.address, function="owner()")]
    for denial in (wallet.send_calls(calls).denial, sessions["root"].send_calls(calls).denial):
        assert denial is not None and denial.permission is None
        assert "rant" not in denial.fix and "owner" not in denial.fix


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_nobody_is_told_to_grant_the_zero_address(rules: str) -> None:
    _, _, sessions = world(rules)
    calls = [sl.Call("0x" + "00" * 20, data=bytes(4))]
    explanation, sent = sessions["uncounted"].explain(calls), sessions["uncounted"].send_calls(calls).denial
    assert sent is not None and (sent.permission, sent.fix) == (None, "Let the owner make the call.")
    assert not contradict(sent, explanation)


@pytest.mark.parametrize("count", [33, 40])
def test_more_calls_than_fit_are_explained(count: int) -> None:
    lab, _, sessions = world("documented")
    explanation = sessions["uncounted"].explain([sl.Call(lab.counter, function="increment()")] * count)
    assert explanation.denial is not None and explanation.denial.code == "TooManyCalls"
    assert explanation.outside == "TooManyCalls" and explanation._repr_html_()
