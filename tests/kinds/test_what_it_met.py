"""A refusal is explained by what the operation met: what was left before it, of every limit."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.core.permissions.limits import Limit

NAME = "call-limit"


@pytest.fixture(params=["documented", "deployed"])
def lab(request: pytest.FixtureRequest) -> sl.Lab:
    return sl.Lab(request.param, extensions=(NAME,))


def increment(lab: sl.Lab) -> list[sl.Call]:
    return [sl.Call(lab.counter, function="increment()")]


def fail(lab: sl.Lab) -> list[sl.Call]:
    return [sl.Call(lab.counter, function="fail()")]


@pytest.mark.parametrize("count", [1, 3])
def test_an_operation_that_fails_on_its_last_count_is_refused_by_the_contract_not_by_the_limit(
    lab: sl.Lab, count: int
) -> None:
    permissions = [sl.CallLimit(count=count), sl.ContractAccess(address=lab.counter)]
    session = lab.wallet().grant_permissions(permissions, key=sl.new_key(5))
    refused = session.send_calls(fail(lab), preflight=False)
    assert refused.denial is not None and refused.denial.phase == "execution"
    (limit, reach) = refused.denial.explain().verdicts
    assert (limit.answer, limit.limit, limit.used, limit.asked, limit.left) == ("allowed", count, 0, 1, count)
    assert reach.answer == "allowed"
    steps = sl.widgets.inspector(refused).text().splitlines()
    assert [line.split("✗ ")[1] for line in steps[1:] if "✗" in line] == ["The called contracts do it: refused"]
    assert any("✓ The operation is within the call-limit: kept" in line for line in steps)


def test_a_token_limit_that_refuses_on_the_last_count_asks_for_no_higher_count(lab: sl.Lab) -> None:
    permissions = [sl.CallLimit(count=1), sl.Erc20TokenTransfer(address=lab.dollar, allowance=5)]
    session = lab.wallet().grant_permissions(permissions, key=sl.new_key(5))
    transfer = sl.Call(lab.dollar, function="transfer(address,uint256)", args=[lab.merchant, 6])
    refused = session.send_calls([transfer], preflight=False)
    assert refused.denial is not None and refused.denial.code == "ExceededTokenLimit"
    changes = [change for remedy in refused.denial.explain().remedies for change in remedy.changes]
    raised = {change.permission.type for change in changes if change.permission is not None}
    assert raised == {"erc20-token-transfer"}
    (lowered,) = [change for change in changes if change.kind == "lower"]
    assert (lowered.amount, lowered.unit) == (5, lab.dollar.lower())


def test_used_up_and_expired_a_new_session_with_one_more_helps(lab: sl.Lab) -> None:
    permissions = [sl.CallLimit(count=1), sl.ContractAccess(address=lab.counter)]
    session = lab.wallet().grant_permissions(permissions, expiry_sec=lab.now + 100, key=sl.new_key(5))
    assert session.send_calls(increment(lab)).ok
    lab.travel(200)
    kinds = {tuple(sorted(c.kind for c in remedy.changes)) for remedy in session.explain(increment(lab)).remedies}
    assert ("raise", "renew") in kinds
    assert all(remedy.verified for remedy in session.explain(increment(lab)).remedies)


def test_a_revoked_session_is_explained_with_what_it_had_used(lab: sl.Lab) -> None:
    wallet = lab.wallet()
    permissions = [sl.CallLimit(count=3), sl.ContractAccess(address=lab.counter)]
    session = wallet.grant_permissions(permissions, key=sl.new_key(5))
    assert session.send_calls(increment(lab)).ok
    wallet.revoke(session)
    limit = session.explain(increment(lab)).verdicts[0]
    assert (limit.answer, limit.limit, limit.used, limit.asked, limit.left) == ("allowed", 3, 1, 1, 2)
    assert set(session.remaining.values()) == {0}


@pytest.mark.parametrize("name", ["documented", "deployed"])
def test_a_client_that_names_its_rules_keeps_the_extensions_of_the_lab(name: str) -> None:
    lab = sl.Lab(name, extensions=(NAME,))
    wallet = sl.SmartWalletClient(lab.provider, sl.new_key(9), rules=name)
    session = wallet.grant_permissions([sl.CallLimit(count=0), sl.ContractAccess(address=lab.counter)])
    assert session.rules == lab.rules
    refused = session.send_calls(increment(lab))
    assert "✗ The operation is within the call-limit: refused" in sl.widgets.inspector(refused).text()
    assert session.audit().verdict == "Anyone who steals this key can take nothing."
    assert session.record().under().changes == ()


def test_an_extension_that_the_contract_cannot_count_is_not_defined() -> None:
    with pytest.raises(ValueError, match=r"^An extension counts operations as a whole, or the calls of one address\.$"):
        Limit("x", "calls", "X", "x", "x", "x", of_call=lambda call, left: 1, adds_up=True, extension=True)
